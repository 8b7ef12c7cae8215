"""`python -m tests.trials.chains.index`: our index beside the venue's on recorded chains."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.quant.index.exchange import exchange_term
from core.quant.index.five_delta import five_delta_term
from core.quant.index.horizon import bracket, vol_at
from core.quant.index.strip import IndexFault, VarianceTerm
from core.quant.index.variance_swap import fair_variance
from core.quant.surface.fitted_slice import Expiry
from core.quant.surface.quotes import OptionQuotes, Slice, slice_from_quotes
from core.quant.surface.surface_fit import fit_surfaces
from core.quant.types import FloatArray
from tests.shared_data import shared
from tests.trials.chains.recorded import RecordedChain, RecordedExpiry, recorded_chains

HOUR_MS = 3_600_000
_HOURLY = "data/deribit/dvol_btc_1h.csv.gz"
_DAILY = "data/deribit/dvol_daily.csv.gz"
_DAY_SLACK = 0.3
"""The day's range is of hourly values; so many points outside it are still inside."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far an index lies from the venue's, in vol points, over many chains."""

    name: str
    errors: FloatArray

    @property
    def bias(self) -> float:
        """Mean error."""
        return float(self.errors.mean())

    @property
    def mean_absolute(self) -> float:
        """Mean absolute error."""
        return float(np.abs(self.errors).mean())

    @property
    def within_a_point(self) -> float:
        """Share of the chains at most 1 point away."""
        return float((np.abs(self.errors) <= 1.0).mean())

    @property
    def words(self) -> str:
        """One line for a person."""
        size = np.abs(self.errors)
        return (
            f"{self.name:<28} {size.size:4d} chains  bias {self.bias:+.2f}  "
            f"MAE {self.mean_absolute:.3f}  median {np.median(size):.3f}  "
            f"95 % {np.quantile(size, 0.95):.2f}  largest {size.max():.2f}  "
            f"within 1 point {self.within_a_point:.1%}"
        )


@dataclass(frozen=True, slots=True)
class IndexTrial:
    """What came of all chains."""

    ours: Distance
    """The rule with the 5-delta cut, BTC, against the venue's hourly values."""
    exchange: Distance
    """The exchange recipe without the cut."""
    eth_inside: float
    """Share of the ETH chains whose index lies in the day's range of the venue's."""
    eth_chains: int
    faults: tuple[str, ...]
    """Chains without an index, and why."""

    @property
    def words(self) -> str:
        """For a person."""
        inside = f"ETH: {self.eth_inside:.1%} of {self.eth_chains} inside the day's range"
        none = [f"no index: {fault}" for fault in self.faults]
        return "\n".join([self.ours.words, self.exchange.words, inside, *none])


def index_of(chain: RecordedChain, is_cut: bool = True) -> float | IndexFault:
    """Percent; with the 5-delta cut, or by the exchange's recipe."""
    found = bracket(chain.taus)
    if isinstance(found, IndexFault):
        return found
    terms = [term_of(chain, row, is_cut) for row in (found.near, found.next)]
    near, later = terms
    if isinstance(near, IndexFault):
        return near
    if isinstance(later, IndexFault):
        return later
    value = vol_at(near.tau_years, near.variance, later.tau_years, later.variance)
    return value if isinstance(value, IndexFault) else 100.0 * value


def swap_of(chain: RecordedChain) -> float | IndexFault:
    """Percent: the variance swap of the chain's fitted surface, wings included."""
    slices = [_slice(expiry) for expiry in chain.expiries]
    expiries = [Expiry(tau, one) for tau, one in zip(chain.taus.tolist(), slices, strict=True)]
    (fits,) = fit_surfaces([expiries])
    found = bracket(chain.taus)
    if isinstance(found, IndexFault):
        return found
    near, later = fits[found.near], fits[found.next]
    if near is None or later is None:
        return IndexFault.TOO_FEW
    taus = chain.taus[[found.near, found.next]].tolist()
    near_variance, next_variance = (
        fair_variance(fit.params) / tau for fit, tau in zip((near, later), taus, strict=True)
    )
    value = vol_at(taus[0], near_variance, taus[1], next_variance)
    return value if isinstance(value, IndexFault) else 100.0 * value


