"""How a pane is drawn: the line pane, the pen that writes one line, bars, braille dots.

Panes use it. It knows colours (tui.theme) and Textual, nothing of the market.
"""
