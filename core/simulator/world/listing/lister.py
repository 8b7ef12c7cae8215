"""Which instruments exist at a time: perpetuals, dated futures, and chains around the forward."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from decimal import Decimal

import numpy as np

from core.simulator.world.listing.calendar import DAY_MS, FOREVER_MS, Expiry, Period, expiries
from core.simulator.world.listing.instruments import Instrument, Kind, OptionType, Terms
from core.simulator.world.prices.coins import NAMES

OPTION_COINS = ("BTC", "ETH")
STRIKES_A_SIDE = 15
NICE = (1.0, 2.0, 2.5, 5.0)

_INVERSE_MAKER, _INVERSE_TAKER = Decimal("0.00015"), Decimal("0.00035")
_OPTION_FEE = Decimal("0.0003")


def _perpetual(contract: str, tick: str, digits: int, leverage: int, band: float) -> Terms:
    size, step = Decimal(contract), Decimal(tick)
    return Terms(
        size, size, step, None, step, _INVERSE_MAKER, _INVERSE_TAKER, digits, leverage, band
    )


def _option(minimum: str, contract: str = "1") -> Terms:
    return Terms(
        Decimal(contract), Decimal(minimum), Decimal("0.0001"), Decimal("0.005"), Decimal("0.0005"),
        _OPTION_FEE, _OPTION_FEE, 4, 0, 0.0, Decimal("0.00015"),
    )  # fmt: skip


INVERSE_PERPETUAL = {
    "BTC": _perpetual("10", "0.5", 2, 50, 0.015),
    "ETH": _perpetual("1", "0.05", 2, 50, 0.015),
}
INVERSE_FUTURE = {
    "BTC": _perpetual("10", "2.5", 2, 25, 0.015),
    "ETH": _perpetual("1", "0.25", 2, 25, 0.015),
}
INVERSE_OPTION = {"BTC": _option("0.1"), "ETH": _option("1")}
LINEAR_PERPETUAL = {
    "BTC": _perpetual("0.0001", "0.1", 2, 50, 0.03),
    "ETH": _perpetual("0.001", "0.01", 3, 50, 0.03),
    "SOL": _perpetual("0.001", "0.001", 4, 50, 0.10),
    "XRP": _perpetual("1", "0.0001", 4, 25, 0.10),
    "BNB": _perpetual("0.001", "0.01", 3, 25, 0.10),
    "DOGE": _perpetual("10", "0.00001", 6, 25, 0.10),
    "ADA": _perpetual("1", "0.00001", 6, 25, 0.10),
    "AVAX": _perpetual("0.1", "0.001", 4, 25, 0.10),
    "LINK": _perpetual("0.1", "0.001", 4, 25, 0.10),
    "DOT": _perpetual("0.1", "0.0005", 5, 25, 0.10),
}


def terms_of(coin: str, kind: Kind, settlement: str, period: Period) -> Terms:
    """The contract terms of one kind of instrument."""
    if kind == "option":
        return INVERSE_OPTION[coin]
    if settlement == "USDC":
        return LINEAR_PERPETUAL[coin]
    return INVERSE_PERPETUAL[coin] if period == "perpetual" else INVERSE_FUTURE[coin]


Forward = Callable[[str, int], float]
"""(coin, expiry in ms) -> forward in USD."""
Vol = Callable[[str, int], float]
"""(coin, expiry in ms) -> at-the-money total volatility, that is vol * sqrt(tau)."""


class Lister:
    """Makes instruments; ids are handed out in order and never again."""

    def __init__(self, next_id: int = 210_838) -> None:
        self.next_id = next_id

    def perpetuals(self, now_ms: int) -> Iterator[Instrument]:
        """The two inverse and ten linear perpetuals, listed long ago."""
        for coin, terms in INVERSE_PERPETUAL.items():
            yield self._perpetual(f"{coin}-PERPETUAL", coin, coin, terms, now_ms)
        for coin in NAMES:
            name = f"{coin}_USDC-PERPETUAL"
            yield self._perpetual(name, coin, "USDC", LINEAR_PERPETUAL[coin], now_ms)

    def dated(
        self, now_ms: int, forward: Forward, total_vol: Vol, known: Container[str] = ()
    ) -> Iterator[Instrument]:
        """Every dated future and option the calendar wants at `now_ms` that is not `known`."""
        for coin in OPTION_COINS:
            for expiry in expiries(now_ms):
                if expiry.period != "day" and f"{coin}-{expiry.code}" not in known:
                    yield self._future(coin, expiry, now_ms)
                total = total_vol(coin, expiry.at_ms)
                for strike in chain_strikes(forward(coin, expiry.at_ms), total):
                    yield from self._options(coin, expiry, strike, now_ms, known)

    def _options(
        self, coin: str, expiry: Expiry, strike: float, now_ms: int, known: Container[str]
    ) -> Iterator[Instrument]:
        types: tuple[tuple[str, OptionType], ...] = (("C", "call"), ("P", "put"))
        for letter, option_type in types:
            name = f"{coin}-{expiry.code}-{_digits(strike)}-{letter}"
            if name not in known:
                yield Instrument(
                    name, self._id(), "option", coin, coin, f"{coin.lower()}_usd", expiry.at_ms,
                    expiry.period, now_ms, INVERSE_OPTION[coin], strike, option_type,
                )  # fmt: skip

    def _future(self, coin: str, expiry: Expiry, now_ms: int) -> Instrument:
        return Instrument(
            f"{coin}-{expiry.code}", self._id(), "future", coin, coin, f"{coin.lower()}_usd",
            expiry.at_ms, expiry.period, now_ms, INVERSE_FUTURE[coin],
        )  # fmt: skip

    def _perpetual(
        self, name: str, coin: str, settlement: str, terms: Terms, now_ms: int
    ) -> Instrument:
        index = f"{coin.lower()}_{'usdc' if settlement == 'USDC' else 'usd'}"
        return Instrument(
            name, self._id(), "future", coin, settlement, index, FOREVER_MS, "perpetual",
            now_ms - 900 * DAY_MS, terms,
        )  # fmt: skip

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id


def chain_strikes(forward: float, total_vol: float) -> list[float]:
    """At least 25 strikes on one round step, about three standard deviations either side."""
    step = strike_step(forward, total_vol)
    middle = round(forward / step)
    lowest = max(1, middle - STRIKES_A_SIDE)
    return [round((lowest + n) * step, 8) for n in range(2 * STRIKES_A_SIDE + 1)]


def strike_step(forward: float, total_vol: float) -> float:
    """The round distance of strikes for a chain this wide."""
    wanted = forward * float(np.clip(3.0 * total_vol, 0.07, 0.9)) / STRIKES_A_SIDE
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next((n * power for n in NICE if n * power >= wanted), 10.0 * power))


def _digits(strike: float) -> str:
    """A strike as in names: `d` is the decimal point."""
    return f"{strike:.6f}".rstrip("0").rstrip(".").replace(".", "d")
