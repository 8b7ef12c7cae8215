"""Bars in, readings out: the same code for live bars, replays and tables of candles."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isfinite, log, nan

import numpy as np

from core.quant.pairs.ddivf import forecast
from core.quant.pairs.signal import (
    BandState,
    PairDecision,
    PairEvent,
    ZRules,
    ZState,
    band_step,
    z_step,
)
from core.settings import PairSettings
from core.strategies.pair.bars import PairBar
from core.strategies.pair.hedge_filter import HedgeFilter, filter_of_bars, filter_of_history
from core.strategies.pair.history import PairFit
from core.strategies.pair.regime import RegimeWatch

BAD_PRINT_Z = 8.0
"""Beyond so many sigma an innovation is taken for a bad print or a break, not for news."""
SETTLED = 0.25
"""A hedge ratio is used for an entry when its standard deviation is below this share of it."""


@dataclass(frozen=True, slots=True)
class PairReading:
    """One bar as the model saw it."""

    bars: int = 0
    """Bars that count for the warm-up: whole ones before the start, innovations after it."""
    innovation: float = nan
    sigma: float = nan
    """Forecast of the innovation's volatility, made before the bar."""
    z: float = nan
    """innovation / sigma."""
    threshold: float = nan
    alpha: float = nan
    beta: float = nan
    beta_sd: float = nan
    regime: str = ""
    regime_p: float = nan
    wanted: int | None = None
    """The spread position a signal of this bar asks for; None without one."""
    why: str = ""
    """The signal in words."""
    is_whole: bool = False
    """False when a price of the bar was missing."""

    @property
    def is_settled(self) -> bool:
        """True when beta is known well enough to size a hedge by it."""
        return self.beta > 0 and self.beta_sd <= SETTLED * self.beta


