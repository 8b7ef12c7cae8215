"""The ledger against the venue: what was there at the start is adopted, later gaps are said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from core.domain.events import Reconciled
from core.domain.position import VenuePosition
from core.trading.journal import Journal, NoteRecord
from core.trading.ledger.ledger import Delivery, Ledger

log = logging.getLogger(__name__)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Difference:
    """One instrument of which the venue and the ledger hold different amounts."""

    instrument: str
    ours: Decimal
    venue: Decimal

    @property
    def gap(self) -> Decimal:
        """What must be added to ours to get the venue's."""
        return self.venue - self.ours

    @property
    def text(self) -> str:
        """The alarm, with both numbers."""
        return (
            f"{self.instrument}: the ledger holds {self.ours.normalize():f}, "
            f"the venue says {self.venue.normalize():f}"
        )


class Reconciliation:
    """Compares positions. A difference is an alarm when two answers in a row show the same gap.

    One answer may have been overtaken by a fill; the second, asked for a second later, is
    believed. Until then the difference is a doubt, and automation waits as well.
    """

    def __init__(self, ledger: Ledger, journal: Journal, venue_now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._journal = journal
        self._venue_now_ns = venue_now_ns
        self._doubts: dict[str, Difference] = {}
        self._alarms: dict[str, Difference] = {}
        self.is_first = True
        """True until the venue's positions were taken over once."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """Differences seen twice, in words."""
        return tuple(one.text for one in self._alarms.values())

    @property
    def is_in_doubt(self) -> bool:
        """True when the newest answer differed somewhere."""
        return bool(self._doubts)

    def true_amount(self, instrument: str) -> Decimal:
        """What the venue holds as far as we know: the ledger and any difference seen twice."""
        known = self._alarms.get(instrument)
        return self._ledger.total(instrument) + (ZERO if known is None else known.gap)

    def true_instruments(self) -> list[str]:
        """Every instrument of which the venue holds something as far as we know."""
        names = {one.instrument for one in self._ledger.positions()} | set(self._alarms)
        return sorted(name for name in names if self.true_amount(name))

    def take(self, truth: Reconciled, now_ns: int) -> None:
        """Compare with the venue's positions; adopt what is found at the start."""
        venue = {one.instrument: one for one in truth.positions}
        names = {one.instrument for one in self._ledger.positions()} | set(venue)
        found: dict[str, Difference] = {}
        for name in sorted(names):
            stated = venue.get(name, VenuePosition(name, ZERO, ZERO))
            if (difference := self._compare(stated, now_ns)) is not None:
                found[name] = difference
        if self.is_first:
            self._take_over(found, venue, now_ns)
        else:
            self._judge(found, now_ns)

    def _compare(self, stated: VenuePosition, now_ns: int) -> Difference | None:
        ours = self._ledger.total(stated.instrument)
        if ours == stated.amount:
            return None
        if stated.amount == 0 and self._has_expired(stated.instrument):
            self._ledger.deliver(Delivery(stated.instrument, None), now_ns)
            text = f"{stated.instrument}: {ours.normalize():f} expired and was delivered"
            self._say("delivered", text, now_ns, logging.INFO)
            return None
        return Difference(stated.instrument, ours, stated.amount)

    def _has_expired(self, name: str) -> bool:
        """True past expiry, and at the start for restored lots of what is listed no more."""
        listed = self._ledger.instrument(name)
        if listed is None:
            return self.is_first
        return listed.expiry_ns is not None and listed.expiry_ns <= self._venue_now_ns()

    def _take_over(
        self, found: dict[str, Difference], venue: dict[str, VenuePosition], now_ns: int
    ) -> None:
        self.is_first = False
        for name, difference in found.items():
            price = venue[name].average_price if name in venue else self._ledger.average(name)
            self._ledger.adopt(name, difference.gap, price, now_ns)
            text = (
                f"{name}: {difference.gap.normalize():+f} was there before this start "
                f"and now belongs to the manual sleeve"
            )
            self._say("adopted", text, now_ns, logging.WARNING)
        for name, stated in venue.items():
            self._ledger.restate(name, stated.average_price)

    def _judge(self, found: dict[str, Difference], now_ns: int) -> None:
        confirmed: dict[str, Difference] = {}
        for name, one in found.items():
            doubt = self._doubts.get(name)
            if doubt is not None and doubt.gap == one.gap:
                confirmed[name] = one
            elif name in self._alarms:
                confirmed[name] = self._alarms[name]
        for name, one in confirmed.items():
            if name not in self._alarms or self._alarms[name].gap != one.gap:
                self._say("alarm", one.text, now_ns, logging.ERROR)
        for name in self._alarms.keys() - confirmed.keys():
            self._say("alarm over", f"{name}: ledger and venue agree again", now_ns, logging.INFO)
        self._doubts, self._alarms = found, confirmed

    def _say(self, kind: str, text: str, now_ns: int, level: int) -> None:
        log.log(level, text, extra={"kind": "RISK", "source": "ledger"})
        self._journal.record("note", NoteRecord(kind, text), now_ns)
