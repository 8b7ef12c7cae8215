"""The moving world: coins, basis and surfaces stepped together from one seed."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray
from core.simulator.world.prices.carry import Carry
from core.simulator.world.prices.coins import Coins
from core.simulator.world.prices.surface import HOMES, Surface
from core.simulator.world.size import DEFAULT, MarketSize

INVERSE_DIGITS = 2
"""Decimals of the forwards of inverse contracts; linear ones have those of the index."""

CROSS_DIGITS = 6
"""Decimals of the price of one coin in another."""


class World:
    """Prices, surfaces and basis; the same seed, size and steps give the same world."""

    def __init__(self, seed: int, size: MarketSize = DEFAULT) -> None:
        count = 5 + len(size.option_coins)
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(count)]
        self.size = size
        self.coins = Coins(streams[0], size.coins)
        self.carry = Carry(streams[1], len(size.coins))
        self.flow_rng = streams[2]
        """For makers and takers, so that their number does not change the prices."""
        self.history_rng = streams[3]
        self.surfaces = {
            coin: Surface(rng, HOMES[coin])
            for coin, rng in zip(size.option_coins, streams[4:-1], strict=True)
        }
        self.spot_rng = streams[-1]
        """As `flow_rng`, for spot."""
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
        for coin, usd in zip(self.coins.coins, self.coins.prices().tolist(), strict=True):
            name = coin.name.lower()
            self.indices[f"{name}_usd"] = round(usd, coin.decimals)
            self.indices[f"{name}_usdc"] = round(usd * per_usdc, coin.decimals)
        ether, bitcoin = self.indices["eth_usd"], self.indices["btc_usd"]
        self.indices["eth_btc"] = round(ether / bitcoin, CROSS_DIGITS)
        self.indices["usdc_usd"] = round(1.0 / per_usdc, 6)

    def forward(self, index_name: str, tau_years: float) -> float:
        """The forward of an expiry settled on this index, as printed."""
        coin = self.coins.row[index_name.split("_")[0].upper()]
        growth = float(self.carry.growth(coin, tau_years))
        return round(self.indices[index_name] * growth, self.forward_digits(index_name))

    def forward_digits(self, index_name: str) -> int:
        """Decimals of the forwards on this index."""
        coin, quote = index_name.split("_")
        return (
            self.coins.coins[self.coins.row[coin.upper()]].decimals
            if quote == "usdc"
            else INVERSE_DIGITS
        )

    def total_vol(self, coin: str, tau_years: float) -> float:
        """At-the-money vol * sqrt(tau), for laying out strikes."""
        return float(np.sqrt(self.surfaces[coin].atm_variance(tau_years)))

    def vol_index(self, coin: str) -> float:
        """The 30-day volatility index in percent, two decimals."""
        return round(self.surfaces[coin].index_percent(), 2)

    def shapes(self, coins: tuple[str, ...]) -> FloatArray:
        """The surfaces of `coins` as rows for `total_variances`. Shape (coins, 5)."""
        return np.array([self.surfaces[coin].shape() for coin in coins])
