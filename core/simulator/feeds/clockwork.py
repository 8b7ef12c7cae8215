"""Channels that speak about once a second: indices, marks of whole chains, DVOL, expiry prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from core.simulator.feeds.channel import SLOW, Channel, Subscriber
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.world.makers.options import OptionBoard

Now = Callable[[], int]


class SampledChannel(Channel):
    """Sends one computed value to a newcomer, and each second when it is repeated."""

    def __init__(self, name: str, sample: Callable[[], Any], is_repeated: bool = True) -> None:
        super().__init__(name, SLOW)
        self._sample = sample
        self._is_repeated = is_repeated

    def greet(self, subscriber: Subscriber) -> None:
        """Send the present value."""
        self.emit_to(subscriber, self._sample())

    def flush(self) -> None:
        """Send the present value."""
        if self._is_repeated:
            self.emit(self._sample())


class MarkPriceChannel(Channel):
    """markprice.options.{index}: all options first, later those that changed."""

    def __init__(self, name: str, options: Callable[[], Iterable[Market]]) -> None:
        super().__init__(name, SLOW)
        self._options = options
        self._sent: dict[str, tuple[float, float]] = {}

    def join(self, subscriber: Subscriber) -> None:
        """Bring everybody to the present first: all share one memory of what was sent."""
        if subscriber not in self.subscribers:
            self.flush()
            super().join(subscriber)

    def greet(self, subscriber: Subscriber) -> None:
        """Send every option."""
        self.emit_to(subscriber, [mark_row(market) for market in self._options()])

    def flush(self) -> None:
        """Send the options whose mark or volatility changed."""
        rows = [mark_row(market) for market in self._options()]
        now = {row["instrument_name"]: (row["mark_price"], row["iv"]) for row in rows}
        fresh = [
            r for r in rows if self._sent.get(r["instrument_name"]) != now[r["instrument_name"]]
        ]
        self._sent = now
        if fresh:
            self.emit(fresh)


class PlatformChannel(Channel):
    """platform_state: one frame per index to a newcomer."""

    def __init__(self, name: str, indices: Callable[[], Iterable[str]]) -> None:
        super().__init__(name, SLOW)
        self._indices = indices

    def greet(self, subscriber: Subscriber) -> None:
        """Send the state of every index."""
        for index in self._indices():
            self.emit_to(subscriber, {"locked": False, "price_index": index})


def mark_row(market: Market) -> dict[str, Any]:
    """One option of markprice.options; here `iv` is a fraction."""
    board = market.board
    assert isinstance(board, OptionBoard)
    return {
        "instrument_name": market.name,
        "mark_price": round(market.mark, market.instrument.terms.mark_decimals),
        "iv": round(float(board.iv[market.row]) / 100.0, 6),
        "timestamp": market.at_ms,
    }


def index_sample(floor: Floor, index: str, now: Now) -> Callable[[], dict[str, Any]]:
    """The value of deribit_price_index.{index}."""
    return lambda: {
        "timestamp": now(),
        "price": floor.world.indices[index],
        "index_name": index,
    }


def dvol_sample(floor: Floor, index: str) -> Callable[[], dict[str, Any]]:
    """The value of deribit_volatility_index.{index}: the one its history keeps."""
    coin = index.partition("_")[0].upper()

    def sample() -> dict[str, Any]:
        at_ms, value = floor.past.printed_vol(coin)
        return {"timestamp": at_ms, "volatility": value, "index_name": index}

    return sample


def methods_sample() -> dict[str, bool]:
    """The value of platform_state.public_methods_state: strangers may ask."""
    return {"allow_unauthenticated_public_requests": True}
