"""A chart of a view drawn with braille dots: values on the right, names below."""

from __future__ import annotations

from tui.draw.dots import Dots
from tui.draw.pen import Line, Pen
from tui.draw.words import words_line
from tui.theme import Palette, look
from tui.views.charts import Chart, Tick

AXIS = 7
"""Cells of the right axis."""


def plot_width(width: int) -> int:
    """Cells of the plot itself in a pane of `width`."""
    return max(1, width - AXIS - 1)


def chart_lines(chart: Chart, palette: Palette, width: int, height: int) -> list[Line]:
    """The chart in exactly `height` lines of `width` cells; words when it is empty or too small."""
    if chart.empty or width < AXIS + 8 or height < 3:
        words = chart.empty or "Too small for a chart."
        lines = [words_line(palette, "", width), words_line(palette, words, width)]
        return lines[max(0, 3 - height) :][:height]
    has_names = bool(chart.x_ticks)
    dots = Dots(plot_width(width), height - has_names)
    _draw(chart, dots, palette)
    axis = _right_axis(chart, palette, dots.height)
    lines = []
    for row in range(dots.height):
        pen = Pen(look(palette, "text")).put(" ")
        dots.write(pen, row, palette.pane)
        text, tone, ground = axis.get(row, ("", "dim", "pane"))
        if ground == "pane":
            pen.put(f"{text:>{AXIS - 1}}", look(palette, tone, ground)).put(" ")
        else:
            pen.put(f"{text:^{AXIS}}", look(palette, tone, ground, True))
        lines.append(pen.line(width))
    return [*lines, _bottom_axis(chart.x_ticks, palette, width)] if has_names else lines


def _draw(chart: Chart, dots: Dots, palette: Palette) -> None:
    right, bottom = dots.columns - 1, dots.rows - 1
    for tick in chart.y_ticks:
        dots.grid(_row(tick.at, bottom), 6, palette.faint)
    for one in chart.curves:
        points = [(x * right, (1 - y) * bottom) for x, y in one.points]
        dots.curve(points, getattr(palette, one.tone), one.gap)
    for one in chart.marks:
        colour = getattr(palette, one.tone)
        for x, y in one.points:
            if x == x and y == y:
                at = round(x * right)
                dots.dot(at, _row(y, bottom), colour)
                dots.dot(at + 1 if at % 2 == 0 else at - 1, _row(y, bottom), colour)

    for stem in chart.stems:
        if stem.x == stem.x and stem.low == stem.low and stem.high == stem.high:
            at = round(stem.x * right)
            ends = ((1 - stem.low) * bottom, (1 - stem.high) * bottom)
            dots.line(at, ends[0], at, ends[1], getattr(palette, stem.tone))


def _row(y: float, bottom: int) -> int:
    return round((1 - y) * bottom)


def _right_axis(chart: Chart, palette: Palette, height: int) -> dict[int, tuple[str, str, str]]:
    """Row to (text, tone, ground); the label has the right of way."""
    del palette
    found: dict[int, tuple[str, str, str]] = {}
    bottom = 4 * height - 1
    for tick in chart.y_ticks:
        row = _row(tick.at, bottom) // 4
        if 0 <= row < height and row not in found:
            found[row] = (tick.text, tick.tone, "pane")
    if chart.label is not None:
        row = min(height - 1, max(0, _row(chart.label.at, bottom) // 4))
        found[row] = (chart.label.text, "ink", chart.label.tone)
    return found


def _bottom_axis(ticks: tuple[Tick, ...], palette: Palette, width: int) -> Line:
    """Names under their places; one that would touch an earlier one is left out."""
    room = plot_width(width) + 1
    taken: list[tuple[int, int, Tick]] = []
    for tick in ticks:
        start = round(1 + tick.at * (room - 2) - len(tick.text) / 2)
        start = min(max(1, start), room + 1 - len(tick.text))
        end = start + len(tick.text)
        if all(end + 1 < left or start > right + 1 for left, right, _ in taken):
            taken.append((start, end, tick))
    pen = Pen(look(palette, "text"))
    for start, _, tick in sorted(taken, key=lambda one: one[0]):
        pen.to(start).put(tick.text, look(palette, tick.tone))
    return pen.line(width)
