"""The volatility market at one minute of the past, and which minutes there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import nan
from typing import Any

import numpy as np

from core.quant.types import BoolArray, FloatArray, IndexArray
from core.store.queries.reader import Reader, Row, at, ns

_SURFACE = """
    SELECT s.minute, s.tenor_days, s.forward, s.quotes, a.k, s.iv, s.extrapolated
    FROM surface_tenor s JOIN axis a ON a.id = s.axis
    WHERE s.chain = %(chain)s AND s.grid = %(grid)s AND s.minute = (
        SELECT minute FROM surface_tenor
        WHERE chain = %(chain)s AND grid = %(grid)s AND minute <= %(at)s AND minute > %(since)s
        ORDER BY minute DESC LIMIT 1)
    ORDER BY s.tenor_days
"""
_SMILES = """
    SELECT s.minute, s.expiry, s.forward, s.source, s.atm, s.rr25, s.bf25, s.rr10, s.bf10, s.rmse,
           s.put_call_oi, s.quotes, f.model, f.tau_years, f.a, f.b, f.rho, f.m, f.s, f.rmse,
           f.max_error, f.inside, f.least_g, f.calendar_gap, f.is_constrained, f.confidence
    FROM smile s LEFT JOIN fit f USING (minute, chain, expiry)
    WHERE s.chain = %(chain)s AND s.minute = (
        SELECT minute FROM smile
        WHERE chain = %(chain)s AND minute <= %(at)s AND minute > %(since)s
        ORDER BY minute DESC LIMIT 1)
    ORDER BY s.expiry
"""
_QUOTES = """
    SELECT i.name, q.bid, q.ask, q.bid_size, q.ask_size, q.bid_iv, q.ask_iv, q.mid_iv, q.mark_iv,
           q.delta, q.gamma, q.vega, q.theta, q.open_interest, q.underlying, q.index_price
    FROM option_quote q JOIN instrument i ON i.id = q.instrument
    WHERE q.minute = %(at)s AND starts_with(i.name, %(start)s)
    ORDER BY i.name
"""
_AROUND = """
    SELECT (SELECT minute FROM surface_tenor WHERE chain = %(chain)s AND minute < %(at)s
            ORDER BY minute DESC LIMIT 1),
           (SELECT minute FROM surface_tenor WHERE chain = %(chain)s AND minute > %(at)s
            ORDER BY minute LIMIT 1)
