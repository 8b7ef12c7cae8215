"""Bars of an eighth of a cell, alone or behind text."""

from __future__ import annotations

from tui.draw.pen import Pen
from tui.theme import Look

EIGHTHS = " ▏▎▍▌▋▊▉"


def bar_from_left(pen: Pen, part: float, width: int, bar: str, ground: str) -> None:
    """A bar of `part` (0 to 1) of `width` cells that grows to the right."""
    cells, rest = divmod(_eighths(part, width), 8)
    pen.put("█" * cells, (bar, ground, False))
    if cells < width:
        pen.put(EIGHTHS[rest] + " " * (width - cells - 1), (bar, ground, False))


def text_over_bar(
    pen: Pen, text: str, part: float, is_from_right: bool, look: Look, bar: str
) -> None:
    """`text` with a bar of `part` (0 to 1) of its width behind it, edge to the eighth.

    The edge cell is drawn with an eighth block where the text leaves it blank. Only blocks
    that grow from the left exist, so a bar from the right swaps the two colours there.
    """
    foreground, ground, is_bold = look
    width = len(text)
    cells, rest = divmod(_eighths(part, width), 8)
    over, under = (foreground, bar, is_bold), look
    if is_from_right:
        edge = width - cells - 1
        pen.put(text[: max(0, edge)], under)
        if edge >= 0:
            _edge(pen, text[edge], 8 - rest if rest else 0, (ground, bar), (bar, ground), look)
        pen.put(text[width - cells :] if cells else "", over)
        return
    pen.put(text[:cells], over)
    if cells < width:
        _edge(pen, text[cells], rest, (bar, ground), (bar, ground), look)
        pen.put(text[cells + 1 :], under)


def _edge(
    pen: Pen, char: str, rest: int, block: tuple[str, str], pair: tuple[str, str], look: Look
) -> None:
    """The cell the bar covers in part: a block where it is blank, else the nearer ground."""
    foreground, ground, is_bold = look
    if char == " " and rest:
        pen.put(EIGHTHS[rest], (*block, False))
        return
    is_swapped = block != pair
    covered = (8 - rest if is_swapped else rest) if rest else 0
    pen.put(char, (foreground, pair[0] if covered >= 4 else ground, is_bold))


def _eighths(part: float, width: int) -> int:
    """`part` of `width` cells in eighths of a cell; nothing for what is no number."""
    return round(max(0.0, min(1.0, part)) * width * 8) if part == part else 0
