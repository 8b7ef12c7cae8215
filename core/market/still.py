"""The board at one moment: what is read of it later all belongs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType
from typing import Protocol

from core.market.book import Top
from core.market.catalog import Catalog
from core.market.quote import Quote, quote_of
from core.market.ticker import Ticker

NO_TOP: Top = (nan, nan, nan, nan)


class MarketReading(Protocol):
    """What pricing reads of a market: the board as it moves, or one that stands still."""

    def top(self, name: str) -> Top:
        """Best prices and amounts, NaN where there are none."""
        ...

    def ticker(self, name: str) -> Ticker | None:
        """The last ticker, None before the first."""
        ...

    def is_stale(self, name: str) -> bool:
        """True when the book cannot be trusted."""
        ...

    def quote(self, name: str) -> Quote:
        """Best prices and ticker of one instrument as a value."""
        ...

    def index_price(self, index: str) -> float:
        """The last price of an index; NaN before the first."""
        ...

    def volatility_index(self, index: str) -> float:
        """The venue's volatility index beside a price index, decimal; NaN without or when old."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class StillBoard:
    """Every top, ticker and index between two batches of frames. Any thread reads it.

    Frames of one batch are in it whole or not at all, whichever instruments they are of.
    """

    venue_ns: int = 0
    """The venue's time of the moment."""
    catalog: Catalog = field(default_factory=Catalog)
    tops: Mapping[str, Top] = field(default_factory=lambda: MappingProxyType({}))
    """Of every listed instrument."""
    tickers: Mapping[str, Ticker] = field(default_factory=lambda: MappingProxyType({}))
    ages_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Milliseconds since the feed of each trusted instrument spoke; stale ones are missing."""
    indices: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    volatilities: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The venue's volatility indices by price index, decimals; NaN when old."""

    def top(self, name: str) -> Top:
        """Best prices and amounts, NaN where there are none or the name is not listed."""
        return self.tops.get(name, NO_TOP)

    def ticker(self, name: str) -> Ticker | None:
        """The last ticker, None before the first."""
        return self.tickers.get(name)

    def is_stale(self, name: str) -> bool:
        """True when the book could not be trusted then."""
        return name not in self.ages_ms

    def quote(self, name: str) -> Quote:
        """Best prices and ticker of one instrument; all NaN when it was not listed."""
        age_ms = self.ages_ms.get(name, nan)
        return quote_of(name, self.top(name), self.tickers.get(name), self.is_stale(name), age_ms)

    def index_price(self, index: str) -> float:
        """The last price of an index; NaN before the first."""
        return self.indices.get(index, nan)

    def volatility_index(self, index: str) -> float:
        """The venue's volatility index beside a price index, decimal; NaN without or when old."""
        return self.volatilities.get(index, nan)
