"""All spot pairs as one board: marks at the index, and quotes around them."""

from __future__ import annotations

import numpy as np

from core.quant.types import FloatArray
from core.simulator.world.makers.futures import OTHER_TOP_USD, TOP_USD, FutureBoard

THINNER = 0.5
"""Sizes beside those of the coin's perpetual."""


class SpotBoard(FutureBoard):
    """Rows in the order of `instruments`; a currency trades at its index, without a premium."""

    def quote_usd(self, row: int) -> float:
        """What one unit of a pair's price currency is worth in USD."""
        return self._world.indices[f"{self.instruments[row].quote.lower()}_usd"]

    @property
    def _rng(self) -> np.random.Generator:
        """A stream of its own, so that spot leaves the quotes of contracts as they are."""
        return self._world.spot_rng

    def _premiums(self, now_ms: int) -> FloatArray:
        del now_ms
        return np.zeros(len(self))

    def _sizing(self) -> FloatArray:
        usd = np.array([TOP_USD.get(it.base, OTHER_TOP_USD) for it in self.instruments])
        price = [self._world.indices[f"{it.base.lower()}_usd"] for it in self.instruments]
        lot = [float(it.terms.min_amount) for it in self.instruments]
        return np.asarray(THINNER * usd / np.array(price) / np.array(lot))
