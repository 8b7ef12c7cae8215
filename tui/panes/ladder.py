"""The depth ladder pane: prices stand still, the market moves through them."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from textual import events

from core.desk.desk import Desk
from tui.draw.bars import bar_from_left, text_over_bar
from tui.draw.pane import Pane, stale_label
from tui.draw.pen import Line, Pen
from tui.draw.words import items_line, write_items
from tui.selection import Selection
from tui.theme import look
from tui.views.ladder.view import LadderRow, LadderView, ladder_view
from tui.views.spans import Span

HEAD = 2
MINE = 7
"""Cells of our own orders at each outer edge."""


class Ladder(Pane):
    """The book of the selected instrument with our own orders beside their prices."""

    EVERY = 1
    NAME = "LADDER"
    HELP = "## Ladder\nThe book of the chosen instrument; our own orders stand at the edges."

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._top: Decimal | None = None
        self._place: tuple[str, int, int] = ("", 0, 0)
        self._lasts: dict[str, tuple[str, str]] = {}
        """Instrument to (last price, arrow of its last change)."""
        self._prices: dict[int, Decimal] = {}
        """Line to price, as last drawn."""

    def recentre(self) -> None:
        """Bring the market back to the middle and forget the cursor."""
        self._top = self.selection.price = None

    def build(self, width: int, height: int) -> list[Line]:
        """Title, the prices with the spread line between them, last trade, own position."""
        chosen = self.selection
        place = (chosen.instrument, height, chosen.grouping)
        if place != self._place:
            self._top, self._place = None, place
        feet = 2 if height >= 12 else 1 if height >= 8 else 0
        rows = max(0, height - HEAD - 1 - feet)
        view = ladder_view(self.desk, chosen, rows, self._top)
        self._top, self._prices = view.top, {}
        title = self._title(view, width)
        if view.empty:
            return [title, *self.words(width, view.empty)]
        body = [self._row(row, view, width) for row in view.rows]
        body.insert(view.spread_at, self._spread(view, width))
        for i, row in enumerate(view.rows):
            self._prices[HEAD + i + (i >= view.spread_at)] = row.price
        lines = [title, self._heads(view, width), *body]
        lines += [Pen(look(self.palette, "text")).line(width)] * (height - feet - len(lines))
        return [*lines, *self._feet(view, width)[:feet]]

    def _title(self, view: LadderView, width: int) -> Line:
        alarm = stale_label(int(view.is_stale and not view.empty), 1, view.age_ms)
        left = [Span(f"  {view.name}", "bright")]
        return self.title(width, left, alarm)

    def _areas(self, view: LadderView, width: int) -> tuple[int, int, int]:
        """Cells of (own orders, sizes, prices); own orders give way first."""
        price = max((len(row.text) for row in view.rows), default=6) + 4
        half = max(0, (width - price) // 2)
        mine = MINE if half >= MINE + 6 else 0
        return mine, half - mine, width - 2 * half

    def _heads(self, view: LadderView, width: int) -> Line:
        mine, size, price = self._areas(view, width)
        pen = Pen(look(self.palette, "dim"))
        pen.put(f"{' mine' if mine else '':<{mine}}").put(f"{'bid':>{max(0, size - 1)}} "[:size])
        pen.put(f"{'price':^{price}}", look(self.palette, "mid"))
        pen.put(f"{'ask':>{min(6, size)}}".ljust(size)).put(f"{'mine ' if mine else '':>{mine}}")
        return pen.line(width)

    def _row(self, row: LadderRow, view: LadderView, width: int) -> Line:
        mine, size, price = self._areas(view, width)
        palette = self.palette
        pen = Pen(look(palette, "text"))
        own = look(palette, "accent", "pane", True)
        if mine:
            pen.put(f"{f'{row.buying} ▸' if row.buying else '':>{mine - 1}} ", own)
        tone = "dim" if view.is_stale else "text"
        bid, ask = (
            f"{row.bid:>{max(0, size - 1)}} "[-size:],
            f"{row.ask:>{min(6, size)}}".ljust(size),
        )
        text_over_bar(pen, bid, row.bid_part, True, look(palette, tone), palette.up_ground)
        self._price(pen, row, view, price)
        text_over_bar(pen, ask, row.ask_part, False, look(palette, tone), palette.down_ground)
        if mine:
            pen.put(f" {f'◂ {row.selling}' if row.selling else '':<{mine - 1}}", own)
        return pen.line(width)

    def _price(self, pen: Pen, row: LadderRow, view: LadderView, width: int) -> None:
        tone = {"bid": "up_soft", "ask": "down_soft"}.get(row.side, "dim")
        if view.is_stale:
            tone = "dim"
        elif row.is_best:
            tone = "bright"
        text = f"{row.text:^{width}}"
        if row.is_cursor:
            pen.put(f"▸{text[1:-1]}◂", look(self.palette, "ink", "accent", True))
        else:
            pen.put(text, look(self.palette, tone, "title", row.is_best))

    def _spread(self, view: LadderView, width: int) -> Line:
        """Imbalance as a bar, the mid, and what the mid means."""
        mine, size, price = self._areas(view, width)
        palette, line = self.palette, view.spread
        pen = Pen(look(palette, "mid", "raised"))
        if isfinite(line.bid_part):
            tone = "dim" if view.is_stale else "up"
            pen.put(f" {line.bid_part * 100:>2.0f}% ", look(palette, tone, "raised"))
            room = max(0, mine + size - pen.at - 1)
            bar = palette.dim if view.is_stale else palette.up
            bar_from_left(pen, line.bid_part, room, bar, palette.title)
        pen.to(mine + size)
        tone = "dim" if view.is_stale else "accent"
        pen.put(f"{line.mid:^{price}}", look(palette, tone, "raised", True)).put(" ")
        write_items(pen, palette, line.facts, width - pen.at - 1, "raised")
        return pen.line(width)

    def _feet(self, view: LadderView, width: int) -> list[Line]:
        last = list(view.last)
        price = last[0].spans[-1].text
        before, arrow = self._lasts.get(view.name, (price, ""))
        if price != before and "–" not in (price, before):
            arrow = "▲" if _number(price) > _number(before) else "▼"
        self._lasts[view.name] = (price, arrow)
        tone = "up" if arrow == "▲" else "down" if arrow else "text"
        label = last[0].spans[0]
        spans = (label, Span(price, tone), Span(f" {arrow or ' '}", tone))
        last[0] = type(last[0])(0, spans)
        palette = self.palette
        return [items_line(palette, last, width), items_line(palette, view.holding, width)]

    def pick(self, x: int, y: int) -> bool:
        """A line puts the cursor on its price."""
        del x
        price = self._prices.get(y)
        if price is not None:
            self.selection.price = price
        return price is not None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the prices and lets the market go its way."""
        self._wheel(event, -1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the prices and lets the market go its way."""
        self._wheel(event, 1)

    def _wheel(self, event: events.MouseEvent, step: int) -> None:
        event.stop()
        instrument = self.desk.board.instrument(self.selection.instrument)
        if instrument is None or not self._prices:
            return
        prices = [self._prices[line] for line in sorted(self._prices)]
        price = self.selection.price or prices[len(prices) // 2]
        self.selection.price = instrument.next_price(price, step * self.selection.grouping)


def _number(text: str) -> float:
    return float(text.replace(",", ""))
