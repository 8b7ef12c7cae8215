"""The ledger against the venue: what was there at the start is adopted, later gaps are said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.domain import money
from core.domain.events import Reconciled
from core.domain.position import VenuePosition
from core.trading.journal import Journal, KeptRecord, NoteRecord
from core.trading.ledger.books import VenueBooks
from core.trading.ledger.ledger import Ledger

log = logging.getLogger(__name__)
ZERO = Decimal(0)
RESTATED = "restated averages"
"""The name under which it is kept which averages were restated at the newest start."""


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


def is_as_printed(ours: Decimal, stated: Decimal, decimals: int) -> bool:
    """True within one unit of the last digit the venue printed, of `decimals` at the least.

    It drops trailing zeros and may round finer than it computes, hence a whole unit.
    """
    exponent = stated.as_tuple().exponent
    places = max(decimals, -exponent if isinstance(exponent, int) else 0)
    return abs(ours - stated) <= Decimal(1).scaleb(-places)


class Reconciliation:
    """Compares positions. A difference is an alarm when two answers in a row show the same gap.

    One answer may have been overtaken by a fill; the second, asked for a second later, is
    believed. Until then the difference is a doubt, and automation waits as well.
    """

    def __init__(
        self,
        ledger: Ledger,
        books: VenueBooks,
        journal: Journal,
        venue_now_ns: Callable[[], int],
        restated: str = "",
    ) -> None:
        """`restated`: what was kept under `RESTATED`."""
        self._ledger = ledger
        self._books = books
        self._journal = journal
        self._restated = frozenset(restated.splitlines())
        self._venue_now_ns = venue_now_ns
        self._doubts: dict[str, Difference] = {}
        self._alarms: dict[str, Difference] = {}
        self._stated: dict[str, VenuePosition] = {}
        self._strange: frozenset[str] = frozenset()
        """Whose average price differed in the newest answer."""
        self._averages: dict[str, str] = {}
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

    @property
    def averages(self) -> tuple[str, ...]:
        """Average prices that differ from the venue's, seen twice, in words."""
        return tuple(self._averages[name] for name in sorted(self._averages))

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
        venue = self._stated = {one.instrument: one for one in truth.positions}
        names = {one.instrument for one in self._ledger.positions()} | set(venue)
        found: dict[str, Difference] = {}
        for name in sorted(names):
            stated = venue.get(name, VenuePosition(name, ZERO, ZERO))
            if (difference := self._compare(stated, now_ns)) is not None:
                found[name] = difference
        if self.is_first:
            self._books.begin(truth.positions)
            self._take_over(found, venue, now_ns)
        else:
            self._judge(found, now_ns)
            self._judge_averages(found, now_ns)
        self._books.observe(truth.positions, now_ns)

    def _compare(self, stated: VenuePosition, now_ns: int) -> Difference | None:
        ours = self._ledger.total(stated.instrument)
        if ours == stated.amount:
            return None
        if stated.amount == 0 and self._has_expired(stated.instrument):
            self._books.expire(stated.instrument, now_ns)
            return None
        return Difference(stated.instrument, ours, stated.amount)

    def _has_expired(self, name: str) -> bool:
        """True past expiry, and at the start for restored lots of what is listed no more."""
        listed = self._ledger.instrument(name)
        if listed is None:
            return self.is_first or self._books.is_awaited(name)
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
        self._restate(venue.values(), now_ns)

    def _restate(self, venue: Collection[VenuePosition], now_ns: int) -> None:
        """Take the venue's averages for ours; the same two numbers are said at one start only."""
        texts = {self._average_text(one) for one in venue if self._is_strange(one)}
        for text in sorted(texts - self._restated):
            self._say("restated", text, now_ns, logging.WARNING)
        if texts != self._restated:
            self._journal.record("kept", KeptRecord(RESTATED, "\n".join(sorted(texts))), now_ns)
        for one in venue:
            self._ledger.restate(one.instrument, one.average_price)

    def accept(self, name: str, now_ns: int) -> tuple[bool, str]:
        """Book a difference that was seen twice to `manual`, as the venue has it.

        Returns whether something was booked, and what, with both numbers.
        """
        known = self._alarms.get(name)
        if known is None and name not in self._averages:
            return False, f"{name}: ledger and venue do not differ, there is nothing to accept"
        stated = self._stated.get(name, VenuePosition(name, ZERO, ZERO))
        texts = []
        if known is not None:
            self._ledger.adopt(name, known.gap, stated.average_price, now_ns)
            texts.append(f"{known.text}; {known.gap.normalize():+f} booked to manual")
        if self._is_strange(stated):
            texts.append(self._average_text(stated))
            self._ledger.restate(name, stated.average_price)
        for doubtful in (self._alarms, self._doubts, self._averages):
            doubtful.pop(name, None)
        text = "; ".join(texts) or f"{name}: as the venue says"
        self._say("accepted", text, now_ns, logging.WARNING)
        return True, f"accepted: {text}"

    def _judge_averages(self, found: Mapping[str, Difference], now_ns: int) -> None:
        """An average is compared where the amounts agree; one answer may be overtaken."""
        equal = [one for one in self._stated.values() if one.amount and one.instrument not in found]
        strange = {one.instrument: one for one in equal if self._is_strange(one)}
        twice = {name: one for name, one in strange.items() if name in self._strange}
        for name, one in twice.items():
            if name not in self._averages:
                self._say("average", self._average_text(one), now_ns, logging.WARNING)
        self._averages = {name: self._average_text(one) for name, one in twice.items()}
        self._strange = frozenset(strange)

    def _is_strange(self, stated: VenuePosition) -> bool:
        """True when the averages differ by more than one unit of what the venue prints."""
        if not stated.amount or stated.amount != self._ledger.total(stated.instrument):
            return False
        listed = self._ledger.instrument(stated.instrument)
        return not is_as_printed(
            self._ledger.average(stated.instrument),
            stated.average_price,
            listed.price_decimals if listed else 0,
        )

    def _average_text(self, stated: VenuePosition) -> str:
        ours = self._ledger.average(stated.instrument)
        return (
            f"{stated.instrument}: our average price is {money.plain(ours)}, "
            f"the venue says {money.plain(stated.average_price)}"
        )

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
