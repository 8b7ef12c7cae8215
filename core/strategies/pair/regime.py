"""The regime in force, judged on live bars as long as those of the history it was fitted on."""

from __future__ import annotations

from math import log, nan

import numpy as np

from core.clock import NS_PER_S
from core.quant.pairs.regimes import GaussianHmm, filter_regimes
from core.quant.types import FloatArray
from core.strategies.pair.bars import PairBar
from core.strategies.pair.hedge_filter import quick_filter
from core.strategies.pair.history import RegimeFit


class RegimeWatch:
    """Filtered probabilities only, one long bar after another; later bars never change them."""

    def __init__(self, regimes: RegimeFit, centre: float, bar_s: float) -> None:
        self._filter = quick_filter(regimes.beta, centre, regimes.noise)
        self._bar_ns = round(bar_s * NS_PER_S)
        self._model = hmm_of(regimes)
        self._scale = np.array(regimes.scale)
        self._names = regimes.names
        self._number: int | None = None
        self._last = (nan, nan)
        self._log_p: FloatArray | None = None

    @property
    def index(self) -> int | None:
        """The likeliest state, 0 the calmest; None before the first long bar."""
        return None if self._log_p is None else int(np.argmax(self._log_p))

    @property
    def name(self) -> str:
        """What the state is called; empty before the first."""
        return "" if self.index is None else self._names[self.index]

    @property
    def probability(self) -> float:
        """Of the likeliest state, given everything up to now."""
        return nan if self._log_p is None else float(np.exp(self._log_p.max()))

    def step(self, bar: PairBar) -> None:
        """Fold a short bar in; something happens when it is the last of a long one."""
        number, before = bar.at_ns // self._bar_ns, self._number
        self._number = number
        if before is None or number == before:
            return
        if gap := number - before - 1:
            self._filter.miss(gap)
            self._last = (nan, nan)
        self._judge(log(bar.h) if bar.h > 0 else nan, log(bar.z) if bar.z > 0 else nan)

    def _judge(self, x: float, y: float) -> None:
        innovation = self._filter.step(x, y)
        row = np.array([innovation, x - self._last[0], y - self._last[1]]) / self._scale
        self._last = (x, y)
        self._log_p = filter_regimes(self._model, row[None, :], self._log_p).last


def hmm_of(regimes: RegimeFit) -> GaussianHmm:
    """The fitted numbers as the model the filter takes."""
    return GaussianHmm(
        np.array(regimes.start),
        np.array(regimes.transition),
        np.array(regimes.means),
        np.array(regimes.covariances),
    )
