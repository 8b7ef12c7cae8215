"""The option chain's view: its columns by width, its cells, its visible rows.

The chain pane calls `chain_view`. Imports core and tui.selection, never Textual.
"""
