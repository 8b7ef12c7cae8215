"""Option chains: which coin and settlement, how deep in time, how wide in strikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.simulator.world.listing.calendar import DEEP, FEW, SHORT, Depth

LEAST_REACH = 0.1
"""Of ln(strike / forward), for the shortest dates."""
NICE = (1.0, 2.0, 2.5, 5.0)
ZONES = ((0.0, 0.5, 1), (0.5, 0.9, 2), (0.9, 1.0, 10))
"""(from, to, every nth step) by share of the reach: dense at the forward, sparser in the wings."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The options on one coin in one settlement currency, and the futures beside them."""

    coin: str
    settlement: str
    depth: Depth
    reach: float
    """How far the strikes go, 1 as in the recorded BTC and ETH chains."""
    most_strikes: int = 200
    """Of one expiry, those nearest to the forward."""
    future_dailies: int = 0
    """How many of the nearest dailies have a dated future; later expiries all have."""
    has_futures: bool = True

    @property
    def name(self) -> str:
        """As instrument names begin: BTC, SOL_USDC."""
        return f"{self.coin}_USDC" if self.settlement == "USDC" else self.coin

    @property
    def index_name(self) -> str:
        """The index it is settled on: btc_usd, sol_usdc."""
        return f"{self.coin.lower()}_{'usdc' if self.settlement == 'USDC' else 'usd'}"


INVERSE = (Chain("BTC", "BTC", DEEP, 0.93), Chain("ETH", "ETH", DEEP, 0.82))
SMALL_LINEAR = tuple(
    Chain(coin, "USDC", FEW, 0.8, 9, has_futures=False) for coin in ("BTC", "ETH", "SOL")
)
FULL_INVERSE = (
    Chain("BTC", "BTC", DEEP, 1.45, future_dailies=4),
    Chain("ETH", "ETH", DEEP, 1.18, future_dailies=4),
)
FULL_LINEAR = (
    Chain("BTC", "USDC", SHORT, 1.65, future_dailies=4),
    Chain("ETH", "USDC", SHORT, 1.22, future_dailies=4),
    Chain("SOL", "USDC", SHORT, 1.32, future_dailies=4),
    Chain("XRP", "USDC", SHORT, 1.05, future_dailies=3),
    Chain("AVAX", "USDC", SHORT, 0.98, future_dailies=3),
    Chain("TRX", "USDC", SHORT, 0.98, future_dailies=3),
    Chain("HYPE", "USDC", SHORT, 1.18, future_dailies=3),
)


def chain_strikes(forward: float, total_vol: float, reach: float = 1.0) -> list[float]:
    """Round strikes around the forward, ascending: dense near it, sparser towards the wings.

    Args:
        forward: USD per coin.
        total_vol: At-the-money vol * sqrt(tau).
        reach: Scales how far the wings go.

    Source: spacing and reach of the recorded chains of Jan and Feb 2026.
    """
    step = strike_step(forward, total_vol)
    far = max(LEAST_REACH, reach * min(3.3 * total_vol + 0.03, 1.45))
    found: set[int] = set()
    for inner, outer, every in ZONES:
        for low, high in ((-outer, -inner), (inner, outer)):
            first = int(np.ceil(forward * np.exp(low * far) / (step * every)))
            last = int(np.floor(forward * np.exp(high * far) / (step * every)))
            found.update(n * every for n in range(max(first, 1), last + 1))
    return [round(n * step, 8) for n in sorted(found)]


def strike_step(forward: float, total_vol: float) -> float:
    """The round distance of strikes next to the forward."""
    wanted = np.log(forward * float(np.clip(0.16 * total_vol, 0.0105, 0.055)))
    power = 10.0 ** np.floor(np.log10(np.exp(wanted)))
    steps = [n * power for n in (*NICE, 10.0)]
    return float(min(steps, key=lambda one: abs(np.log(one) - wanted)))
