"""The moving world: coins, basis and surfaces stepped together from one seed."""

from __future__ import annotations

import numpy as np

from core.simulator.world.listing.lister import OPTION_COINS
from core.simulator.world.prices.carry import Carry
from core.simulator.world.prices.coins import COINS, NAMES, Coins
from core.simulator.world.prices.surface import Surface

HOME_VOLS = {"BTC": (0.40, 0.48), "ETH": (0.58, 0.62)}
"""Short and long at-the-money volatility each surface reverts to."""


class World:
    """Prices, surfaces and basis; the same seed and steps give the same world."""

    def __init__(self, seed: int) -> None:
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(6)]
        self.coins = Coins(streams[0])
        self.carry = Carry(streams[1])
        self.surfaces = {
            coin: Surface(streams[2 + i], *HOME_VOLS[coin]) for i, coin in enumerate(OPTION_COINS)
        }
        self.flow_rng = streams[4]
        """For makers and takers, so that their number does not change the prices."""
        self.history_rng = streams[5]
        self.indices: dict[str, float] = {}
        """Every printed index by name."""
        self.print_indices()

    def step(self, dt_s: float) -> None:
        """Move everything on by `dt_s` seconds."""
        self.coins.step(dt_s)
        self.carry.step(dt_s)
        for surface in self.surfaces.values():
            surface.step(dt_s, self.coins.market_return)
        self.print_indices()

    def print_indices(self) -> None:
        """Round the indices as the venue prints them."""
        per_usdc = float(np.exp(-self.carry.state.usdc))
        for coin, usd in zip(COINS, self.coins.prices().tolist(), strict=True):
            name = coin.name.lower()
            self.indices[f"{name}_usd"] = round(usd, coin.decimals)
            self.indices[f"{name}_usdc"] = round(usd * per_usdc, coin.decimals)
        self.indices["usdc_usd"] = round(1.0 / per_usdc, 6)

    def forward(self, coin: str, tau_years: float) -> float:
        """The forward of an inverse expiry, as printed."""
        growth = float(self.carry.growth(NAMES.index(coin), tau_years))
        return round(self.indices[f"{coin.lower()}_usd"] * growth, 2)

    def total_vol(self, coin: str, tau_years: float) -> float:
        """At-the-money vol * sqrt(tau), for laying out strikes."""
        return float(np.sqrt(self.surfaces[coin].atm_variance(tau_years)))

    def vol_index(self, coin: str) -> float:
        """The 30-day volatility index in percent, two decimals."""
        return round(self.surfaces[coin].index_percent(), 2)
