"""The panes of the desk: one widget each, drawn line by line from a frozen view.

Ids: header, chain, ladder, futures, surface, smile, term, pair, positions, orders, log, keys.
Classes: Header, Chain, Ladder, Futures, Surface, Smile, Term, Pair, Positions, Orders, Log, Keys.
Each is made as `Pane(desk, selection, id="...")`; the app calls `sync()` every `EVERY` frames
and `repaint()` when the theme changes. Imports tui.views, tui.draw, tui.theme, tui.selection.
"""
