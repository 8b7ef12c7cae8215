"""The listed options as columns: what does not change until something is listed or expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.instrument import Instrument
from core.market.catalog import Catalog, StrikePair
from core.quant.types import BoolArray, FloatArray, IndexArray


@dataclass(frozen=True, slots=True, eq=False)
class ExpiryRows:
    """One expiry of a chain: which rows are its own, and how calls and puts pair up."""

    chain: str
    expiry_ns: int
    rows: slice
    """Its rows among all options."""
    strikes: FloatArray
    """USD, ascending. Shape (m,)."""
    calls: IndexArray
    """Row of the call of each strike, counted from the expiry's first; -1 where none is listed."""
    puts: IndexArray
    is_inverse: bool
    index: str
    """The venue's price index of the coin."""
    future: str = ""
    """The dated future of the same expiry; empty when none is listed."""

    @property
    def key(self) -> tuple[str, int]:
        """(chain, expiry_ns)."""
        return self.chain, self.expiry_ns

    def out_of_the_money(self, forward: float) -> IndexArray:
        """Row of the cheaper option of each strike, or of the only one."""
        is_call = self.strikes >= forward
        first = np.where(is_call, self.calls, self.puts)
        return np.where(first >= 0, first, np.where(is_call, self.puts, self.calls))


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """The price steps of every option."""

    base: FloatArray
    """Shape (n,)."""
    above: FloatArray
    """Price from which a further step counts; infinite where there is none. Shape (steps, n)."""
    tick: FloatArray
    """Shape (steps, n)."""

    def at(self, price: FloatArray) -> FloatArray:
        """The step in force at each price. Shape (n,)."""
        found = self.base
        for above, tick in zip(self.above, self.tick, strict=True):
            found = np.where(price >= above, tick, found)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class OptionRows:
    """Every listed option, by chain, expiry and strike, the call before the put."""

    names: tuple[str, ...]
    strike: FloatArray
    """USD. Shape (n,), as the others."""
    is_call: BoolArray
    is_inverse: BoolArray
    expiry: IndexArray
    """Index into `expiries`."""
    other: IndexArray
    """Row of the put of a call's strike and the other way round; -1 where it is not listed."""
    ticks: Ticks
    expiries: tuple[ExpiryRows, ...]
    place: Mapping[str, int]
    """Name to row."""


def option_rows(catalog: Catalog) -> OptionRows:
    """The columns of everything that is listed."""
    options: list[Instrument] = []
    expiries: list[ExpiryRows] = []
    for chain in catalog.chains:
        for expiry_ns in catalog.expiries[chain]:
            pairs = catalog.strikes[chain, expiry_ns]
            future = catalog.future_at(chain, expiry_ns)
            expiries.append(
                _expiry_rows(chain, expiry_ns, pairs, len(options), future.name if future else "")
            )
            options += [one for pair in pairs for one in (pair.call, pair.put) if one is not None]
    sizes = [expiry.rows.stop - expiry.rows.start for expiry in expiries]
    return OptionRows(
        names=tuple(option.name for option in options),
        strike=np.array([option.strike for option in options], np.float64),
        is_call=np.array([bool(option.is_call) for option in options], np.bool_),
        is_inverse=np.array([option.is_inverse for option in options], np.bool_),
        expiry=np.repeat(np.arange(len(expiries)), sizes),
        other=_others(expiries),
        ticks=_ticks(options),
        expiries=tuple(expiries),
        place={option.name: row for row, option in enumerate(options)},
    )


def _others(expiries: Sequence[ExpiryRows]) -> IndexArray:
    found = np.full(expiries[-1].rows.stop if expiries else 0, -1)
    for expiry in expiries:
        both = (expiry.calls >= 0) & (expiry.puts >= 0)
        calls, puts = (side[both] + expiry.rows.start for side in (expiry.calls, expiry.puts))
        found[calls], found[puts] = puts, calls
    return found


def _expiry_rows(
    chain: str, expiry_ns: int, pairs: tuple[StrikePair, ...], start: int, future: str
) -> ExpiryRows:
    listed = [(pair.call is not None, pair.put is not None) for pair in pairs]
    sides = np.array(listed, np.int64).reshape(-1, 2)
    row = (np.cumsum(sides.ravel()) - 1).reshape(-1, 2)
    row[sides == 0] = -1
    first = next(one for pair in pairs for one in (pair.call, pair.put) if one is not None)
    return ExpiryRows(
        chain=chain,
        expiry_ns=expiry_ns,
        rows=slice(start, start + int(sides.sum())),
        strikes=np.array([pair.strike for pair in pairs], np.float64),
        calls=row[:, 0],
        puts=row[:, 1],
        is_inverse=first.is_inverse,
        index=first.index,
        future=future,
    )


def _ticks(options: list[Instrument]) -> Ticks:
    depth = max((len(option.tick_steps) for option in options), default=0)
    above = np.full((depth, len(options)), np.inf)
    tick = np.zeros((depth, len(options)))
    for column, option in enumerate(options):
        for level, step in enumerate(option.tick_steps):
            above[level, column], tick[level, column] = float(step.above_price), float(step.tick)
    return Ticks(np.array([float(option.tick) for option in options], np.float64), above, tick)
