"""Spans and items of a view put down with a pen; title lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from tui.draw.pen import Line, Pen
from tui.theme import Palette, look
from tui.views.spans import Item, Span, fit


def write(pen: Pen, palette: Palette, spans: Iterable[Span], ground: str = "pane") -> Pen:
    """Write spans; those without a ground of their own stand on `ground`."""
    for text, tone, is_bold, own in spans:
        pen.put(text, look(palette, tone, own or ground, is_bold))
    return pen


def write_items(
    pen: Pen, palette: Palette, items: Iterable[Item], width: int, ground: str = "pane"
) -> Pen:
    """Write the items that fit into `width` cells, two blanks between them."""
    for i, one in enumerate(fit(items, width)):
        if i:
            pen.put("  ", look(palette, "text", ground))
        write(pen, palette, one.spans, ground)
    return pen


def items_line(palette: Palette, items: Iterable[Item], width: int, ground: str = "pane") -> Line:
    """A line of items, one cell in from the left."""
    pen = Pen(look(palette, "text", ground)).put(" ")
    return write_items(pen, palette, items, width - 2, ground).line(width)


def side_by_side(
    palette: Palette, left: Sequence[Line], left_width: int, right: Sequence[Line], right_width: int
) -> list[Line]:
    """Two blocks of lines beside each other; the shorter one is filled with blank lines."""
    one, other = (Pen(look(palette, "text")).line(cells) for cells in (left_width, right_width))
    return [(a or one) + (b or other) for a, b in zip_longest(left, right, fillvalue=())]


def words_line(palette: Palette, text: str, width: int, tone: str = "mid") -> Line:
    """One sentence on the pane's ground, cut to what there is."""
    pen = Pen(look(palette, tone)).put("  ")
    room = max(0, width - 3)
    return pen.put(text if len(text) <= room else f"{text[: max(0, room - 1)]}…").line(width)


def title_line(
    palette: Palette,
    width: int,
    name: tuple[str, str],
    left: Sequence[Span],
    right: Sequence[Span],
    is_focused: bool,
) -> Line:
    """(number, NAME), the live facts of the pane, and at the right its keys or its alarm."""
    ground = "raised" if is_focused else "title"
    pen = Pen(look(palette, "text", ground))
    pen.put("▌" if is_focused else " ", look(palette, "accent", ground))
    pen.put(f"{name[0]} ", look(palette, "accent" if is_focused else "dim", ground, is_focused))
    pen.put(name[1], look(palette, "bright" if is_focused else "text", ground, True))
    tail = sum(len(span.text) for span in right)
    for span in left:
        if pen.at + len(span.text) > width - 1:
            break
        write(pen, palette, (span,), ground)
    if tail and pen.at + tail + 2 <= width:
        pen.to(width - tail - 1)
        write(pen, palette, right, ground)
    return pen.line(width)
