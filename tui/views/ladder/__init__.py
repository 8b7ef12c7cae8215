"""The depth ladder's view: which prices stand there, and what rests at each.

The ladder pane calls `ladder_view`. Imports core and tui.selection, never Textual.
"""
