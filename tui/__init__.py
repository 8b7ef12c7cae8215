"""The screen: panes over the core, keys, tickets, the command line.

`python -m tui` runs it. Everything here may import core; nothing in core imports this.
"""
