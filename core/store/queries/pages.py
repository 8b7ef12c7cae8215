"""What was traded, ordered, said and hedged, newest first and a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from core.domain.order import OrderReport
from core.store.queries.journal import FILL_COLUMNS, ORDER_COLUMNS, stored_fill, stored_order
from core.store.queries.reader import Reader, Row, at, ns
from core.store.rows.journal import StoredCommand, StoredFill
from core.store.rows.strategy import StoredHedge

_T = TypeVar("_T")

_TRADES = f"""
    SELECT {FILL_COLUMNS}, id FROM fill
    WHERE at >= %(since)s AND (at, id) < (%(before)s, %(number)s)
        AND (%(sleeve)s = '' OR sleeve = %(sleeve)s)
        AND (%(start)s = '' OR starts_with(instrument, %(start)s))
        AND (%(origin)s = '' OR origin = %(origin)s)
    ORDER BY at DESC, id DESC LIMIT %(limit)s
"""
_ORDERS = f"""
    SELECT {ORDER_COLUMNS} FROM order_event AS one
    WHERE updated >= %(since)s AND (updated, label) < (%(before)s, %(text)s)
        AND (%(sleeve)s = '' OR starts_with(label, %(sleeve)s || ':'))
        AND (%(start)s = '' OR starts_with(instrument, %(start)s))
        AND NOT EXISTS (
            SELECT FROM order_event AS later
            WHERE later.label = one.label AND later.order_id = one.order_id
                AND (later.updated, later.filled, later.state)
                    > (one.updated, one.filled, one.state))
        AND (one.order_id <> '' OR NOT EXISTS (
            SELECT FROM order_event AS named
            WHERE named.label = one.label AND named.order_id <> ''))
    ORDER BY updated DESC, label DESC LIMIT %(limit)s
"""
_COMMANDS = """
    SELECT at, number, text, request, is_ok, reply FROM command
    WHERE at >= %(since)s AND (at, number) < (%(before)s, %(number)s)
        AND (%(start)s = '' OR strpos(text || ' ' || reply, %(start)s) > 0)
    ORDER BY at DESC, number DESC LIMIT %(limit)s
"""
_HEDGES = """
    SELECT at, sleeve, currency, instrument, coalesce(option_delta, 'NaN'),
           coalesce(hedge_delta, 'NaN'), coalesce(net_delta, 'NaN'), coalesce(band, 'NaN'),
           target, amount, why
    FROM hedge
    WHERE at >= %(since)s AND (at, currency) < (%(before)s, %(text)s)
        AND (%(sleeve)s = '' OR sleeve = %(sleeve)s)
        AND (%(start)s = '' OR starts_with(instrument, %(start)s))
    ORDER BY at DESC, currency DESC LIMIT %(limit)s
"""
_LATEST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are wanted; what is empty does not matter."""

    sleeve: str = ""
    instrument: str = ""
    """The beginning of its name: BTC finds all of BTC. For commands: words in text or reply."""
    origin: str = ""
    """Of trades: venue, adopted, transfer, delivered."""
    since_ns: int = 0
    until_ns: int = _LATEST_NS
    """Not included."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended; the next one begins behind it."""

    at_ns: int
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """Some rows, newest first."""

    rows: tuple[_T, ...]
    next: Mark | None
    """For the next, older page; None when this is the last."""


class PageQueries(Reader):
    """Long lists. `after` is the `next` of the page before, None for the newest."""

    def trades(
        self, asked: Filter, limit: int = 100, after: Mark | None = None
    ) -> Page[StoredFill]:
        """Executions and our own bookings."""
        rows = self._page(_TRADES, asked, limit, after)
        found = tuple(stored_fill(row[:-1]) for row in rows)
        last = Mark(found[-1].fill.at_ns, rows[-1][-1]) if len(rows) == limit else None
        return Page(found, last)

    def orders(
        self, asked: Filter, limit: int = 100, after: Mark | None = None
    ) -> Page[OrderReport]:
        """Every order as it stood last, by when that was."""
        found = tuple(stored_order(row) for row in self._page(_ORDERS, asked, limit, after))
        last = found[-1] if len(found) == limit else None
        return Page(found, Mark(last.updated_ns, text=last.label) if last else None)

    def commands(
        self, asked: Filter, limit: int = 100, after: Mark | None = None
    ) -> Page[StoredCommand]:
        """What was asked and what was answered, each a row; `is_ok` is None for what was asked."""
        rows = self._page(_COMMANDS, asked, limit, after)
        found = tuple(StoredCommand(ns(moment), *rest) for moment, *rest in rows)
        last = found[-1] if len(found) == limit else None
        return Page(found, Mark(last.at_ns, last.number) if last else None)

    def hedges(
        self, asked: Filter, limit: int = 100, after: Mark | None = None
    ) -> Page[StoredHedge]:
        """What the hedger saw and did."""
        rows = self._page(_HEDGES, asked, limit, after)
        found = tuple(StoredHedge(ns(moment), *rest) for moment, *rest in rows)
        last = found[-1] if len(found) == limit else None
        return Page(found, Mark(last.at_ns, text=last.currency) if last else None)

    def _page(self, statement: str, asked: Filter, limit: int, after: Mark | None) -> list[Row]:
        mark = after or Mark(asked.until_ns)
        values = {
            "sleeve": asked.sleeve,
            "start": asked.instrument,
            "origin": asked.origin,
            "since": at(asked.since_ns),
            "before": at(mark.at_ns),
            "number": mark.number,
            "text": mark.text,
            "limit": limit,
        }
        return self._rows(statement, values)
