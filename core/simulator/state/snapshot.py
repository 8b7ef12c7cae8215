"""An exchange as plain values, and back: the world, what is listed, books and accounts."""

from __future__ import annotations

from typing import Final

from core.simulator.exchange import Exchange
from core.simulator.rpc import Json
from core.simulator.state.accounts import Register, everyone, packed_account
from core.simulator.state.pages import MarketPages, book_of
from core.simulator.state.plain import Packer
from core.simulator.world.listing.instruments import Instrument, Terms

FORMAT: Final = 2
CHANGE_IDS_SKIPPED: Final = 3_000_000
"""More than can be given to changes of books between a picture and a kill."""


def wiring(exchange: Exchange) -> list[object]:
    """The parts that hold others together; they are made anew."""
    return [exchange, exchange.clock, exchange.hub, exchange.account_feed]


def snapshot(exchange: Exchange, pages: MarketPages | None = None) -> Json:
    """Everything that is saved besides what the history file holds, as values JSON can hold.

    `pages` remembers from one picture to the next how markets were written.
    """
    packer = Packer(wiring(exchange))
    markets = exchange.floor.markets
    pages = MarketPages() if pages is None else pages
    return {
        "format": FORMAT,
        "market": exchange.world.size.name,
        "at_ns": exchange.clock.now_ns(),
        "exchange": packer.fields(exchange),
        "change_ids": packer.fields(exchange.hub.ids),
        "markets": [pages.page(market, packer) for market in markets],
        "expired": [pages.page(market, packer) for market in markets.expired()],
        "terms": [packer.fields(one) for one in pages.terms],
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
        floor.markets.expire(floor.admit(_instrument(row, terms, register)))
    floor.list_new([_instrument(row, terms, register) for row in data["markets"]], now_ms)


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
    for market in floor.markets:
        if market.instrument.is_perpetual:
            exchange.fundings.of(market)
    series = dict(floor.past.series)
    revive.fill(exchange, data["exchange"])
    for name, bars in series.items():
        floor.past.series.setdefault(name, bars)
    revive.fill(exchange.hub.ids, data["change_ids"])
    if exchange.clock.now_ns() != data["at_ns"]:
        exchange.hub.ids.leap(CHANGE_IDS_SKIPPED)
        floor.rebuild(exchange.clock.now_ms())


def _terms(row: Json, values: Json) -> Terms:
    if not values:
        raise ValueError(f"{row} are no terms")
    return Terms(**values)


def _instrument(row: Json, terms: list[Terms], register: Register) -> Instrument:
    saved = row["instrument"]
    fields: Json = register.reviver.value(saved["fields"])
    return Instrument(terms=terms[saved["terms"]], **fields)
