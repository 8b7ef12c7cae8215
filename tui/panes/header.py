"""The header: what this is and how fast it runs above, money and risk below."""

from __future__ import annotations

import time

from core.desk.desk import Desk
from tui.draw.bars import bar_from_left
from tui.draw.pane import Pane
from tui.draw.pen import Line, Pen
from tui.draw.words import write, write_items
from tui.selection import Selection
from tui.theme import look
from tui.views.account import AccountView, Margin, account_view, currency_of
from tui.views.header import LARGE, MIDDLE, HeaderView, Rates, header_view
from tui.views.positions import open_profit
from tui.views.spans import Item, Span, fit

MEASURE_S = 1.0
"""How long messages and processor time are counted before the rates are told."""


class Header(Pane, can_focus=False):
    """Two lines that are always there."""

    DEFAULT_CSS = "Header { height: 2; }"
    EVERY = 1

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id)
        self._meter = _Meter()

    def build(self, width: int, height: int) -> list[Line]:
        """The two lines for this width."""
        rates = self._meter.read(sum(link.messages for link in self.desk.links))
        profit = open_profit(self.desk, currency_of(self.selection.chain))
        account = account_view(self.desk, self.selection, profit, width)
        first = self._first(header_view(self.desk, rates, width), width)
        return [first, self._second(account, width)][:height]

    def _first(self, view: HeaderView, width: int) -> Line:
        ground = "down_ground" if view.is_live else "title"
        pen = Pen(look(self.palette, "text", ground)).put(" ")
        right = fit(view.right, width // 2)
        tail = sum(one.width for one in right) + 2 * len(right)
        write_items(pen, self.palette, view.left, width - tail - 4, ground)
        pen.to(width - tail)
        write_items(pen, self.palette, right, tail, ground)
        return pen.line(width)

    def _second(self, view: AccountView, width: int) -> Line:
        """Warnings never give way; the margins are drawn as bars where there is room."""
        cells = 0 if width < MIDDLE else 5 if width < LARGE else 8
        bars = {margin.label: margin for margin in view.margins}
        margins = [_margin_item(margin, cells) for margin in view.margins]
        pen = Pen(look(self.palette, "text")).put(" ")
        kept = fit((*view.warnings, *view.money, *margins, *view.risk), width - 2)
        for i, one in enumerate(kept):
            pen.put("  " if i else "")
            margin = bars.get(one.spans[0].text.strip())
            if margin is not None and one in margins:
                self._bar(pen, margin, cells)
            else:
                write(pen, self.palette, one.spans)
        return pen.line(width)

    def _bar(self, pen: Pen, margin: Margin, cells: int) -> None:
        palette = self.palette
        pen.put(f"{margin.label} ", look(palette, "dim"))
        if cells:
            bar_from_left(pen, margin.part, cells, getattr(palette, margin.tone), palette.raised)
            pen.put(" ")
        pen.put(margin.text, look(palette, "text" if margin.tone == "info" else margin.tone))


def _margin_item(margin: Margin, cells: int) -> Item:
    """Stands for the bar when it is decided what fits."""
    room = " " * (cells + 1 if cells else 0)
    rank = 1 if margin.label == "im" else 3
    return Item(rank, (Span(f"{margin.label} "), Span(room + margin.text)))


class _Meter:
    """Messages a second and processor time, over the last second or so."""

    def __init__(self) -> None:
        self._at_s = time.monotonic()
        self._messages, self._cpu_s = -1, time.process_time()
        self._rates = Rates(0.0, 0.0)

    def read(self, messages: int) -> Rates:
        """The rates; `messages` is how many ever came."""
        if self._messages < 0:
            self._messages = messages
        passed_s = time.monotonic() - self._at_s
        if passed_s >= MEASURE_S:
            cpu_s = time.process_time()
            self._rates = Rates(
                max(0, messages - self._messages) / passed_s, (cpu_s - self._cpu_s) / passed_s
            )
            self._at_s, self._messages, self._cpu_s = time.monotonic(), messages, cpu_s
        return self._rates
