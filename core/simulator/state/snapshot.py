"""An exchange as plain values, and back: the world, what is listed, books and accounts."""

from __future__ import annotations

from typing import Final

import msgspec

from core.simulator.exchange import Exchange
from core.simulator.markets.book import Book
from core.simulator.markets.market import Market
from core.simulator.rpc import Json
from core.simulator.state.accounts import Register, everyone, packed_account
from core.simulator.state.plain import Packer, names_of
from core.simulator.world.listing.instruments import Instrument, Terms

FORMAT: Final = 2
CHANGE_IDS_SKIPPED: Final = 3_000_000
"""More than can be given to changes of books between a picture and a kill."""


def wiring(exchange: Exchange) -> list[object]:
    """The parts that hold others together; they are made anew."""
    return [exchange, exchange.clock, exchange.hub, exchange.account_feed, exchange.floor.past]


def snapshot(exchange: Exchange, listed: dict[str, msgspec.Raw] | None = None) -> Json:
    """Everything that is saved besides what the history file holds, as values JSON can hold.

    `listed` remembers from one picture to the next how instruments are written.
    """
    packer = Packer(wiring(exchange))
    markets = exchange.floor.markets
    table = _Table({} if listed is None else listed, packer)
    return {
        "format": FORMAT,
        "at_ns": exchange.clock.now_ns(),
        "exchange": packer.fields(exchange),
        "change_ids": packer.fields(exchange.hub.ids),
        "markets": [_market(market, packer, table) for market in markets],
        "expired": [_market(market, packer, table) for market in markets.expired()],
        "terms": [packer.fields(one) for one in table.terms],
        "past": {name: packer.value(bars) for name, bars in exchange.floor.past.series.items()},
        "accounts": {
            one.client_id: packed_account(one, packer, one.orders, one.positions)
            for one in everyone(exchange.accounts)
        },
    }


def restore_floor(exchange: Exchange, data: Json, register: Register) -> None:
    """List what was listed, on boards of the present; the first half of a restore."""
    floor, revive = exchange.floor, register.reviver
    world = exchange.world
    revive.fill(world, data["exchange"]["world"]["fields"])
    world.print_indices()
    terms = [_terms(row, revive.value(row)) for row in data["terms"]]
    now_ms = exchange.clock.now_ms()
    for row in data["expired"]:
        floor.markets.expire(floor.admit(_instrument(row, terms)))
    floor.list_new([_instrument(row, terms) for row in data["markets"]], now_ms)


def restore_rest(exchange: Exchange, data: Json, register: Register) -> None:
    """Put everything back into what is listed now; the second half of a restore."""
    floor, revive = exchange.floor, register.reviver
    for saved in data["accounts"].values():
        register.announce(saved["orders"])
    for client_id, saved in data["accounts"].items():
        register.apply(client_id, saved)
    for row in [*data["markets"], *data["expired"]]:
        market = floor.markets.find_any(row["name"])
        assert market is not None
        revive.fill(market, row["fields"])
        if "book" in row:
            revive.fill(book_of(market), row["book"])
    for name, bars in data["past"].items():
        if name in floor.past.series:
            revive.fill(floor.past.series[name], bars["fields"])
    revive.fill(exchange, data["exchange"])
    revive.fill(exchange.hub.ids, data["change_ids"])
    if exchange.clock.now_ns() != data["at_ns"]:
        exchange.hub.ids.leap(CHANGE_IDS_SKIPPED)
        floor.rebuild(exchange.clock.now_ms())


def book_of(market: Market) -> Book:
    """The book as it is, without the makers' newest quotes being put in."""
    book: Book = vars(market)["_book"]
    return book


def _market(market: Market, packer: Packer, table: _Table) -> Json:
    row: Json = {
        "name": market.name,
        "instrument": table.instrument(market.instrument),
        "fields": packer.fields(market),
    }
    book = book_of(market)
    parts = {name: getattr(book, name) for name in names_of(book)}
    if market.stale:
        del parts["house"]  # quotes that are replaced when the book is looked at
    if any(any(sides) for sides in parts.values()):
        row["book"] = {name: packer.value(sides) for name, sides in parts.items()}
    return row


class _Table:
    """Instruments written once for all pictures, their terms once for each."""

    def __init__(self, listed: dict[str, msgspec.Raw], packer: Packer) -> None:
        self.terms: list[Terms] = []
        self._numbers: dict[int, int] = {}
        self._listed = listed
        self._packer = packer

    def instrument(self, it: Instrument) -> Json:
        """One instrument and the place of its terms among the rows."""
        if it.name not in self._listed:
            fields = self._packer.fields(it)
            del fields["terms"]
            self._listed[it.name] = msgspec.Raw(msgspec.json.encode(fields))
        number = self._numbers.get(id(it.terms))
        if number is None:
            number = self._numbers[id(it.terms)] = len(self.terms)
            self.terms.append(it.terms)
        return {"fields": self._listed[it.name], "terms": number}


def _terms(row: Json, values: Json) -> Terms:
    if not values:
        raise ValueError(f"{row} are no terms")
    return Terms(**values)


def _instrument(row: Json, terms: list[Terms]) -> Instrument:
    saved = row["instrument"]
    return Instrument(terms=terms[saved["terms"]], **saved["fields"])
