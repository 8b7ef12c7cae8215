"""The panes of the desk: one widget each, drawn line by line from a frozen view.

Each is made as `Pane(desk, selection, id="...")`; the app calls `sync()` every `EVERY` frames
and `repaint()` when the theme changes. Imports tui.views, tui.draw, tui.theme, tui.selection.

    id         class (module of the id's name)
    header     Header, two lines
    chain      Chain        surface  Surface      positions  Positions
    ladder     Ladder       smile    Smile        orders     Orders
    futures    Futures      term     Term         log        Log
    pair       Pair         keys     Keys, one line: `show(words)`
"""
