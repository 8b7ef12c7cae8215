"""Faults of the market: jumps, pushed pairs, storms, makers who quote wide or leave."""

from __future__ import annotations

from core.simulator.exchange import Exchange
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Makers, Market
from core.simulator.rpc import invalid
from core.simulator.server.faults.reading import Fault, matches
from core.simulator.server.timing import Timing
from core.simulator.world.makers.quotes import House
from core.simulator.world.prices.coins import NAMES, TIES

BASIS_POINT = 1e-4
NORMAL, STORMY = 1, 2
"""Regimes of the coins."""


class MarketFaults:
    """Acts on the world and on the makers."""

    def __init__(self, exchange: Exchange, timing: Timing) -> None:
        self._exchange = exchange
        self._timing = timing

    def jump(self, fault: Fault) -> None:
        """Move a coin."""
        coin = fault.text("coin").upper()
        names = self._exchange.world.coins.names
        if coin not in names:
            raise invalid("coin", f"must be one of {', '.join(names)}")
        self._exchange.world.coins.jump(coin, fault.number("fraction"))

    def spread(self, fault: Fault) -> None:
        """Push a pair apart."""
        pair = fault.text("pair").upper()
        names = [NAMES[tie.follower] for tie in TIES]
        if pair not in names:
            raise invalid("pair", f"must be one of {', '.join(names)}")
        size = fault.number("bp") * BASIS_POINT
        self._exchange.world.coins.push_spread(names.index(pair), size)

    def storm(self, fault: Fault) -> None:
        """Let volatility rise."""
        coins = self._exchange.world.coins
        coins.regime = STORMY

        def calm() -> None:
            coins.regime = min(coins.regime, NORMAL)

        self._timing.later(fault.number("seconds"), calm)

    def widen(self, fault: Fault) -> None:
        """Move the makers' quotes away from the middle."""
        factor = fault.number("factor")
        self._change_makers(fault, lambda house: wider(house, factor))

    def empty(self, fault: Fault) -> None:
        """Take the makers' quotes away."""
        self._change_makers(fault, lambda _house: ({}, {}))

    def _change_makers(self, fault: Fault, makers: Makers) -> None:
        wanted = fault.text("instrument")
        markets = [m for m in self._exchange.floor.markets if matches(m.name, wanted)]
        if not markets:
            raise invalid("instrument", "instrument not found")
        for market in markets:
            self._requote(market, makers)

        def end() -> None:
            for market in markets:
                if market.makers is makers:
                    self._requote(market, None)

        self._timing.later(fault.number("seconds"), end)

    def _requote(self, market: Market, makers: Makers | None) -> None:
        market.makers = makers
        market.stale = True
        self._exchange.hub.book_changed(market)


def wider(house: House, factor: float) -> House:
    """Quotes `factor` times as far from the middle; a price that ends at zero is gone."""
    best = [next(iter(side), None) for side in house]
    known = [tick for tick in best if tick is not None]
    if not known:
        return house
    middle = sum(known) / len(known)
    spread: House = ({}, {})
    for side, sign in ((BID, -1), (ASK, 1)):
        for tick, units in house[side].items():
            moved = round(middle + (tick - middle) * factor) + sign
            if moved > 0:
                spread[side][moved] = spread[side].get(moved, 0) + units
    return spread
