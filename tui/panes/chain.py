"""The option chain pane: strikes in the middle, calls left, puts right."""

from __future__ import annotations

from textual import events

from core.desk.desk import Desk
from tui.draw.flash import GROUNDS, Flashes
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.words import items_line
from tui.selection import OptionSide, Selection
from tui.theme import look
from tui.views.chain.columns import TITLES
from tui.views.chain.view import ChainRow, ChainSide, ChainView, chain_view
from tui.views.spans import Span

HEAD = 3
"""Lines above the first strike: title, facts, column titles."""


class Chain(Pane):
    """One expiry: the cursor's option is what the ladder shows and orders are for."""

    EVERY = 1
    NAME = "OPTION CHAIN"
    HELP = "## Option chain\nStrikes in the middle, calls left, puts right, the forward between."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._flashes = Flashes()
        self._first: int | None = None
        self._place: tuple[str, int | None, int] = ("", None, 0)
        self._view: ChainView | None = None
        self._tabs: list[tuple[int, int, int]] = []
        """(first column, column after, expiry) of the tabs as last drawn."""

    def build(self, width: int, height: int) -> list[Line]:
        """Title with the expiries, facts of this one, then the strikes around the cursor."""
        chosen, rows = self.selection, max(0, height - HEAD)
        place = (chosen.chain, chosen.expiry_ns, rows)
        if place != self._place:
            self._first, self._place = None, place
        view = chain_view(self.desk, chosen, width, rows, self._first)
        self._first, self._view = view.first if view.rows else None, view
        title = self._title(view, width)
        if view.empty:
            return [title, *self.words(width, view.empty)]
        self._flashes.begin()
        lines = [title, items_line(self.palette, view.facts, width), self._heads(view, width)]
        lines += [
            self._forward(view, row, width) if isinstance(row, str) else self._row(view, row, width)
            for row in view.rows
        ]
        return lines

    def _title(self, view: ChainView, width: int) -> Line:
        options = sum(bool(side.name) for side in _sides(view))
        alarm = stale_label(view.stale, options, view.age_ms)
        start = 3 + len(self.NAME)
        chain = f"  {view.chain or '–'} "
        room = width - start - len(chain) - 3 - sum(len(span.text) for span in alarm)
        tabs = _tabs(view, room, 0 if alarm else len(self.hint))
        self._tabs, spans = [], [Span(chain, "bright")]
        at = start + len(chain)
        for expiry_ns, text in tabs:
            is_chosen = expiry_ns == view.expiry_ns
            ink = Span(text, "ink", True, "accent") if is_chosen else Span(text, "mid")
            spans.append(ink)
            self._tabs.append((at, at + len(text), expiry_ns))
            at += len(text)
        return self.title(width, spans, alarm)

    def _heads(self, view: ChainView, width: int) -> Line:
        columns = view.columns
        pen = Pen(look(self.palette, "dim"))
        pen.to(columns.half - sum(size for _, size in columns.calls))
        for name, size in columns.calls:
            pen.put(f"{TITLES.get(name, name):>{size}}")
        pen.to(1 + columns.half).put(f"{'strike':^{columns.strike}}", look(self.palette, "mid"))
        for name, size in columns.puts:
            pen.put(f"{TITLES.get(name, name):>{size}}")
        return pen.line(width)

    def _forward(self, view: ChainView, text: str, width: int) -> Line:
        """A rule across the strikes where the forward stands."""
        middle = 1 + view.columns.half + view.columns.strike // 2
        start = middle - (len(text) + 1) // 2
        rule = look(self.palette, "faint")
        pen = Pen(rule).put("─" * max(0, start - 1)).put(" ")
        pen.put(text, look(self.palette, "accent", "pane", True)).put(" ")
        return pen.put("─" * max(0, width - pen.at)).line(width)

    def _row(self, view: ChainView, row: ChainRow, width: int) -> Line:
        columns = view.columns
        pen = Pen(look(self.palette, "text"))
        is_call, is_put = row.call.is_chosen, row.put.is_chosen
        self._mark(pen, "▸" if is_call else " ", row.call)
        outer = look(self.palette, "text", _ground(row.call))
        pen.to(columns.half - sum(size for _, size in columns.calls), outer)
        self._side(pen, row.call, columns.calls)
        pen.put(" ", outer)
        self._strike(pen, row, columns.strike)
        self._side(pen, row.put, columns.puts)
        pen.to(width - 1, look(self.palette, "text", _ground(row.put)))
        self._mark(pen, "◂" if is_put else " ", row.put)
        return pen.line(width)

    def _mark(self, pen: Pen, text: str, side: ChainSide) -> None:
        pen.put(text, look(self.palette, "accent", _ground(side)))

    def _strike(self, pen: Pen, row: ChainRow, width: int) -> None:
        tone, ground = ("ink", "accent") if row.is_atm else ("bright", "title")
        if row.is_cursor and not row.is_atm:
            ground = "raised"
        pen.put(f"{row.text:>{width - 1}} ", look(self.palette, tone, ground, True))

    def _side(self, pen: Pen, side: ChainSide, columns: tuple[tuple[str, int], ...]) -> None:
        ground, palette = _ground(side), self.palette
        for (name, _), (text, tone) in zip(columns, side.cells, strict=True):
            if name in ("bid", "ask") and side.name and not side.is_stale:
                step = self._flashes.step(
                    (side.name, name), side.bid if name == "bid" else side.ask
                )
                if step:
                    self._flash(pen, text, GROUNDS[step], ground)
                    continue
            pen.put(text, look(palette, tone, ground, name == "pos"))

    def _flash(self, pen: Pen, text: str, flash: str, ground: str) -> None:
        """The price itself on the flash's ground, bold, so that it is seen without colour too."""
        price = text.lstrip()
        pen.put(text[: len(text) - len(price)], look(self.palette, "text", ground))
        pen.put(price, look(self.palette, "bright", flash, True))

    def pick(self, x: int, y: int) -> bool:
        """A tab chooses its expiry, a line its strike; the half says call or put."""
        catalog, view = self.desk.board.catalog, self._view
        if y == 0:
            found = next((expiry for a, b, expiry in self._tabs if a <= x < b), None)
            self.selection.choose_expiry(catalog, found)
            return found is not None
        at = y - HEAD
        if view is None or not 0 <= at < len(view.rows):
            return False
        row = view.rows[at]
        if isinstance(row, str):
            return False
        middle = 1 + view.columns.half + view.columns.strike // 2
        side: OptionSide = "call" if x < middle else "put"
        self.selection.choose_strike(catalog, row.strike, side)
        return True

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.selection.move_strike(self.desk.board.catalog, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.selection.move_strike(self.desk.board.catalog, -1)


def _sides(view: ChainView) -> list[ChainSide]:
    rows = [row for row in view.rows if not isinstance(row, str)]
    return [side for row in rows for side in (row.call, row.put)]


def _ground(side: ChainSide) -> str:
    if side.is_chosen:
        return "raised"
    return "soft" if side.is_itm else "pane"


def _tabs(view: ChainView, room: int, hint: int) -> list[tuple[int, str]]:
    """The expiries that fit around the chosen one; years and the rest give way to the hint."""
    full = [(expiry_ns, f" {label} ") for expiry_ns, label in view.expiries]
    if sum(len(text) for _, text in full) <= room:
        return full
    room -= hint
    short = [(expiry_ns, f" {label[:-2]} ") for expiry_ns, label in view.expiries]
    at = next((i for i, (one, _) in enumerate(short) if one == view.expiry_ns), 0)
    first = last = at
    used = len(short[at][1]) if short else 0
    while short:
        left = len(short[first - 1][1]) if first else room
        right = len(short[last + 1][1]) if last + 1 < len(short) else room
        is_left_next = at - first <= last - at or used + right > room
        if used + left <= room and is_left_next:
            first, used = first - 1, used + left
        elif used + right <= room:
            last, used = last + 1, used + right
        else:
            break
    return short[first : last + 1]
