"""The command line: the field, its suggestions, and what stands beside it.

The desk's screen shows the bar, the app does what it posts. Imports core.commands and tui.draw.
"""
