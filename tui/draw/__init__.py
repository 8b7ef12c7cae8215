"""How a pane is drawn: the line pane, the pen that writes one line, titles, tables, bars, charts.

Panes use it. It draws the values of tui.views in the colours of tui.theme.
"""
