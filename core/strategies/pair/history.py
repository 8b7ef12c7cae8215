"""What history says about a pair, as plain numbers: made in the background, read by the loop."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RegimeFit:
    """A Gaussian hidden Markov model of (innovation, d ln H, d ln z), calmest state first.

    The features are divided by `scale` before they are judged; K states, 3 features.
    """

    beta: float
    """Hedge ratio of the quick filter the innovations come from."""
    noise: float
    """Its level and observation noise, alike."""
    scale: Row
    """Training standard deviation of each feature, log units a bar."""
    start: Row
    """Probabilities of the first bar. Length K."""
    transition: tuple[Row, ...]
    """Row i: from state i. K x K."""
    means: tuple[Row, ...]
    """K x 3, in units of `scale`."""
    covariances: tuple[tuple[Row, ...], ...]
    """K x 3 x 3, in units of `scale`."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the states are called, in order."""
        return ("calm", "normal", "wild") if len(self.start) == 3 else ("calm", "wild")


@dataclass(frozen=True, slots=True)
class PairFit:
    """The fit of one history: where the filter starts, and what the pair is like."""

    bar_s: float
    """Seconds a bar of the history."""
    bars: int
    """Bars used."""
    level: float
    """ln z at ln H = `centre`, after the last bar."""
    beta: float
    """Hedge ratio after the last bar."""
    centre: float
    """ln H the level is measured at; keeps level and beta apart."""
    p_level: float
    """State covariance after the last bar: variance of the level, ..."""
    p_cross: float
    p_beta: float
    noise: float
    """Observation noise variance by EM."""
    huber_alpha: float = nan
    """The robust regression over the whole history: ln z = alpha + beta ln H."""
    huber_beta: float = nan
    half_life_s: float = nan
    """NaN when the spread does not revert."""
    coint_t: float = nan
    """Engle-Granger t of the direction with the larger p-value."""
    coint_p: float = nan
    """Its MacKinnon p-value."""
    regimes: RegimeFit | None = None
    regimes_problem: str = ""
    """Why there are no regimes."""

    def summary(self) -> str:
        """The fit in one line."""
        count = len(self.regimes.start) if self.regimes else 0
        return (
            f"{self.bars} bars of history: beta {self.beta:.3f}, half-life"
            f" {self.half_life_s:.0f} s, cointegration p {self.coint_p:.3f}, {count} regimes"
        )
