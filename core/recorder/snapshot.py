"""One minute of the market as rows: what is stale or missing becomes NULL, never a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import Any

import numpy as np

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.domain.position import AccountFigures
from core.market.board import Board
from core.market.quote import Quote
from core.pricing.view import MarketPricing, OptionPricing, Smile, SurfaceGrid
from core.store.batch import Batch
from core.store.rows.journal import account_batch
from core.store.tables.kinds import Kind, Table
from core.store.tables.minute import FUTURE_TOP, OPTION_QUOTE, SMILE, SURFACE

PRICING_VALID_S = 10
"""Volatilities older than this at the minute belong to another time."""
_NO_PRICE = OptionPricing("", nan, nan, nan, nan, nan, nan, nan, nan)
_INTERPOLATED = "i"


def minute_batches(
    board: Board, pricing: MarketPricing, accounts: Sequence[AccountFigures], minute_ns: int
) -> tuple[Batch, ...]:
    """Every table's rows of one minute; none when nothing is listed and no account is known."""
    if abs(minute_ns - pricing.venue_ns) > PRICING_VALID_S * NS_PER_S:
        pricing = MarketPricing()
    listed = [one for one in board.catalog.by_name.values() if _is_live(one, minute_ns)]
    smiles = [smile for smile in pricing.smiles.values() if smile.forward > 0]
    batches = (
        option_batch(board, pricing, [one.name for one in listed if one.is_option], minute_ns),
        future_batch(board, [one.name for one in listed if not one.is_option], minute_ns),
        surface_batch(pricing.surfaces.values(), minute_ns),
        smile_batch(smiles, minute_ns),
        account_batch(minute_ns, accounts),
    )
    return tuple(batch for batch in batches if batch.size)


def option_batch(
    board: Board, pricing: MarketPricing, names: Sequence[str], minute_ns: int
) -> Batch:
    """One row per option, whether or not it is quoted."""
    quotes = [_fresh(board, name) for name in names]
    rows = [
        (quote, _NO_PRICE if quote.is_stale else pricing.options.get(quote.name, _NO_PRICE))
        for quote in quotes
    ]
    values = [
        (
            *(quote.bid, quote.ask, quote.bid_amount, quote.ask_amount),
            *(price.bid_iv, price.ask_iv, price.mid_iv, quote.mark_iv),
            *(price.delta, price.gamma, price.vega, price.theta),
            *(quote.open_interest, quote.underlying, quote.index),
        )
        for quote, price in rows
    ]
    return _batch(OPTION_QUOTE, minute_ns, names, values)


def future_batch(board: Board, names: Sequence[str], minute_ns: int) -> Batch:
    """One row per future and perpetual."""
    quotes = [_fresh(board, name) for name in names]
    values = [
        (
            *(quote.bid, quote.ask, quote.bid_amount, quote.ask_amount),
            *(quote.mark, quote.index, quote.open_interest, quote.funding_8h),
        )
        for quote in quotes
    ]
    return _batch(FUTURE_TOP, minute_ns, names, values)


def surface_batch(grids: Iterable[SurfaceGrid], minute_ns: int) -> Batch:
    """One row per cell that has a value."""
    columns: dict[str, list[Any]] = {name: [] for name in SURFACE.columns}
    for grid in grids:
        tenor, k = np.nonzero(np.isfinite(grid.iv))
        size = tenor.size
        columns["minute"] += [minute_ns] * size
        columns["chain"] += [grid.chain] * size
        columns["flag"] += [_INTERPOLATED] * size
        columns["iv"] += grid.iv[tenor, k].tolist()
        columns["tenor_days"] += np.asarray(grid.tenors_days, np.float64)[tenor].tolist()
        columns["k"] += np.asarray(grid.log_moneyness, np.float64)[k].tolist()
        columns["forward"] += np.asarray(grid.forwards, np.float64)[tenor].tolist()
        columns["quotes"] += np.asarray(grid.quotes, np.int64)[tenor].tolist()
    return Batch(SURFACE, columns)


def smile_batch(smiles: Sequence[Smile], minute_ns: int) -> Batch:
    """One row per expiry that has a forward."""
    columns: dict[str, list[Any]] = {
        "minute": [minute_ns] * len(smiles),
        "expiry": [smile.expiry_ns for smile in smiles],
        "chain": [smile.chain for smile in smiles],
        "source": [smile.forward_source for smile in smiles],
        "forward": [smile.forward for smile in smiles],
        "atm": [smile.atm for smile in smiles],
        "rr25": [smile.risk_reversal_25 for smile in smiles],
        "bf25": [smile.butterfly_25 for smile in smiles],
        "rmse": [smile.fit_rmse for smile in smiles],
        "put_call_oi": [smile.put_call_oi for smile in smiles],
        "quotes": [sum(point.is_used for point in smile.points) for smile in smiles],
    }
    return Batch(SMILE, columns)


def _batch(
    table: Table, minute_ns: int, names: Sequence[str], values: Sequence[tuple[float, ...]]
) -> Batch:
    """Rows of an instrument table: the floats stand in the order of the table's columns."""
    floats = [name for name, kind in table.columns.items() if kind in (Kind.FLOAT, Kind.REAL)]
    numbers = np.array(values, np.float64).reshape(len(names), len(floats))
    columns: dict[str, Any] = {"minute": [minute_ns] * len(names), "instrument": names}
    columns |= {name: numbers[:, index] for index, name in enumerate(floats)}
    return Batch(table, columns)


def _fresh(board: Board, name: str) -> Quote:
    """The quote, or one without a single figure when its feed cannot be trusted."""
    quote = board.quote(name)
    return Quote(name) if quote.is_stale else quote


def _is_live(instrument: Instrument, minute_ns: int) -> bool:
    return instrument.expiry_ns is None or instrument.expiry_ns > minute_ns
