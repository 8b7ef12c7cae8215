"""Both legs as one: leg H follows what is held of leg z; a pair that stays uneven is unwound."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.settings import PairSettings
from core.trading.strategy import Context, Execution, Target

SLEEVE = "pair"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Held:
    """Both legs of the sleeve at one moment."""

    z: Decimal
    h: Decimal
    needed_h: Decimal | None
    """What leg H should be for what is held of leg z; None while the ratio is not known."""
    z_in_flight: bool
    h_in_flight: bool

    @property
    def is_flat(self) -> bool:
        """True when neither leg is held."""
        return not self.z and not self.h

    @property
    def is_quiet(self) -> bool:
        """True when no order of either leg works."""
        return not self.z_in_flight and not self.h_in_flight


class PairLegs:
    """The sleeve's two positions and what is being done to them; the loop thread only.

    Leg z goes first, towards the signal's amount, and has `leg_timeout_s`: what it holds then is
    the size of the pair. Leg H is never wished on its own, only as ratio x what leg z holds. When
    it stands further away than the tolerance for `leg_timeout_s`, the pair is broken and both
    legs go to zero. A position found at the start (a restart) is the pair's own and is kept.
    """

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self._tolerance = Decimal(repr(settings.ratio_tolerance))
        self._timeout_ns = int(settings.leg_timeout_s * NS_PER_S)
        self._patient = Execution(settings.passive_s, reprices=settings.reprices)
        """For entries into leg z: nothing is at risk yet while it rests."""
        self._ratio: Decimal | None = None
        self._wish_z: Decimal | None = None
        self._wished_ns = 0
        self._why = ""
        self._uneven_since_ns: int | None = None
        self._closing = ""
        self.event = ""
        """What `follow` did in its last call that a person should read, else empty."""

    def reset(self) -> None:
        """Forget wishes and breaks; what is held is adopted as it is."""
        self._ratio = self._wish_z = self._uneven_since_ns = None
        self._why = self._closing = self.event = ""

    @property
    def is_closing(self) -> bool:
        """True while both legs are on their way to zero."""
        return bool(self._closing)

    def wish(self, amount_z: Decimal, ratio: Decimal, why: str, now_ns: int) -> None:
        """Work towards `amount_z` of leg z with leg H at `ratio` against it."""
        self._wish_z, self._ratio, self._why = amount_z, ratio, why
        self._wished_ns = now_ns

    def leave(self, why: str, now_ns: int) -> None:
        """Work towards nothing of leg z; leg H follows it out."""
        self._wish_z, self._why, self._wished_ns = NOTHING, why, now_ns

    def close(self, why: str) -> None:
        """Bring both legs to zero, whatever it takes."""
        self._wish_z, self._closing = None, why

    def keep_ratio(self, ratio: Decimal) -> None:
        """The hedge ratio of now: taken over when the one in force is off by the tolerance."""
        old = self._ratio
        if old is None or abs(ratio - old) > self._tolerance * old:
            self._ratio = ratio

    def side(self, context: Context) -> int:
        """+1 while long z, -1 while short z, 0 without leg z."""
        held = context.holdings.held(SLEEVE, self._settings.leg_z)
        return (held > 0) - (held < 0)

    def aim(self, context: Context) -> int:
        """The side that is worked towards, or held when nothing is worked."""
        wish = self._wish_z
        return self.side(context) if wish is None else (wish > 0) - (wish < 0)

    def is_flat(self, context: Context) -> bool:
        """True when the sleeve holds neither leg."""
        return self._held(context).is_flat

    def follow(self, context: Context) -> tuple[Target, ...]:
        """What both legs should hold now; nothing while all is as it should be."""
        self.event = ""
        held = self._held(context)
        if self._closing:
            return self._unwind(held)
        self._end_the_wish(context.now_ns, held)
        self._time_the_gap(context.now_ns, held)
        if self._closing:
            return self._unwind(held)
        return self._targets(held)

    def state(self, context: Context) -> str:
        """What is worked on or held, in words; empty when flat and idle."""
        held = self._held(context)
        if self._closing:
            return f"unwinding: {self._closing}"
        if self._uneven_since_ns is not None:
            return (
                f"leg {self._settings.leg_h} follows: {_signed(held.h)} of {_signed(held.needed_h)}"
            )
        if self._wish_z is not None:
            return f"leg {self._settings.leg_z} works: {_signed(held.z)} of {_signed(self._wish_z)}"
        if held.is_flat:
            return ""
        side = "long" if held.z > 0 else "short"
        legs = ((held.z, self._settings.leg_z), (held.h, self._settings.leg_h))
        amounts = ", ".join(f"{_signed(amount)} {_short(leg)}" for amount, leg in legs)
        return f"holds {side} spread: {amounts}"

    def _held(self, context: Context) -> _Held:
        holdings, settings = context.holdings, self._settings
        z = holdings.held(SLEEVE, settings.leg_z)
        return _Held(
            z,
            holdings.held(SLEEVE, settings.leg_h),
            self._needed_h(context.board.instrument(settings.leg_h), z),
            holdings.is_in_flight(SLEEVE, settings.leg_z),
            holdings.is_in_flight(SLEEVE, settings.leg_h),
        )

    def _needed_h(self, leg_h: Instrument | None, held_z: Decimal) -> Decimal | None:
        if not held_z:
            return NOTHING
        if self._ratio is None or leg_h is None:
            return None
        return leg_h.amount_near(-self._ratio * held_z)

    def _end_the_wish(self, now_ns: int, held: _Held) -> None:
        """Leg z is done when it holds the wish or its time is over; leg H has as long again."""
        if self._wish_z is None:
            return
        waited_ns = now_ns - self._wished_ns
        if self._wish_z != held.z and waited_ns > self._timeout_ns:
            self.event = (
                f"leg z filled {_signed(held.z)} of {_signed(self._wish_z)} in time: left at that"
            )
            self._wish_z = held.z
        if self._wish_z != held.z or not held.is_quiet:
            return
        if held.h == held.needed_h or (self._is_even(held) and waited_ns > 2 * self._timeout_ns):
            self._wish_z = None

    def _time_the_gap(self, now_ns: int, held: _Held) -> None:
        """Remember since when leg H is off, and break the pair when that lasts too long."""
        if self._is_even(held):
            self._uneven_since_ns = None
        elif self._uneven_since_ns is None:
            self._uneven_since_ns = now_ns
        elif now_ns - self._uneven_since_ns > self._timeout_ns:
            self._uneven_since_ns = None
            self.close("the second leg did not follow in time")
            self.event = (
                f"broken pair: {_signed(held.z)} against {_signed(held.h)}, unwinding both legs"
            )

    def _is_even(self, held: _Held) -> bool:
        if held.needed_h is None:
            return True
        return abs(held.h - held.needed_h) <= self._tolerance * abs(held.needed_h)

    def _targets(self, held: _Held) -> tuple[Target, ...]:
        """Leg z while a wish stands; leg H while it is off, and to the contract once z is done."""
        settings, found = self._settings, []
        if self._wish_z is not None:
            execution = self._patient if self._wish_z else Execution()
            found.append(Target(SLEEVE, settings.leg_z, self._wish_z, self._why, execution))
        is_h_due = self._uneven_since_ns is not None or self._wish_z == held.z
        if is_h_due and held.needed_h is not None:
            why = f"follows {settings.leg_z}"
            found.append(Target(SLEEVE, settings.leg_h, held.needed_h, why))
        return tuple(found)

    def _unwind(self, held: _Held) -> tuple[Target, ...]:
        if held.is_flat and held.is_quiet:
            self.event = f"unwound: {self._closing}"
            self._closing = ""
            return ()
        legs = (self._settings.leg_z, self._settings.leg_h)
        return tuple(Target(SLEEVE, leg, NOTHING, self._closing) for leg in legs)


def _signed(amount: Decimal | None) -> str:
    return "?" if amount is None else f"{amount.normalize():+f}"


def _short(name: str) -> str:
    return name.removesuffix("-PERPETUAL")
