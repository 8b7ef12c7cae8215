"""The volatilities as frozen views: map, smile, richness, term structure, index, the past.

Panes of tui.panes.volatility draw them, on the desk and on the volatility screen. Imports the desk,
the selection, charts and figures.
"""
