"""Reads the recorded chains: every option of BTC and ETH, 235 times about six hours apart."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from core.quant.forward import ParityQuotes
from core.quant.index.five_delta import StrikeMarks
from core.quant.types import BoolArray, FloatArray
from tests.shared_data import shared

FILE = "data/deribit/chains_6h.csv.gz"
YEAR_MS = 365.0 * 86_400_000.0


@dataclass(frozen=True, slots=True, eq=False)
class RecordedExpiry:
    """The options of one expiry, one row each, as the venue listed them. NaN is none."""

    expiry_ms: int
    tau_years: float
    forward: float
    """The first ticker's underlying price, USD."""
    strike: FloatArray
    is_call: BoolArray
    bid: FloatArray
    """In coin, as ask and mark."""
    ask: FloatArray
    mark: FloatArray
    mark_iv: FloatArray
    """Decimal."""
    underlying: FloatArray
    """The forward of each row's own ticker, USD."""

    def by_strike(self) -> tuple[ParityQuotes, StrikeMarks]:
        """One row per strike, ascending, calls and puts side by side."""
        strikes, row = np.unique(self.strike, return_inverse=True)
        sides = np.full((2, 4, strikes.size), np.nan)
        for side, wanted in enumerate((self.is_call, ~self.is_call)):
            columns = np.stack([self.bid, self.ask, self.mark, self.mark_iv])
            sides[side][:, row[wanted]] = columns[:, wanted]
        call, put = sides
        vol = np.where(strikes >= self.forward, call[3], put[3])
        quotes = ParityQuotes(strikes, call[0], call[1], put[0], put[1])
        return quotes, StrikeMarks(vol, call[2], put[2])


@dataclass(frozen=True, slots=True)
class RecordedChain:
    """All expiries of one currency at one moment, the nearest first."""

    at_ms: int
    currency: str
    expiries: tuple[RecordedExpiry, ...]

    @property
    def taus(self) -> FloatArray:
        """Years to each expiry."""
        return np.array([expiry.tau_years for expiry in self.expiries])


def recorded_chains(every: int = 1, also: frozenset[int] = frozenset()) -> Iterator[RecordedChain]:
    """Every chain of the file, or of each `every`th moment and of some moments more (ms).

    Skips the test without the file.
    """
    with gzip.open(shared(FILE), "rt", encoding="ascii") as file:
        next(file)
        moments = groupby(file, key=lambda line: line[:13])
        for number, (at_ms, lines) in enumerate(moments):
            if number % every == 0 or int(at_ms) in also:
                yield from _chains(int(at_ms), list(lines))


def _chains(at_ms: int, lines: list[str]) -> Iterator[RecordedChain]:
    found: dict[str, dict[int, list[tuple[float, ...]]]] = {}
    for line in lines:
        _, currency, _, side, strike, expiry, *numbers, _ = line.split(",", 11)
        row = (float(strike), side == "C", *(float(one or "nan") for one in numbers))
        found.setdefault(currency, {}).setdefault(int(expiry), []).append(row)
    for currency, expiries in found.items():
        ordered = sorted(expiries.items())
        yield RecordedChain(at_ms, currency, tuple(_expiry(at_ms, *one) for one in ordered))


def _expiry(at_ms: int, expiry_ms: int, rows: list[tuple[float, ...]]) -> RecordedExpiry:
    strike, is_call, bid, ask, mark, mark_iv, underlying = np.array(rows).T
    tau = (expiry_ms - at_ms) / YEAR_MS
    calls = is_call.astype(np.bool_)
    return RecordedExpiry(
        expiry_ms, tau, float(underlying[0]), strike, calls, bid, ask, mark, mark_iv, underlying
    )
