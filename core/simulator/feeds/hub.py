"""All channels: who is subscribed to what, what changed, and whose turn it is to speak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from core.simulator.feeds.books import (
    BookChannel,
    ChangeIds,
    GroupedBookChannel,
    QuoteChannel,
    sides_of,
)
from core.simulator.feeds.catalogue import ChannelMaker
from core.simulator.feeds.channel import Channel, Subscriber
from core.simulator.feeds.clockwork import MarkPriceChannel, SampledChannel
from core.simulator.feeds.events import ChartChannel, ListChannel, SingleChannel, topics_of
from core.simulator.feeds.tickers import TickerChannel, prepare_tickers, send_tickers
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Trade
from core.simulator.ordered import OrderedSet
from core.simulator.world.listing.instruments import instrument_row

C = TypeVar("C", bound=Channel)
_BOOKS = (BookChannel, GroupedBookChannel, QuoteChannel)
_TIMED = (SampledChannel, MarkPriceChannel)


class Hub:
    """Owned by the exchange's loop; every call happens there."""

    def __init__(self, floor: Floor, now_ms: Callable[[], int]) -> None:
        self._floor = floor
        self._now_ms = now_ms
        self.ids = ChangeIds(210_000_000_000 + now_ms() % 1_000_000_000)
        """Saved and restored, so that they grow over restarts."""
        self._maker = ChannelMaker(floor, now_ms, self.ids)
        self._channels: dict[str, Channel] = {}
        self._books: defaultdict[str, list[Channel]] = defaultdict(list)
        self._tickers: defaultdict[str, list[TickerChannel]] = defaultdict(list)
        self._charts: defaultdict[str, list[ChartChannel]] = defaultdict(list)
        self._trades: defaultdict[str, list[ListChannel]] = defaultdict(list)
        self._states: defaultdict[str, list[SingleChannel]] = defaultdict(list)
        self._timed: dict[str, Channel] = {}
        self._dirty: OrderedSet[Channel] = OrderedSet()
        self._dirty_tickers: OrderedSet[TickerChannel] = OrderedSet()

    def change_id(self, market: Market) -> int:
        """The id of a book's present state, for books read by request."""
        return self.ids.of(market, sides_of(market))

    def exists(self, name: str) -> bool:
        """True when there is such a public channel."""
        return name in self._channels or self._maker.make(name) is not None

    def subscribe(self, subscriber: Subscriber, name: str) -> bool:
        """Join a public channel; False when there is no such channel."""
        channel = self._opened(name)
        if channel is None:
            return False
        channel.join(subscriber)
        return True

    def prepare(self, subscriber: Subscriber, names: Iterable[str]) -> None:
        """Make the first tickers of the channels that are joined next, in one batch."""
        opened = [self._opened(name) for name in names]
        prepare_tickers([
            one for one in opened
            if isinstance(one, TickerChannel) and subscriber not in one.subscribers
        ])  # fmt: skip

    def unsubscribe(self, subscriber: Subscriber, name: str) -> bool:
        """Leave a channel; False when not subscribed."""
        channel = self._channels.get(name)
        if channel is None or subscriber not in channel.subscribers:
            return False
        channel.subscribers.discard(subscriber)
        if not channel.subscribers:
            self._forget(channel)
        return True

    def markets_moved(self, repriced: Iterable[Market], requoted: Iterable[Market]) -> None:
        """New marks and new quotes: their channels have something to say."""
        if self._tickers:
            for market in repriced:
                self._dirty_tickers.update(self._tickers.get(market.name, ()))
        for market in requoted:
            self.book_changed(market)

    def book_changed(self, market: Market) -> None:
        """One book changed."""
        self._dirty.update(self._books.get(market.name, ()))
        self._dirty_tickers.update(self._tickers.get(market.name, ()))

    def traded(self, market: Market, trade: Trade) -> None:
        """One public trade."""
        row = None
        for topic in topics_of(market.instrument):
            for channel in self._trades.get(topic, ()):
                row = row or trade.streamed_row()
                channel.add(row)
                self._dirty.add(channel)
        self._dirty.update(self._charts.get(market.name, ()))
        self._dirty_tickers.update(self._tickers.get(market.name, ()))

    def state_changed(self, market: Market, at_ms: int) -> None:
        """An instrument settled or ended."""
        if market.state != "open":
            self.ids.forget(market)
        row = {"timestamp": at_ms, "state": market.state, "instrument_name": market.name}
        self._tell_states("state", market, row)

    def listed(self, market: Market, at_ms: int) -> None:
        """A new instrument opened."""
        self._tell_states("creation", market, instrument_row(market.instrument, market.state))
        self.state_changed(market, at_ms)

    def _tell_states(self, kind: str, market: Market, row: dict[str, Any]) -> None:
        for topic in topics_of(market.instrument):
            for channel in self._states.get(f"{kind}.{topic}", ()):
                channel.add(row)
                self._dirty.add(channel)

    def step(self, step: int) -> None:
        """Let every channel speak whose turn it is."""
        self._dirty.update(self._timed.values())
        due = [channel for channel in self._dirty if channel.is_due(step)]
        self._dirty.difference_update(due)
        for channel in due:
            channel.flush()
        tickers = [channel for channel in self._dirty_tickers if channel.is_due(step)]
        self._dirty_tickers.difference_update(tickers)
        send_tickers(tickers)

    def flush_now(self, market: Market) -> None:
        """Show a client's own effect on a book at once, on the channels without batching."""
        for channel in self._books.get(market.name, ()):
            if channel in self._dirty and channel.name.endswith((".raw", market.name)):
                self._dirty.discard(channel)
                channel.flush()

    def book_channels(self) -> list[BookChannel]:
        """The incremental book channels somebody listens to."""
        return [c for group in self._books.values() for c in group if isinstance(c, BookChannel)]

    def find(self, name: str) -> Channel | None:
        """A channel somebody listens to."""
        return self._channels.get(name)

    def _opened(self, name: str) -> Channel | None:
        """The channel somebody listens to or is about to; None when there is no such channel."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._maker.make(name)
            if channel is not None:
                self._index(channel)
        return channel

    def _index(self, channel: Channel) -> None:
        self._channels[channel.name] = channel
        if isinstance(channel, _BOOKS):
            self._books[channel.market.name].append(channel)
        elif isinstance(channel, TickerChannel):
            self._tickers[channel.market.name].append(channel)
        elif isinstance(channel, ChartChannel):
            self._charts[channel.market.name].append(channel)
        elif isinstance(channel, ListChannel):
            self._trades[_topic(channel.name)].append(channel)
        elif isinstance(channel, SingleChannel):
            self._states[_state_topic(channel.name)].append(channel)
        elif isinstance(channel, _TIMED):
            self._timed[channel.name] = channel

    def _forget(self, channel: Channel) -> None:
        del self._channels[channel.name]
        self._dirty.discard(channel)
        self._timed.pop(channel.name, None)
        # By its own topic: a client that leaves holds thousands of channels, and a search through
        # all topics for each of them would stop the exchange for a minute.
        if isinstance(channel, _BOOKS):
            _remove(self._books, channel.market.name, channel)
        elif isinstance(channel, TickerChannel):
            self._dirty_tickers.discard(channel)
            _remove(self._tickers, channel.market.name, channel)
        elif isinstance(channel, ChartChannel):
            _remove(self._charts, channel.market.name, channel)
        elif isinstance(channel, ListChannel):
            _remove(self._trades, _topic(channel.name), channel)
        elif isinstance(channel, SingleChannel):
            _remove(self._states, _state_topic(channel.name), channel)


def _topic(name: str) -> str:
    """`trades.future.BTC.raw` speaks of future.BTC."""
    return name.removeprefix("trades.").rsplit(".", 1)[0]


def _state_topic(name: str) -> str:
    """`instrument.state.future.BTC` speaks of state.future.BTC."""
    return name.removeprefix("instrument.")


def _remove(group: dict[str, list[C]], topic: str, channel: C) -> None:
    group[topic].remove(channel)
    if not group[topic]:
        del group[topic]
