"""How big the exchange is: the coins it has and the chains it lists."""

from __future__ import annotations

from dataclasses import dataclass

from core.simulator.world.listing.chains import (
    FULL_INVERSE,
    FULL_LINEAR,
    INVERSE,
    SMALL_LINEAR,
    Chain,
)
from core.simulator.world.prices.roster import MORE, TEN, Coin


@dataclass(frozen=True, slots=True)
class MarketSize:
    """The coins and chains of one exchange."""

    name: str
    coins: tuple[Coin, ...]
    """Each has a linear perpetual and two indices."""
    chains: tuple[Chain, ...]

    @property
    def option_coins(self) -> tuple[str, ...]:
        """The coins that have options, each with a surface of its own."""
        return tuple(dict.fromkeys(chain.coin for chain in self.chains))


DEFAULT = MarketSize("default", TEN, (*INVERSE, *SMALL_LINEAR))
FULL = MarketSize("full", (*TEN, *MORE), (*FULL_INVERSE, *FULL_LINEAR))
SIZES = {size.name: size for size in (DEFAULT, FULL)}