"""
_ENDS = """
    SELECT (SELECT minute FROM surface_tenor WHERE chain = %(chain)s ORDER BY minute LIMIT 1),
           (SELECT minute FROM surface_tenor WHERE chain = %(chain)s ORDER BY minute DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSurface:
    """A surface of the past: one row per constant maturity."""

    chain: str
    grid: str
    """classic or wide."""
    minute_ns: int
    tenors_days: FloatArray
    log_moneyness: FloatArray
    iv: FloatArray
    """Shape (tenors, log_moneyness), decimals; NaN where a cell was empty."""
    extrapolated: BoolArray
    """Shape of `iv`."""
    forwards: FloatArray
    """USD, one per tenor; NaN where there was none."""
    quotes: IndexArray
    """Quotes each tenor was drawn from."""


@dataclass(frozen=True, slots=True)
class StoredFit:
    """The curve of one expiry: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + s^2)), w = iv^2 tau."""

    model: str
    tau_years: float
    a: float
    b: float
    rho: float
    m: float
    s: float
    rmse: float
    """Volatility points, as `max_error`."""
    max_error: float
    inside: float
    least_g: float
    calendar_gap: float
    is_constrained: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class StoredSmile:
    """One expiry at one minute of the past; NaN where there was no value, decimals."""

    chain: str
    minute_ns: int
    expiry_ns: int
    forward: float
    source: str
    """Where the forward came from."""
    atm: float
    risk_reversal_25: float
    butterfly_25: float
    risk_reversal_10: float
    butterfly_10: float
    rmse: float
    """Volatility points."""
    put_call_oi: float
    quotes: int
    fit: StoredFit | None
    """The curve; None where none was stored."""


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """One option at one minute of the past; NaN where the quote was stale or missing."""

    name: str
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    bid_iv: float
    ask_iv: float
    mid_iv: float
    mark_iv: float
    delta: float
    gamma: float
    vega: float
    theta: float
    open_interest: float
    underlying: float
    index_price: float


class SurfaceQueries(Reader):
    """Surfaces, smiles and quotes as they were."""

    def surface_at(
        self, chain: str, at_ns: int, grid: str = "classic", within_s: int = 3600
    ) -> StoredSurface | None:
        """The newest surface of `chain` at or before `at_ns`; None if none within `within_s`."""
        rows = self._rows(_SURFACE, _asked(chain, at_ns, within_s) | {"grid": grid})
        return _surface(chain, grid, rows) if rows else None

    def smiles_at(self, chain: str, at_ns: int, within_s: int = 3600) -> tuple[StoredSmile, ...]:
        """Every expiry of the newest minute at or before `at_ns`, nearest first; its curve too."""
        rows = self._rows(_SMILES, _asked(chain, at_ns, within_s))
        return tuple(_smile(chain, row) for row in rows)

    def quotes_at(self, chain: str, minute_ns: int) -> tuple[StoredQuote, ...]:
        """Every option of `chain` at exactly this minute, by name."""
        rows = self._rows(_QUOTES, {"at": at(minute_ns), "start": f"{chain}-"})
        return tuple(StoredQuote(name, *map(_number, rest)) for name, *rest in rows)

    def minutes_around(self, chain: str, at_ns: int) -> tuple[int, int]:
        """The last minute before `at_ns` and the first after it with a surface; 0 for none."""
        ((before, after),) = self._rows(_AROUND, {"chain": chain, "at": at(at_ns)})
        return ns(before), ns(after)

    def first_and_last_minute(self, chain: str) -> tuple[int, int]:
        """The oldest and the newest minute with a surface; 0 for none."""
        ((first, last),) = self._rows(_ENDS, {"chain": chain})
        return ns(first), ns(last)


def _asked(chain: str, at_ns: int, within_s: int) -> dict[str, object]:
    until = at(at_ns)
    return {"chain": chain, "at": until, "since": until - timedelta(seconds=within_s)}


def _surface(chain: str, grid: str, rows: list[Row]) -> StoredSurface:
    """The rows side by side: surfaces of an older program have a shorter axis where cells lack."""
    axis = np.unique(np.concatenate([row[4] for row in rows]).astype(np.float64))
    iv = np.full((len(rows), axis.size), nan)
    outside = np.zeros(iv.shape, np.bool_)
    for index, (*_, k, values, bits) in enumerate(rows):
        cells = np.searchsorted(axis, k)
        iv[index, cells] = np.array(values, np.float64)
        if bits is not None:
            flags = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
            outside[index, cells] = flags[: cells.size].astype(np.bool_)
    return StoredSurface(
        chain,
        grid,
        ns(rows[0][0]),
        np.array([row[1] for row in rows]),
        axis,
        iv,
        outside,
        np.array([_number(row[2]) for row in rows]),
        np.array([row[3] or 0 for row in rows], np.int64),
    )


def _smile(chain: str, row: Row) -> StoredSmile:
    minute, expiry, forward, source, *rest = row
    atm, rr25, bf25, rr10, bf10, rmse, put_call_oi = map(_number, rest[:7])
    quotes, fit = rest[7], _fit(rest[8:]) if rest[8] is not None else None
    return StoredSmile(
        *(chain, ns(minute), ns(expiry), _number(forward), source),
        *(atm, rr25, bf25, rr10, bf10, rmse, put_call_oi),
        quotes,
        fit,
    )


def _fit(fields: list[Any]) -> StoredFit:
    model, *numbers, is_constrained, confidence = fields
    tau_years, a, b, rho, m, s, rmse, max_error, inside, least_g, calendar_gap = map(
        _number, numbers
    )
    return StoredFit(
        *(model, tau_years, a, b, rho, m, s, rmse, max_error, inside, least_g, calendar_gap),
        *(is_constrained, _number(confidence)),
    )


def _number(value: object) -> float:
    """NaN for NULL."""
    return nan if value is None else float(value)  # type: ignore[arg-type]  # a column of floats
