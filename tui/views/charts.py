"""Charts as values: curves and marks in a square of 0 to 1, with the words on their axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight scale from `low` (0.0) to `high` (1.0)."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where `value` stands, 0 to 1 within the bounds."""
        return (value - self.low) / (self.high - self.low)

    def holds(self, value: float) -> bool:
        """True for what lies within the bounds."""
        return self.low <= value <= self.high


Point = tuple[float, float]
"""(x, y): 0 is left and bottom, 1 right and top; a curve is broken at a NaN."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Points joined by lines."""

    points: tuple[Point, ...]
    tone: str
    gap: int = 1
    """1 draws every dot, 2 every other: curves must differ without colour too."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A named place on an axis."""

    at: float
    text: str
    tone: str = "dim"


@dataclass(frozen=True, slots=True)
class Stem:
    """An upright line from `low` to `high` at `x`."""

    x: float
    low: float
    high: float
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows; drawn at any size."""

    curves: tuple[Curve, ...] = ()
    marks: tuple[Curve, ...] = ()
    """Single points, drawn over the curves."""
    x_ticks: tuple[Tick, ...] = ()
    """The first ones have the right of way where two would touch."""
    y_ticks: tuple[Tick, ...] = ()
    label: Tick | None = None
    """The last value, filled, on the right axis."""
    empty: str = ""
    """What to say when there is nothing to draw."""
    stems: tuple[Stem, ...] = ()
    """Drawn over everything."""


def curve(
    xs: Sequence[float], ys: Sequence[float], x: Scale, y: Scale, tone: str, gap: int = 1
) -> Curve:
    """Values put into the square of two scales."""
    pairs = zip(xs, ys, strict=True)
    return Curve(tuple((x.at(one), y.at(other)) for one, other in pairs), tone, gap)


def scale_of(values: Iterable[float], pad: float = 0.06, least: float = 1e-9) -> Scale | None:
    """A scale with some room around all finite values; None when there are none."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    room = max((high - low) * pad, least / 2)
    return Scale(low - room, high + room)


def round_values(scale: Scale, count: int) -> tuple[float, ...]:
    """At most `count` evenly spaced round values on the scale, ascending."""
    if count < 1 or not scale.high > scale.low:
        return ()
    step = _step((scale.high - scale.low) / count)
    first, last = ceil(scale.low / step - 1e-9), floor(scale.high / step + 1e-9)
    return tuple(k * step for k in range(first, last + 1))[: count + 1]


def _step(least: float) -> float:
    """The smallest 1, 2, 2.5 or 5 times a power of ten that is not below `least`."""
    power = 10.0 ** floor(log10(least))
    return float(next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= least * 0.999))
