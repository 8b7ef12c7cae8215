"""The desk's screen: layout, tabs, and the cursor moves of the focused pane.

The app pushes it. It composes the panes of `tui.panes` and knows where they stand; orders and
commands are the app's. Imports tui.panes, tui.draw, tui.selection and core.
"""
