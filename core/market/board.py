"""The board: everything the market says now, one row per instrument.

Link threads write the books and tickers of their own instruments; everyone else reads
frozen values. Nobody is called back: readers pull, at their own rate, what changed.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from types import MappingProxyType

from core.clock import NS_PER_MS, NS_PER_S, Clock
from core.domain.instrument import Instrument
from core.market.book import Book, BookState, Levels, Stamps, Top
from core.market.catalog import Catalog, catalog_of
from core.market.platform import PlatformState
from core.market.quote import NAN, Quote, quote_of
from core.market.still import NO_TOP, StillBoard
from core.market.ticker import Ticker
from core.market.venue_time import VenueTime

VOLATILITY_STALE_NS = 60 * NS_PER_S
"""The venue's volatility index speaks every second or two; silent for so long it is unknown."""


class Board:
    """All instruments, their books and their last tickers."""

    def __init__(self, clock: Clock, stale_after_s: float = 3.0) -> None:
        self._clock = clock
        self._stale_after_ns = int(stale_after_s * 1e9)
        self.catalog = Catalog()
        self._books: dict[str, Book] = {}
        self._tickers: dict[str, Ticker] = {}
        self._ticker_at_ns: dict[str, int] = {}
        self._feed_of: dict[str, str] = {}
        self._feed_at_ns: dict[str, int] = {}
        """By the clock nobody sets: a clock set back must not make a dead feed look alive."""
        self._indices: dict[str, tuple[float, int]] = {}
        self._volatilities: dict[str, tuple[float, int]] = {}
        """By the clock nobody sets, as the feeds."""
        self._venue_time = VenueTime(clock)
        self._writes = itertools.count(1)
        self.platform = PlatformState()
        """Whether the venue trades; `platform.refusal(index)` says why not. Replaced whole."""
        self.writing = threading.RLock()
        """Held by a link while it writes one batch of frames, so that `still` sees all or none."""
        self.sequence = 0
        """Moves with every write: a reader that saw this number has nothing to do."""

    # Writing: the link threads and the lister.

    def list_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Replace what is listed; books of vanished instruments go with them."""
        catalog = catalog_of(instruments)
        with self.writing:
            for name in [name for name in self._books if name not in catalog.by_name]:
                for table in (self._books, self._tickers, self._ticker_at_ns, self._feed_of):
                    table.pop(name, None)
            for name in catalog.by_name:
                self._books.setdefault(name, Book())
            self.catalog = catalog
            self.sequence = next(self._writes)

    def book(self, name: str) -> Book | None:
        """The book itself, for the link that owns it; None when the name is not listed."""
        return self._books.get(name)

    def assign(self, names: Iterable[str], feed: str) -> None:
        """Say which feed's silence makes these instruments stale."""
        for name in names:
            self._feed_of[name] = feed

    def touch(self, feed: str, at_ns: int, venue_ns: int = 0) -> None:
        """`feed` said something at `at_ns`; its newest stamp, 0 when nothing had one."""
        self._feed_at_ns[feed] = at_ns + self._clock.steady_ns() - self._clock.now_ns()
        if venue_ns:
            self._venue_time.stamped(venue_ns)
        self.sequence = next(self._writes)

    def put_ticker(self, ticker: Ticker, at_ns: int) -> None:
        """Keep the newest ticker of its instrument; nothing of one that is not listed."""
        if ticker.instrument_name not in self._books:
            return
        self._tickers[ticker.instrument_name] = ticker
        self._ticker_at_ns[ticker.instrument_name] = at_ns

    def put_index(self, index: str, price: float, at_ns: int) -> None:
        """Keep the newest price of an index, such as btc_usd."""
        self._indices[index] = (price, at_ns)

    def put_volatility_index(self, index: str, percent: float, at_ns: int) -> None:
        """Keep the venue's newest volatility index beside a price index, such as btc_usd."""
        steady_ns = at_ns + self._clock.steady_ns() - self._clock.now_ns()
        self._volatilities[index] = (percent / 100, steady_ns)

    def put_platform(self, state: PlatformState) -> None:
        """The venue opened, locked or went into maintenance."""
        self.platform = state
        self.sequence = next(self._writes)

    def drop_feed(self, feed: str) -> None:
        """The link is gone: every book it fed is stale."""
        with self.writing:
            self._feed_at_ns.pop(feed, None)
            for name, owner in list(self._feed_of.items()):
                if owner == feed and (book := self._books.get(name)) is not None:
                    book.drop()
            self.sequence = next(self._writes)

    # Reading: any thread.

    def venue_now_ns(self) -> int:
        """The time at the venue, for expiries and all that happens there; never backwards.

        Told from its own stamps, so that a skewed clock of ours and a sped-up simulator are
        right. Ages, time-outs and retries stay on our own clock.
        """
        return self._venue_time.now_ns()

    @property
    def is_venue_time_known(self) -> bool:
        """False before the first stamp: until then the venue's time is what our clock says."""
        return self._venue_time.is_known

    def instrument(self, name: str) -> Instrument | None:
        """The listed instrument called `name`."""
        return self.catalog.get(name)

    def ticker(self, name: str) -> Ticker | None:
        """The last ticker, None before the first."""
        return self._tickers.get(name)

    def ticker_at_ns(self, name: str) -> int | None:
        """When the last ticker of `name` was received; None before the first."""
        return self._ticker_at_ns.get(name)

    def ticker_age_s(self, name: str) -> float:
        """Seconds since the last ticker of `name`; NaN before the first."""
        at_ns = self._ticker_at_ns.get(name)
        return NAN if at_ns is None else (self._clock.now_ns() - at_ns) / 1e9

    def index_price(self, index: str) -> float:
        """The last price of an index; NaN before the first."""
        return self._indices.get(index, (NAN, 0))[0]

    def index_prices(self) -> dict[str, float]:
        """The last price of every index heard of."""
        return {index: price for index, (price, _) in list(self._indices.items())}

    def volatility_index(self, index: str) -> float:
        """The venue's volatility index beside a price index, decimal; NaN without or when old."""
        value, heard_ns = self._volatilities.get(index, (NAN, 0))
        return value if self._clock.steady_ns() - heard_ns <= VOLATILITY_STALE_NS else NAN

    def age_ms(self, name: str) -> float:
        """Milliseconds since the feed of `name` last spoke; NaN when it never did."""
        at_ns = self._feed_at_ns.get(self._feed_of.get(name, ""))
        return NAN if at_ns is None else (self._clock.steady_ns() - at_ns) / NS_PER_MS

    @property
    def silent_ms(self) -> float:
        """Milliseconds since any feed last spoke; NaN when none is up."""
        newest_ns = max(list(self._feed_at_ns.values()), default=None)
        return NAN if newest_ns is None else (self._clock.steady_ns() - newest_ns) / NS_PER_MS

    @property
    def stale_after_ms(self) -> float:
        """A feed that has been silent for longer is stale."""
        return self._stale_after_ns / NS_PER_MS

    def is_stale(self, name: str) -> bool:
        """True when no automatic order may be priced from this book."""
        book = self._books.get(name)
        if book is None or book.state is not BookState.LIVE:
            return True
        return not self.age_ms(name) * NS_PER_MS <= self._stale_after_ns

    def top(self, name: str) -> Top:
        """Best prices and amounts; NaN where there are none or the name is not listed."""
        book = self._books.get(name)
        return NO_TOP if book is None else book.top()

    def levels(self, name: str, depth: int) -> Levels | None:
        """The best `depth` levels of both sides; None when the name is not listed."""
        book = self._books.get(name)
        return None if book is None else book.levels(depth)

    def stamps(self, name: str) -> Stamps | None:
        """Change id and times of the last frame; None when the name is not listed."""
        book = self._books.get(name)
        if book is None:
            return None
        return Stamps(book.change_id, book.at_ns, book.venue_ms * NS_PER_MS)

    def quote(self, name: str) -> Quote:
        """Best prices and ticker of one instrument as a value; all NaN when not listed."""
        stale, age_ms = self.is_stale(name), self.age_ms(name)
        return quote_of(name, self.top(name), self._tickers.get(name), stale, age_ms)

    def still(self) -> StillBoard:
        """Everything at one moment, between two batches; it waits for a batch being written."""
        with self.writing:
            venue_ns = self.venue_now_ns()
            catalog, tickers, indices = self.catalog, dict(self._tickers), dict(self._indices)
            volatilities = {index: self.volatility_index(index) for index in self._volatilities}
            books = list(self._books.items())
            tops = {name: book.top() for name, book in books}
            trusted = [name for name, book in books if book.state is BookState.LIVE]
            feed_of, feed_at_ns = self._feed_of.copy(), self._feed_at_ns.copy()
            steady_ns = self._clock.steady_ns()
        ages_ms = {
            feed: (steady_ns - at_ns) / NS_PER_MS
            for feed, at_ns in feed_at_ns.items()
            if steady_ns - at_ns <= self._stale_after_ns
        }
        fed = [(name, feed_of.get(name, "")) for name in trusted]
        return StillBoard(
            venue_ns,
            catalog,
            MappingProxyType(tops),
            MappingProxyType(tickers),
            MappingProxyType({name: ages_ms[feed] for name, feed in fed if feed in ages_ms}),
            MappingProxyType({index: price for index, (price, _) in indices.items()}),
            MappingProxyType(volatilities),
        )
