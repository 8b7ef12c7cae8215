"""Which public channels exist: from a name to a channel, or to nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.simulator.feeds.books import BookChannel, ChangeIds, GroupedBookChannel, QuoteChannel
from core.simulator.feeds.channel import PERIODS, Channel
from core.simulator.feeds.clockwork import (
    MarkPriceChannel,
    PlatformChannel,
    SampledChannel,
    dvol_sample,
    index_sample,
    methods_sample,
)
from core.simulator.feeds.events import ChartChannel, ListChannel, SingleChannel
from core.simulator.feeds.ranking import ranking_sample, statistics_sample
from core.simulator.feeds.tickers import IncrementalTickerChannel, PerpetualChannel, TickerChannel
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.world.listing.calendar import DAY_MS, last_settlement_ms
from core.simulator.world.listing.instruments import Instrument

GROUPS = {"BTC": ("1", "2", "5", "10"), "ETH": ("5", "10", "25", "100", "250")}
"""Price steps of grouped books: dollars for BTC, cents for ETH."""
GROUP_UNIT = {"BTC": Decimal(1), "ETH": Decimal("0.01")}
SILENT = ("announcements", "block_trade_confirmations")
SILENT_BY_CURRENCY = ("block_trade_confirmations", "rfq")
"""Channels that exist and have nothing to say here."""
DEPTHS = ("1", "10", "20")
KINDS = ("any", "future", "option", "spot", "future_combo", "option_combo")
CURRENCIES = ("any", "BTC", "ETH", "USDC", "USDT", "EURR")
RESOLUTIONS_MIN = {
    "1": 1, "3": 3, "5": 5, "10": 10, "15": 15, "30": 30, "60": 60, "120": 120, "180": 180,
    "360": 360, "720": 720, "1D": 1440,
}  # fmt: skip
ESTIMATE_MS = 1_800_000
"""The last half hour before 08:00 is estimated from the delivery average."""


class ChannelMaker:
    """Makes a channel object for a name when such a channel exists."""

    def __init__(self, floor: Floor, now_ms: Callable[[], int], ids: ChangeIds) -> None:
        self._floor = floor
        self._now_ms = now_ms
        self._ids = ids

    def make(self, name: str) -> Channel | None:
        """A new channel without subscribers, or None for an unknown or malformed name."""
        head, _, rest = name.partition(".")
        makers: dict[str, Callable[[str, list[str]], Channel | None]] = {
            "book": self._book,
            "ticker": self._ticker,
            "incremental_ticker": self._incremental,
            "quote": self._quote,
            "trades": self._trades,
            "perpetual": self._perpetual,
            "chart": self._chart,
            "deribit_price_index": self._index,
            "deribit_price_ranking": self._ranking,
            "deribit_price_statistics": self._statistics,
            "deribit_volatility_index": self._dvol,
            "estimated_expiration_price": self._expiration,
            "markprice": self._markprice,
            "instrument": self._state,
            "platform_state": self._platform,
        }
        if name in SILENT or (head in SILENT_BY_CURRENCY and rest in CURRENCIES):
            return Channel(name)
        maker = makers.get(head)
        return maker(name, rest.split(".") if rest else []) if maker else None

    def _market(self, name: str) -> Market | None:
        return self._floor.markets.find(name)

    def _book(self, name: str, parts: list[str]) -> Channel | None:
        market = self._market(parts[0]) if parts else None
        if market is None or parts[-1] not in PERIODS:
            return None
        if len(parts) == 2:
            return BookChannel(name, PERIODS[parts[1]], market, self._ids, self._now_ms)
        if len(parts) != 4 or parts[2] not in DEPTHS or parts[3] == "raw":
            return None
        group = self._group(market.instrument, parts[1])
        if group is None and parts[1] != "none":
            return None
        return GroupedBookChannel(
            name, PERIODS[parts[3]], market, group, int(parts[2]), self._ids, self._now_ms
        )

    @staticmethod
    def _group(it: Instrument, text: str) -> Decimal | None:
        """A price step in quote currency; None for no grouping and for steps there are not."""
        if it.is_option or text not in GROUPS.get(it.base, ()):
            return None
        return Decimal(text) * GROUP_UNIT[it.base]

    def _ticker(self, name: str, parts: list[str]) -> Channel | None:
        market = self._market(parts[0]) if len(parts) == 2 else None
        if market is None or parts[1] not in PERIODS:
            return None
        return TickerChannel(name, PERIODS[parts[1]], market)

    def _incremental(self, name: str, parts: list[str]) -> Channel | None:
        market = self._market(parts[0]) if len(parts) == 1 else None
        return IncrementalTickerChannel(name, market) if market else None

    def _quote(self, name: str, parts: list[str]) -> Channel | None:
        market = self._market(parts[0]) if len(parts) == 1 else None
        return QuoteChannel(name, market, self._now_ms) if market else None

    def _trades(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) == 2 and parts[1] in PERIODS and self._market(parts[0]):
            return ListChannel(name, PERIODS[parts[1]])
        known = len(parts) == 3 and parts[0] in KINDS and parts[1] in CURRENCIES
        return ListChannel(name, PERIODS[parts[2]]) if known and parts[2] in PERIODS else None

    def _perpetual(self, name: str, parts: list[str]) -> Channel | None:
        market = self._market(parts[0]) if len(parts) == 2 else None
        if market is None or not market.instrument.is_perpetual or parts[1] not in PERIODS:
            return None
        return PerpetualChannel(name, PERIODS[parts[1]], market)

    def _chart(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 3 or parts[0] != "trades" or parts[2] not in RESOLUTIONS_MIN:
            return None
        market = self._market(parts[1])
        return ChartChannel(name, market, RESOLUTIONS_MIN[parts[2]] * 60_000) if market else None

    def _index(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 1 or parts[0] not in self._floor.world.indices:
            return None
        return SampledChannel(name, index_sample(self._floor, parts[0], self._now_ms))

    def _ranking(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 1 or parts[0] not in self._floor.world.indices:
            return None
        return SampledChannel(name, ranking_sample(self._floor, parts[0], self._now_ms))

    def _statistics(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 1 or parts[0] not in self._floor.world.indices:
            return None
        return SampledChannel(name, statistics_sample(self._floor, parts[0], self._now_ms))

    def _dvol(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 1 or parts[0] not in ("btc_usd", "eth_usd"):
            return None
        return SampledChannel(name, dvol_sample(self._floor, parts[0]))

    def _expiration(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 1 or parts[0] not in self._floor.world.indices:
            return None
        return SampledChannel(name, lambda: self._expiration_row(parts[0]))

    def _expiration_row(self, index: str) -> dict[str, object]:
        left_ms = last_settlement_ms(self._now_ms()) + DAY_MS - self._now_ms()
        price = self._floor.estimated_delivery(index)
        return {
            "seconds": left_ms // 1000, "price": price, "is_estimated": left_ms <= ESTIMATE_MS,
        }  # fmt: skip

    def _markprice(self, name: str, parts: list[str]) -> Channel | None:
        if len(parts) != 2 or parts[0] != "options" or not self._options(parts[1]):
            return None
        return MarkPriceChannel(name, lambda: self._options(parts[1]))

    def _options(self, index: str) -> list[Market]:
        """The listed options of one index."""
        listed = (m for m in self._floor.markets if m.instrument.is_option)
        return [m for m in listed if m.instrument.index_name == index]

    def _state(self, name: str, parts: list[str]) -> Channel | None:
        known = len(parts) == 3 and parts[0] in ("state", "creation")
        if not known or parts[1] not in KINDS or parts[2] not in CURRENCIES:
            return None
        return SingleChannel(name)

    def _platform(self, name: str, parts: list[str]) -> Channel | None:
        if parts and parts != ["public_methods_state"]:
            return None
        if parts:
            return SampledChannel(name, methods_sample, is_repeated=False)
        return PlatformChannel(name, lambda: sorted(self._floor.world.indices))
