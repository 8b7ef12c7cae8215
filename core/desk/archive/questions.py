"""What a screen can ask the store. Every question is a frozen value with one method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.clock import NS_PER_MINUTE
from core.desk.archive.past import PastMinute
from core.pricing.view import SurfaceGrid
from core.quant.types import FloatArray

if TYPE_CHECKING:
    from core.store.queries import Queries, StoredSurface

_MINUTE_S = 59
_DAYS_S = 40 * 86_400
"""So far back a recorded minute is looked for."""


@dataclass(frozen=True, slots=True)
class MinuteOf:
    """One chain at one full minute."""

    chain: str
    minute_ns: int

    def ask(self, queries: Queries) -> PastMinute:
        """The minute as it was recorded; without contents when it was not."""
        stored = queries.surface_at(self.chain, self.minute_ns, _MINUTE_S)
        before = queries.surface_at(self.chain, self.minute_ns - NS_PER_MINUTE, _DAYS_S)
        return PastMinute(
            self.chain,
            self.minute_ns,
            classic=None if stored is None else _grid_of(stored),
            before_ns=0 if before is None else before.minute_ns,
        )


def _grid_of(stored: StoredSurface) -> SurfaceGrid:
    """The stored cells as a grid, NaN where there was none."""
    tenors, rows = np.unique(stored.tenor_days, return_inverse=True)
    ks, columns = np.unique(stored.log_moneyness, return_inverse=True)
    iv: FloatArray = np.full((tenors.size, ks.size), np.nan)
    iv[rows, columns] = stored.iv
    return SurfaceGrid(stored.chain, tuple(tenors.tolist()), tuple(ks.tolist()), iv)
