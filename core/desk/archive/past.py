"""What the store told of the past, in the values that pricing publishes of now."""

from __future__ import annotations

from dataclasses import dataclass

from core.pricing.view import Smile, SurfaceGrid


@dataclass(frozen=True, slots=True, eq=False)
class PastMinute:
    """One chain at one minute of the past; without smiles and grids when none was recorded."""

    chain: str
    minute_ns: int
    smiles: tuple[Smile, ...] = ()
    """Nearest expiry first; fitted curves without their quotes."""
    classic: SurfaceGrid | None = None
    wide: SurfaceGrid | None = None
    before_ns: int = 0
    """The recorded minute next before it; 0 when there is none."""
    after_ns: int = 0
    """The recorded minute next after it; 0 when there is none."""

    @property
    def is_recorded(self) -> bool:
        """True when the store holds the minute."""
        return bool(self.smiles) or self.classic is not None or self.wide is not None


@dataclass(frozen=True, slots=True, eq=False)
class IndexPast:
    """The volatility index over time, oldest first; decimals, NaN where there was none."""

    at_ns: tuple[int, ...] = ()
    value: tuple[float, ...] = ()
    venue: tuple[float, ...] = ()
