"""`python -m tests.trials.chains.second_opinion`: our volatilities beside py_vollib_vectorized's.

Every option of every chain is inverted from its bid, its ask and their mid, with the forward of its
own ticker, in the money as well: no row is chosen or left out. Both engines answer or both give
the same reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.quant.implied import IvStatus, implied_vol
from core.quant.types import BoolArray, FloatArray
from core.quant.vollib_engine import implied_vol_vollib
from tests.trials.chains.recorded import RecordedChain, recorded_chains

AGREED = 1e-8
"""Largest relative difference of two volatilities that agree."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What came of many chains; one entry per inversion."""

    chains: int
    gaps: FloatArray
    """Relative difference where both engines have a volatility."""
    is_itm: BoolArray
    """Of those, which were quoted in the money."""
    reasons: dict[str, int]
    """Inversions both refuse, by the reason."""
    disputed: int
    """Inversions on whose status they differ."""
    digitless: int
    """Refused though the price is inside the bounds: by fewer digits than a float carries."""

    @property
    def apart(self) -> int:
        """Volatilities further apart than agreed, or that one engine or both should have had."""
        return int((self.gaps > AGREED).sum()) + self.disputed + self.digitless

    @property
    def words(self) -> str:
        """For a person."""
        share = self.is_itm.mean()
        largest = max(self.gaps, default=0.0)
        refused = ", ".join(f"{count} {why}" for why, count in sorted(self.reasons.items()))
        return (
            f"{self.chains} chains, {self.gaps.size} volatilities of both ({share:.1%} in the"
            f" money)\nlargest relative difference {largest:.1e}, median"
            f" {np.median(self.gaps):.1e}\nmore than {AGREED:g} apart, or missing from either:"
            f" {self.apart}\nwithout a volatility for both: {refused}"
        )


def run(chains: Iterable[RecordedChain]) -> Agreement:
    """Ask both engines for every quote of `chains`."""
    columns = [_columns(chain) for chain in chains]
    price, forward, strike, tau, call = (
        np.concatenate(one, axis=-1) for one in zip(*columns, strict=True)
    )
    is_call = call.astype(np.bool_)
    own = implied_vol(price, forward, strike, tau, is_call)
    other = implied_vol_vollib(price, forward, strike, tau, is_call)
    both = own.ok & other.ok
    itm = np.broadcast_to(np.where(is_call, strike < forward, strike > forward), price.shape)
    same = own.status == other.status
    intrinsic = np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)
    inside = (price > intrinsic) & (price < np.where(is_call, forward, strike))
    codes, counts = np.unique(own.status[same & ~own.ok], return_counts=True)
    return Agreement(
        chains=len(columns),
        gaps=np.abs(own.vol[both] / other.vol[both] - 1.0),
        is_itm=itm[both],
        reasons={IvStatus(c).text: int(n) for c, n in zip(codes, counts, strict=True)},
        disputed=int((~same).sum()),
        digitless=int((inside & ~own.ok).sum()),
    )


def _columns(chain: RecordedChain) -> tuple[FloatArray, ...]:
    """USD prices of mid, bid and ask with shape (3, n), forward, strike, years, is call."""
    rows = chain.expiries
    forward = np.concatenate([one.underlying for one in rows])
    bid, ask = (
        np.concatenate([getattr(one, side) for one in rows]) * forward for side in ("bid", "ask")
    )
    return (
        np.stack([0.5 * (bid + ask), bid, ask]),
        forward,
        np.concatenate([one.strike for one in rows]),
        np.concatenate([np.full(one.strike.size, one.tau_years) for one in rows]),
        np.concatenate([one.is_call.astype(np.float64) for one in rows]),
    )


if __name__ == "__main__":
    found = run(recorded_chains())
    sys.stdout.write(f"{found.words}\n")
    sys.exit(1 if found.apart else 0)
