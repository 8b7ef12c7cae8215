"""Options and futures of one minute as rows: what is stale or missing becomes NULL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from core.market.quote import Quote
from core.pricing.view import OptionPricing
from core.store.batch import Batch
from core.store.tables.kinds import Kind, Table
from core.store.tables.minute import FUTURE_TOP, OPTION_QUOTE

_NO_PRICE = OptionPricing("", nan, nan, nan, nan, nan, nan, nan, nan)


def option_batch(
    quotes: Sequence[Quote], pricings: Mapping[str, OptionPricing], minute_ns: int
) -> Batch:
    """One row per option, whether or not it is quoted."""
    values = []
    for quote in quotes:
        price = _NO_PRICE if quote.is_stale else pricings.get(quote.name, _NO_PRICE)
        values.append(
            (
                *(quote.bid, quote.ask, quote.bid_amount, quote.ask_amount),
                *(price.bid_iv, price.ask_iv, price.mid_iv, quote.mark_iv),
                *(price.delta, price.gamma, price.vega, price.theta),
                *(quote.open_interest, quote.underlying, quote.index),
            )
        )
    return _batch(OPTION_QUOTE, minute_ns, quotes, values)


def future_batch(quotes: Sequence[Quote], minute_ns: int) -> Batch:
    """One row per future and perpetual."""
    values = [
        (
            *(quote.bid, quote.ask, quote.bid_amount, quote.ask_amount),
            *(quote.mark, quote.index, quote.open_interest, quote.funding_8h),
        )
        for quote in quotes
    ]
    return _batch(FUTURE_TOP, minute_ns, quotes, values)


def _batch(
    table: Table, minute_ns: int, quotes: Sequence[Quote], values: Sequence[tuple[float, ...]]
) -> Batch:
    """Rows of an instrument table: the floats stand in the order of the table's columns."""
    floats = [name for name, kind in table.columns.items() if kind in (Kind.FLOAT, Kind.REAL)]
    numbers = np.array(values, np.float64).reshape(len(quotes), len(floats))
    columns: dict[str, Any] = {
        "minute": [minute_ns] * len(quotes),
        "instrument": [quote.name for quote in quotes],
    }
    columns |= {name: numbers[:, index] for index, name in enumerate(floats)}
    return Batch(table, columns)
