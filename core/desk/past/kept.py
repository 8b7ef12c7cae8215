"""Keeps the past of the indices in the store, and reads it back."""

from __future__ import annotations

import numpy as np

from core.clock import NS_PER_S
from core.desk.past.index import PastStore
from core.quant.index.realised import Bars
from core.store.batch import Batch, Values
from core.store.queries.queries import Queries
from core.store.rows.strategy import StoredBar, bar_batch
from core.store.tables.minute import VOL_INDEX
from core.store.writer import Writer
from core.venues.charts import HOUR_NS, VolatilityPast

_HOUR_S = HOUR_NS // NS_PER_S


def past_store(writer: Writer, queries: Queries) -> PastStore:
    """Bars go to their table; the venue's own index to the minutes at which it stood."""

    def put_bars(name: str, bars: Bars) -> None:
        writer.put(bar_batch(_rows(name, bars)))

    def put_volatility(chain: str, past: VolatilityPast) -> None:
        writer.put(volatility_batch(chain, past))

    def read(name: str, since_ns: int, until_ns: int) -> Bars:
        return queries.bars(name, _HOUR_S, since_ns, until_ns)

    return PastStore(read, put_bars, put_volatility)


def volatility_batch(chain: str, past: VolatilityPast) -> Batch:
    """Hours of which only the venue's index is known; a recorded minute stays as it is."""
    count = past.at_ns.size
    nothing = np.full(count, np.nan)
    columns: dict[str, Values] = {
        "minute": past.at_ns,
        "chain": [chain] * count,
        "value": nothing,
        "variance_swap": nothing,
        "venue": past.value,
        "near": [None] * count,
        "next": [None] * count,
        "is_extrapolated": [False] * count,
    }
    return Batch(VOL_INDEX, columns)


def _rows(name: str, bars: Bars) -> list[StoredBar]:
    columns = (bars.at_ns, bars.open, bars.high, bars.low, bars.close)
    step_s = bars.step_ns // NS_PER_S
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [StoredBar(name, step_s, *row) for row in rows]
