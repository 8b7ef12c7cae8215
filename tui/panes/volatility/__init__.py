"""The panes of the volatilities: small on the desk, whole on the volatility screen.

Each is made as `Pane(desk, selection, id="...", choice=...)`; the desk gives no choice and gets
the plain picture. Imports tui.views.volatility, tui.draw, tui.theme.
"""
