"""Faults of the market: jumps, pushed pairs, storms, makers who leave."""

from __future__ import annotations

from core.simulator.exchange import Exchange
from core.simulator.rpc import invalid
from core.simulator.server.faults.reading import Fault
from core.simulator.world.prices.coins import NAMES, TIES

BASIS_POINT = 1e-4


class MarketFaults:
    """Acts on the world."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def jump(self, fault: Fault) -> None:
        """Move a coin."""
        coin = fault.text("coin").upper()
        if coin not in NAMES:
            raise invalid("coin", f"must be one of {', '.join(NAMES)}")
        self._exchange.world.coins.jump(coin, fault.number("fraction"))

    def spread(self, fault: Fault) -> None:
        """Push a pair apart."""
        pair = fault.text("pair").upper()
        names = [NAMES[tie.follower] for tie in TIES]
        if pair not in names:
            raise invalid("pair", f"must be one of {', '.join(names)}")
        size = fault.number("bp") * BASIS_POINT
        self._exchange.world.coins.push_spread(names.index(pair), size)