def _slice(expiry: RecordedExpiry) -> Slice | None:
    tick = np.where(expiry.ask >= 0.005, 0.0005, 0.0001)
    quotes = OptionQuotes(expiry.strike, expiry.is_call, expiry.bid, expiry.ask, tick)
    return slice_from_quotes(quotes, expiry.forward, expiry.tau_years).slice


def term_of(chain: RecordedChain, row: int, is_cut: bool = True) -> VarianceTerm | IndexFault:
    """The strip of one expiry of a recorded chain."""
    expiry = chain.expiries[row]
    quotes, marks = expiry.by_strike()
    if is_cut:
        return five_delta_term(quotes, marks, expiry.forward, expiry.tau_years)
    return exchange_term(quotes, expiry.tau_years)


class HourlyDvol:
    """The venue's own index, BTC: an hour's value stands at its end, straight lines between."""

    def __init__(self) -> None:
        with gzip.open(shared(_HOURLY), "rt", encoding="ascii") as file:
            self._table = np.loadtxt(file, delimiter=",", skiprows=1)

    def at(self, at_ms: FloatArray) -> FloatArray:
        """Percent."""
        ends_ms, value = self._table.T
        return np.asarray(np.interp(at_ms, ends_ms + HOUR_MS, value))


def daily_ranges(symbol: str) -> dict[str, tuple[float, float]]:
    """Date to the lowest and highest value of the venue's index on that day, percent."""
    with gzip.open(shared(_DAILY), "rt", encoding="ascii") as file:
        rows = [line.strip().split(",") for line in file]
    return {row[0]: (float(row[4]), float(row[3])) for row in rows[1:] if row[1] == symbol}


def run(chains: Iterable[RecordedChain]) -> IndexTrial:
    """Measure both strip rules on every one of `chains`."""
    found: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    faults: list[str] = []
    for chain in chains:
        for is_cut in (True, False):
            value = index_of(chain, is_cut)
            if isinstance(value, IndexFault):
                rule = "with" if is_cut else "without"
                faults.append(f"{chain.currency} {chain.at_ms} {rule} the cut, {value.value}")
                continue
            found.setdefault((chain.currency, is_cut), []).append((chain.at_ms, value))
    eth = found[("ETH", True)]
    return IndexTrial(
        ours=_distance("5-delta cut", found[("BTC", True)]),
        exchange=_distance("exchange recipe, no cut", found[("BTC", False)]),
        eth_inside=_inside(eth),
        eth_chains=len(eth),
        faults=tuple(faults),
    )


def _distance(name: str, values: Sequence[tuple[float, float]]) -> Distance:
    at_ms, ours = np.array(values).T
    return Distance(name, ours - HourlyDvol().at(at_ms))


def _inside(values: Sequence[tuple[float, float]]) -> float:
    ranges = daily_ranges("ETH")
    days = np.array([at for at, _ in values]).astype("datetime64[ms]").astype("datetime64[D]")
    held = [
        ranges[str(day)][0] - _DAY_SLACK <= value <= ranges[str(day)][1] + _DAY_SLACK
        for day, (_, value) in zip(days, values, strict=True)
    ]
    return sum(held) / len(held)


def swaps(chains: Iterable[RecordedChain]) -> Distance:
    """How far the variance swap of the fit lies from the venue's index, BTC."""
    found: list[tuple[float, float]] = []
    for chain in chains:
        value = swap_of(chain) if chain.currency == "BTC" else IndexFault.NO_EXPIRIES
        if not isinstance(value, IndexFault):
            found.append((chain.at_ms, value))
    return _distance("variance swap of the fit", found)


if __name__ == "__main__":
    every = list(recorded_chains())
    sys.stdout.write(f"{run(every).words}\n{swaps(every).words}\n")
