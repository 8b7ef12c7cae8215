"""The volatility surface as a heat map, with a minute of the past and the change beside it."""

from __future__ import annotations

from dataclasses import dataclass

from tui.draw.pane import stale_label
from tui.draw.pen import Line, Pen
from tui.draw.table import Column, fit_columns
from tui.draw.words import words_line
from tui.panes.volatility.legend import legend_line
from tui.panes.volatility.vol_pane import VolPane
from tui.theme import Look, look
from tui.views.spans import Span
from tui.views.volatility.heat import NO_CHANGE, HeatBlock, HeatCell, window
from tui.views.volatility.past import PastView, past_view
from tui.views.volatility.surface import FIT_COLUMNS, SurfaceView, surface_view

LABEL = 10
GAP = 2
"""Cells between two maps."""
CELL = {"vol": (5, 8), "change": (6, 8)}
"""Least and most cells of one value."""
WITH_LEGEND = 12
"""Lines from which the last one explains the colours."""
_FIT_WIDTHS = (6, 10, 8, 7, 7, 8, 6, 6, 8, 7, 10, 6, 8)
_FIT_RANKS = (2, 1, 7, 0, 3, 8, 4, 6, 5, 9, 10, 6, 11)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one map stands, and which of its columns."""

    block: HeatBlock
    left: int
    cell: int
    columns: range


class Surface(VolPane):
    """Volatility points of every maturity; the numbers say what the colours show."""

    EVERY = 10
    NAME = "IV SURFACE"
    HELP = "## IV surface\nFitted volatility by expiry and delta, in volatility points."

    _view: SurfaceView | None = None
    _places: tuple[_Place, ...] = ()
    _head = 2

    def build(self, width: int, height: int) -> list[Line]:
        """Title, names of the maps if there are several, columns, one line per maturity."""
        choice = self.choice
        past = past_view(self.desk, self.selection.chain, choice.past_ns)
        self._head = 3 if past.minute_ns else 2
        has_legend = height >= WITH_LEGEND
        rows = max(0, height - self._head - has_legend)
        view = surface_view(self.desk, self.selection, rows, choice, past)
        self._view, self._places = view, ()
        lines = [self._title(view, past, width)]
        if view.empty:
            return [*lines, *self.words(width, view.empty)]
        self._places = tuple(_places(view, width))
        if past.minute_ns:
            lines.append(self._names(view, past, width))
        facts = self._fact_columns(view, width)
        lines.append(self._columns(view, facts, width))
        lines += [self._row(view, y, facts, width) for y in range(len(view.keys))]
        blank = Pen(look(self.palette, "text")).line(width)
        lines += [blank] * (height - has_legend - len(lines))
        if has_legend:
            blocks = [place.block for place in self._places]
            lines.append(legend_line(self.palette, blocks, width))
        return lines

    def _title(self, view: SurfaceView, past: PastView, width: int) -> Line:
        left = [Span(f"  {view.chain or '–'}", "bright")]
        if self.is_whole:
            left.append(Span(f"  by {'k, ' if self.choice.columns != 'delta' else ''}", "dim"))
            left.append(Span(self.choice.columns, "text"))
        if not view.empty:
            left += [Span("  fit rms ", "dim"), Span(view.rmse, "text")]
            if self.is_whole:
                left += self._cell_words(view)
        if past.minute_ns:
            left += [Span("  then ", "dim"), Span(f"{past.label} UTC", "accent", True)]
            left.append(Span(f"  {past.age}", "dim"))
        alarm = stale_label(int(view.is_stale and not view.empty), 1, float("nan"))
        unit = () if self.hint else (Span("vol pts", "dim"),)
        return self.title(width, left, alarm or unit)

    def _cell_words(self, view: SurfaceView) -> list[Span]:
        """The chosen cell in words: 25DEC26 25P 57.9."""
        if view.chosen < 0 or not view.columns:
            return []
        text = view.blocks[0].rows[view.chosen][view.column].text or "no quotes"
        is_k = self.is_whole and self.choice.columns != "delta"
        column = f"{'k ' * is_k}{view.columns[view.column]}"
        where = f"  {view.labels[view.chosen]} {column} "
        return [Span(where, "mid"), Span(text, "accent", True)]

    def _names(self, view: SurfaceView, past: PastView, width: int) -> Line:
        """What each map is and which have no room; or why there is only now."""
        if past.words:
            return words_line(self.palette, past.words, width, "warn")
        pen = Pen(look(self.palette, "mid"))
        for place in self._places:
            pen.to(place.left).put(f" {place.block.title}", look(self.palette, "mid"))
        hidden = [block.title.split()[0] for block in view.blocks[len(self._places) :]]
        more = f"no room: {', '.join(hidden)}" if hidden else ""
        if more and pen.at + len(more) + 2 < width:
            pen.to(width - len(more) - 1).put(more, look(self.palette, "dim"))
        return pen.line(width)

    def _columns(self, view: SurfaceView, facts: tuple[Column, ...], width: int) -> Line:
        pen = Pen(look(self.palette, "dim"))
        for place in self._places:
            pen.to(place.left)
            for i in place.columns:
                is_here = self.is_whole and i == view.column
                tone = "accent" if is_here else "mid" if i == view.money else "dim"
                text = f"{view.columns[i]:>{place.cell}}"
                pen.put(text, look(self.palette, tone, "pane", is_here))
        pen.put(" " * bool(facts))
        for column in facts:
            pen.put(column.fill(column.title))
        return pen.line(width)

    def _row(self, view: SurfaceView, y: int, facts: tuple[Column, ...], width: int) -> Line:
        palette, is_chosen = self.palette, y == view.chosen
        pen = Pen(look(palette, "text"))
        pen.put("▸" if is_chosen else " ", look(palette, "accent"))
        tone = "bright" if is_chosen else "mid"
        pen.put(f"{view.labels[y]:<{LABEL - 1}}", look(palette, tone, "pane", is_chosen))
        for place in self._places:
            pen.to(place.left)
            row = place.block.rows[y]
            for i in place.columns:
                is_cursor = is_chosen and self.is_whole and i == view.column
                text = f"{row[i].text:>{place.cell}}"
                pen.put(text, self._look(place.block, row[i], view.is_stale, is_chosen, is_cursor))
        if facts:
            pen.put(" ")
            for column in facts:
                pen.put(column.fill(view.fits[y][column.index]), look(palette, tone))
        return pen.line(width)

    def _look(
        self, block: HeatBlock, cell: HeatCell, is_stale: bool, is_bold: bool, is_cursor: bool
    ) -> Look:
        palette = self.palette
        if is_cursor:
            return look(palette, "ink", "accent", True)
        if cell.heat != cell.heat or is_stale or cell.is_outside:
            return look(palette, "dim", "pane", is_bold and not is_stale)
        if cell.text == NO_CHANGE:
            return look(palette, "dim", "pane", is_bold)
        ramp = palette.heat if block.kind == "vol" else palette.change
        ground = ramp[min(len(ramp) - 1, int(cell.heat * len(ramp)))]
        return palette.ink_on(ground), ground, is_bold

    def _fact_columns(self, view: SurfaceView, width: int) -> tuple[Column, ...]:
        """Facts of the fits beside a single map, where it leaves room for them."""
        if not self.is_whole or not view.fits or len(self._places) != 1:
            return ()
        last = self._places[-1]
        room = width - last.left - last.cell * len(last.columns) - 2
        columns = [
            Column(title, cells, rank, index=i)
            for i, (title, cells, rank) in enumerate(
                zip(FIT_COLUMNS, _FIT_WIDTHS, _FIT_RANKS, strict=True)
            )
        ]
        found = fit_columns(columns, view.fits, room)
        return found if sum(one.width for one in found) <= room else ()

    def pick(self, x: int, y: int) -> bool:
        """A line chooses its maturity, a cell its column too."""
        view, row = self._view, y - self._head
        if view is None or not 0 <= row < len(view.keys):
            return False
        choice = self.choice
        if not self.is_whole or choice.columns == "delta":
            self.selection.choose_expiry(self.desk.board.catalog, int(view.keys[row]))
        else:
            choice.row += row - view.chosen
        if self.is_whole and (column := self._column_at(x)) is not None:
            choice.column = column
        return True

    def _column_at(self, x: int) -> int | None:
        for place in self._places:
            at = (x - place.left) // place.cell
            if x >= place.left and at < len(place.columns):
                return place.columns[at]
        return None


def _places(view: SurfaceView, width: int) -> list[_Place]:
    """As many maps as fit with a few columns each, all with the same columns around the cursor."""
    least = min(7, len(view.columns))
    blocks = list(view.blocks)
    while len(blocks) > 1 and _needed(blocks, least) > width - LABEL:
        blocks.pop()
    room = width - LABEL - 1 - GAP * (len(blocks) - 1)
    count = len(view.columns)
    while count > 1 and _needed(blocks, count) - GAP * (len(blocks) - 1) > room:
        count -= 1
    spare = (room - (_needed(blocks, count) - GAP * (len(blocks) - 1))) // (len(blocks) * count)
    around = view.column if abs(view.column - view.money) > count // 2 else view.money
    columns = window(len(view.columns), count, around)
    places, left = [], LABEL
    for block in blocks:
        low, most = CELL[block.kind]
        cell = min(most, low + spare)
        places.append(_Place(block, left, cell, columns))
        left += cell * count + GAP
    return places


def _needed(blocks: list[HeatBlock], count: int) -> int:
    """Cells of some maps of `count` columns at their narrowest."""
    return sum(CELL[block.kind][0] * count for block in blocks) + GAP * (len(blocks) - 1)
