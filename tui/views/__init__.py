"""Pure functions from the desk's state to what a pane shows, already formatted.

Each takes frozen core values and the selection and returns a frozen view; panes draw them.
Arithmetic stays in core. Imports core and tui.selection, never Textual.
"""
