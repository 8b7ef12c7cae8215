"""When a pair trade begins and ends: re-entry into the innovation band, or a z-score machine.

One sign convention: position +1 is long z and short H. A positive innovation or z-score means z is
expensive against H, so it leads to -1. Both machines take a frozen state and one bar and return the
next state; a NaN bar is unknown: it gives no signal and changes no position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite

_NAN = float("nan")


class PairEvent(Enum):
    """What a bar did to the spread position."""

    NONE = "-"
    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class BandRules:
    """Exits beside the flip; all off reproduces the original strategy."""

    exit_at_zero: bool = False
    """Leave when the innovation crosses 0."""
    max_bars: int | None = None
    """Leave after so many bars in the position."""
    stop_multiple: float | None = None
    """Leave when |v| exceeds this many bands against the position."""


@dataclass(frozen=True, slots=True)
class BandState:
    """Memory of the re-entry rule: the last bar and the position."""

    v: float = _NAN
    band: float = _NAN
    """p sigma of the last bar, p being the threshold of the regime in force then."""
    position: int = 0
    bars: int = 0
    """Bars since the position was taken."""


@dataclass(frozen=True, slots=True)
class PairDecision:
    """A bar's signal, what it did, and the position after it."""

    signal: int
    """+1 or -1 on the bar of a re-entry, 0 otherwise; it flips a position, 0 holds."""
    event: PairEvent
    position: int


@dataclass(frozen=True, slots=True)
class ZRules:
    """Levels of |z|: exit < entry < stop."""

    entry: float = 1.5
    exit: float = 0.0
    stop: float = 2.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.exit < self.entry < self.stop:
            raise ValueError(
                f"z levels must be 0 <= exit < entry < stop, got exit {self.exit},"
                f" entry {self.entry}, stop {self.stop}"
            )


@dataclass(frozen=True, slots=True)
class ZState:
    """Position and whether a new entry is allowed; a stop disarms until |z| < entry."""

    position: int = 0
    armed: bool = True


@dataclass(frozen=True, slots=True)
class PairLegs:
    """What a spread position holds, USD, + long."""

    z_usd: float
    h_usd: float


def crossing_signal(v_before: float, band_before: float, v: float, band: float) -> int:
    """-1 when v re-enters the band from above, +1 from below, 0 otherwise or when unknown.

    The band's own move counts: v standing still while the band widens over it is a re-entry.
    """
    if v_before > band_before and v < band:
        return -1
    if v_before < -band_before and v > -band:
        return 1
    return 0


def band_step(
    state: BandState, v: float, band: float, rules: BandRules | None = None
) -> tuple[BandState, PairDecision]:
    """One bar of the re-entry strategy. `band` is p sigma for this bar, NaN for no forecast."""
    limits = rules or BandRules()
    signal = crossing_signal(state.v, state.band, v, band)
    if signal and signal != state.position:
        return _move(state, v, band, signal, PairDecision(signal, PairEvent.ENTRY, signal))
    event = _band_exit(state, v, band, limits)
    position = state.position if event is PairEvent.NONE else 0
    return _move(state, v, band, position, PairDecision(signal, event, position))


def _move(
    state: BandState, v: float, band: float, position: int, decision: PairDecision
) -> tuple[BandState, PairDecision]:
    bars = state.bars + 1 if position and position == state.position else 0
    return BandState(v, band, position, bars), decision


def _band_exit(state: BandState, v: float, band: float, rules: BandRules) -> PairEvent:
    if not state.position:
        return PairEvent.NONE
    against = -v * state.position
    if rules.stop_multiple is not None and against > rules.stop_multiple * band:
        return PairEvent.STOP
    if rules.max_bars is not None and state.bars + 1 >= rules.max_bars:
        return PairEvent.STOP
    if rules.exit_at_zero and against <= 0.0:
        return PairEvent.EXIT
    return PairEvent.NONE


def z_step(state: ZState, z: float, rules: ZRules) -> tuple[ZState, PairDecision]:
    """One bar of the z-score strategy; an exit bar does not enter again."""
    if not isfinite(z):
        return state, PairDecision(0, PairEvent.NONE, state.position)
    if state.position:
        event = _z_exit(state.position, z, rules)
        if event is PairEvent.NONE:
            return state, PairDecision(0, event, state.position)
        return ZState(0, event is not PairEvent.STOP), PairDecision(0, event, 0)
    armed = state.armed or abs(z) < rules.entry
    if armed and rules.entry <= abs(z) < rules.stop:
        side = -1 if z > 0.0 else 1
        return ZState(side), PairDecision(side, PairEvent.ENTRY, side)
    return replace(state, armed=armed), PairDecision(0, PairEvent.NONE, 0)


def _z_exit(position: int, z: float, rules: ZRules) -> PairEvent:
    against = -z * position
    if against >= rules.stop:
        return PairEvent.STOP
    return PairEvent.EXIT if against <= rules.exit else PairEvent.NONE


def pair_legs(
    position: int, beta: float, equity_usd: float, leverage: float = 2.0, cap_usd: float = 2e5
) -> PairLegs:
    """Both legs of a spread position: gross notional min(cap, leverage x equity), ratio beta."""
    gross = max(0.0, min(cap_usd, leverage * equity_usd))
    z_usd = position * gross / (1.0 + abs(beta))
    return PairLegs(z_usd, -beta * z_usd)
