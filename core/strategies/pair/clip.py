"""How much of each leg: a clip in USD of leg z, its hedge in leg H, both in whole contracts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.settings import PairSettings


@dataclass(frozen=True, slots=True)
class Leg:
    """One contract of the pair at one moment."""

    instrument: Instrument
    mid: float

    @property
    def usd_per_unit(self) -> Decimal:
        """USD behind one unit of the venue's amount."""
        return Decimal(1) if self.instrument.is_inverse else decimal_of(self.mid)

    def rounded(self, amount: Decimal) -> Decimal:
        """`amount` (signed) on the contract's grid, halves away from zero."""
        return self.instrument.amount_near(amount)


@dataclass(frozen=True, slots=True)
class Clip:
    """What one signal wants."""

    amount_z: Decimal
    """Signed venue amount of leg z, + bought."""
    ratio: Decimal
    """Venue amount of leg H against one unit of leg z, positive."""
    amount_h: Decimal
    """Signed venue amount of leg H, the sign opposite to leg z."""
    notional_z: Decimal
    """USD, unsigned."""
    notional_h: Decimal


def hedge_ratio(leg_z: Leg, leg_h: Leg, beta: float) -> Decimal:
    """Venue amount of leg H against one unit of leg z: beta USD of H for each USD of z."""
    return decimal_of(beta) * leg_z.usd_per_unit / leg_h.usd_per_unit


def clip_for(settings: PairSettings, leg_z: Leg, leg_h: Leg, beta: float, side: int) -> Clip | str:
    """The clip of a spread position `side` (+1 long z, short H), or why there is none."""
    ratio = hedge_ratio(leg_z, leg_h, beta)
    amount_z = side * leg_z.rounded(settings.clip_usd / leg_z.usd_per_unit)
    if not amount_z:
        return f"{settings.clip_usd} USD is less than one contract of {leg_z.instrument.name}"
    exact_h = -ratio * amount_z
    amount_h = leg_h.rounded(exact_h)
    if abs(amount_h - exact_h) > decimal_of(settings.ratio_tolerance) * abs(exact_h):
        return (
            f"{settings.clip_usd} USD is too small for whole contracts of {leg_h.instrument.name}"
        )
    return Clip(
        amount_z,
        ratio,
        amount_h,
        abs(amount_z) * leg_z.usd_per_unit,
        abs(amount_h) * leg_h.usd_per_unit,
    )
