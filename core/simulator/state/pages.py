"""Each market as it is written in a picture; one that did not change is not packed again."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, Final

import msgspec
import numpy as np

from core.simulator.markets.book import Book
from core.simulator.markets.market import Market
from core.simulator.rpc import Json
from core.simulator.state.plain import HOME, Packer, is_frozen, names_of
from core.simulator.world.listing.instruments import Instrument, Terms

_COMPARED: Final = frozenset({
    str, int, bool, float, Decimal, type(None), partial, np.random.Generator,
})  # fmt: skip
"""Values that are as they were when they are equal; a market with any other is packed anew."""

_BOOK_FIELDS: Final = names_of(Book())


class MarketPages:
    """Lives as long as its keeper. Terms are written once and keep their numbers."""

    def __init__(self) -> None:
        self.terms: list[Terms] = []
        self._numbers: dict[int, int] = {}
        self._instruments: dict[str, msgspec.Raw] = {}
        self._leaves: attrgetter[tuple[Any, ...]] | None = None
        self._pages: dict[str, tuple[tuple[Any, ...], msgspec.Raw]] = {}

    def page(self, market: Market, packer: Packer) -> Json | msgspec.Raw:
        """One market: instrument, fields, and its book when there is something in it."""
        values = self._values(market)
        book = packed_book(market, packer)
        is_compared = book is None and _COMPARED.issuperset(map(type, values))
        known = self._pages.get(market.name)
        if is_compared and known is not None and known[0] == values:
            return known[1]
        row: Json = {
            "name": market.name,
            "instrument": self._instrument(market.instrument, packer),
            "fields": packer.fields(market),
        }
        if book is not None:
            return row | {"book": book}
        page = msgspec.Raw(msgspec.json.encode(row))
        self._pages[market.name] = (values, page)
        return page

    def _values(self, market: Market) -> tuple[Any, ...]:
        """Everything in a market that is saved, read in one call."""
        try:
            if self._leaves is not None:
                return self._leaves(market)
        except AttributeError:  # something is None here that was an object elsewhere
            self._leaves = None
        self._leaves = attrgetter(*_leaves(market))
        return self._leaves(market)

    def _instrument(self, it: Instrument, packer: Packer) -> Json:
        """One instrument and the place of its terms."""
        if it.name not in self._instruments:
            fields = packer.fields(it)
            del fields["terms"]
            self._instruments[it.name] = msgspec.Raw(msgspec.json.encode(fields))
        number = self._numbers.get(id(it.terms))
        if number is None:
            number = self._numbers[id(it.terms)] = len(self.terms)
            self.terms.append(it.terms)
        return {"fields": self._instruments[it.name], "terms": number}


def book_of(market: Market) -> Book:
    """The book as it is, without the makers' newest quotes being put in."""
    book: Book = vars(market)["_book"]
    return book


def packed_book(market: Market, packer: Packer) -> Json | None:
    """What is in the book; quotes that are replaced at the next look are not."""
    book = book_of(market)
    parts = {name: getattr(book, name) for name in _BOOK_FIELDS}
    if market.stale:
        del parts["house"]
    if not any(any(sides) for sides in parts.values()):
        return None
    return {name: packer.value(sides) for name, sides in parts.items()}


def _leaves(item: object, prefix: str = "") -> list[str]:
    """The path of every value under an object."""
    found = []
    for name in names_of(item):
        value = getattr(item, name)
        kind = type(value)
        if kind.__module__.startswith(HOME) and not is_frozen(kind):
            found += _leaves(value, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found