class PairModel:
    """Hedge ratio, innovation, its forecast volatility, regime and signal of one pair.

    What is taken from history and what is not: the level, the hedge ratio, their covariance and
    the observation noise start where the history ends, scaled to live bars; half-life and
    cointegration are only shown; the regimes are judged on live bars of the history's own length,
    because the innovations of short and long bars do not scale into one another. The band comes
    from live innovations alone: the forecast is made from the innovations before the bar, and no
    signal is given before `warmup_bars` of them. A bad print enters the window clipped, or it would
    widen the band for as long as it stays there, and coming back from one is no re-entry. Without
    history least squares over the first `warmup_bars` starts the filter, and its residuals are
    the first innovations.
    """

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self._filter: HedgeFilter | None = None
        self._regime: RegimeWatch | None = None
        self._bars: deque[tuple[float, float]] = deque(maxlen=settings.window)
        self._innovations: deque[float] = deque(maxlen=settings.window)
        self._band = BandState()
        self._machine = ZState()

    def take(self, fit: PairFit) -> None:
        """Start the filter anew from `fit` and lead it through the live bars seen so far."""
        self._filter = filter_of_history(self._settings, fit)
        self._regime = None
        if fit.regimes is not None and fit.bar_s >= self._settings.bar_s:
            self._regime = RegimeWatch(fit.regimes, fit.centre, fit.bar_s)
        self._innovations.clear()
        for x, y in self._bars:
            if isfinite(x) and isfinite(y):
                self._innovations.append(self._filter.step(x, y))
            else:
                self._filter.miss(1)
        self._band = BandState(position=self._band.position)

    def adopt(self, side: int) -> None:
        """The position is `side`, whatever the signals have said."""
        self._band = BandState(self._band.v, self._band.band, side)
        self._machine = ZState(side, self._machine.armed)

    def step(self, bar: PairBar) -> PairReading:
        """Fold one bar in. Later bars never change what an earlier one said."""
        self._miss(bar.missed)
        if self._regime is not None:
            self._regime.step(bar)
        if not bar.is_whole:
            self._miss(1)
            return self._reading(nan, nan, None, "")
        x, y = log(bar.h), log(bar.z)
        self._bars.append((x, y))
        if self._filter is None:
            self._start()
            return self._reading(nan, nan, None, "", is_whole=True)
        sigma = self._forecast()
        innovation = self._filter.step(x, y)
        self._innovations.append(_clipped(innovation, sigma))
        wanted, why = self._signal(innovation, sigma)
        return self._reading(innovation, sigma, wanted, why, is_whole=True)

    def _miss(self, bars: int) -> None:
        """So many bars without a price: no innovation, no signal across the gap."""
        if not bars:
            return
        for _ in range(min(bars, self._settings.window)):
            self._bars.append((nan, nan))
        if self._filter is not None:
            self._filter.miss(bars)
        self._band = BandState(position=self._band.position)

    def _start(self) -> None:
        """Least squares over the first whole bars, once there are enough."""
        whole = np.array([pair for pair in self._bars if isfinite(pair[0])])
        x, y = whole[:, 0], whole[:, 1]
        if len(whole) < max(3, self._settings.warmup_bars) or not np.ptp(x) > 0:
            return
        self._filter, residuals = filter_of_bars(self._settings, x, y)
        self._innovations.extend(residuals.tolist())

    def _forecast(self) -> float:
        """Volatility of the next innovation; NaN while there are too few before it."""
        count = len(self._innovations)
        if count < max(4, self._settings.warmup_bars):
            return nan
        burn_in = max(2, count * self._settings.smooth // self._settings.window)
        return forecast(np.array(self._innovations), burn_in)

    def _signal(self, innovation: float, sigma: float) -> tuple[int | None, str]:
        threshold = self._threshold()
        z = innovation / sigma if sigma > 0 else nan
        if self._settings.signal == "band":
            self._band, decision = band_step(self._band, innovation, threshold * sigma)
            if abs(z) > BAD_PRINT_Z:
                self._band = BandState(position=decision.position)
            words = f"z {z:+.2f} back inside {threshold:.2f}"
        else:
            rules = ZRules(threshold, self._settings.exit_z, self._settings.stop_z)
            self._machine, decision = z_step(self._machine, z, rules)
            words = f"z {z:+.2f}"
        return _wanted(decision), f"{_verb(decision)}: {words}"

    def _threshold(self) -> float:
        """The threshold of the regime in force, calmest first; the plain one before it is known."""
        by_regime = self._settings.regime_thresholds
        index = None if self._regime is None else self._regime.index
        if index is None or not by_regime:
            return self._settings.threshold
        return by_regime[min(index, len(by_regime) - 1)]

    def _reading(
        self,
        innovation: float,
        sigma: float,
        wanted: int | None,
        why: str,
        is_whole: bool = False,
    ) -> PairReading:
        hedge, regime = self._filter, self._regime
        return PairReading(
            len(self._bars) if hedge is None else len(self._innovations),
            innovation,
            sigma,
            innovation / sigma if sigma > 0 else nan,
            self._threshold(),
            nan if hedge is None else hedge.alpha,
            nan if hedge is None else hedge.beta,
            nan if hedge is None else hedge.beta_sd,
            "" if regime is None else regime.name,
            nan if regime is None else regime.probability,
            wanted,
            why,
            is_whole,
        )


def _clipped(innovation: float, sigma: float) -> float:
    """The innovation as the window keeps it; unchanged while there is no forecast."""
    if not sigma > 0:
        return innovation
    limit = BAD_PRINT_Z * sigma
    return max(-limit, min(limit, innovation))


def _wanted(decision: PairDecision) -> int | None:
    """The position a decision asks for: a signal's side, 0 for an exit, None for a quiet bar."""
    if decision.signal:
        return decision.signal
    if decision.event in (PairEvent.EXIT, PairEvent.STOP):
        return 0
    return decision.position if decision.event is PairEvent.ENTRY else None


def _verb(decision: PairDecision) -> str:
    if decision.event in (PairEvent.EXIT, PairEvent.STOP):
        return str(decision.event.value)
    return "long spread" if decision.signal > 0 else "short spread"
