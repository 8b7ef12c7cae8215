"""The venue's own books folded into the ledger: funding, deliveries, transfers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain import money
from core.domain.booking import Booking, BookingKind
from core.domain.position import VenuePosition
from core.trading.journal import BookingRecord, Journal, NoteRecord, Restored
from core.trading.ledger.ledger import Delivery, Ledger

log = logging.getLogger(__name__)
ZERO = Decimal(0)
WRITTEN_EVERY_NS = 300 * NS_PER_S
"""Funding trickles; it is written down in pieces of so long, and whenever a session ends."""
DELIVERY_WAIT_NS = 90 * NS_PER_S
"""How long an expired contract waits for the venue to say what it paid."""


class VenueBooks:
    """Takes every line once, however often it is told.

    The funding of a running session is what the venue states with the position; what the line of
    the settlement says in the end replaces it. Both only ever book the difference to what was
    booked before, so their order does not matter.
    """

    def __init__(
        self, ledger: Ledger, journal: Journal, restored: Restored, venue_now_ns: Callable[[], int]
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._venue_now_ns = venue_now_ns
        self._known = set(restored.bookings)
        self._began_ns = restored.began_ns
        self._session = defaultdict(Decimal, restored.funding)
        """Instrument to the funding of the running session that is booked."""
        self._unwritten: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """(sleeve, instrument) to funding that is booked and not written down."""
        self._written_ns = 0
        self._writings = 0
        self._transfers: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._prices: dict[str, Delivery] = {}
        self._awaited: dict[str, int] = {}

    def begin(self, positions: Iterable[VenuePosition]) -> None:
        """The first comparison: without a past, what was paid before it is not ours."""
        if self._began_ns:
            return
        self._began_ns = self._venue_now_ns()
        self._record("", "began", "began", "", "", ZERO, self._began_ns)
        for one in positions:
            if one.funding is not None:
                self._session[one.instrument] = one.funding

    def observe(self, positions: Iterable[VenuePosition], now_ns: int) -> None:
        """Book what funding came since it was looked at last."""
        for one in positions:
            if one.funding is not None:
                self._earn(one.instrument, one.funding)
                self._session[one.instrument] = one.funding
        if now_ns - self._written_ns >= WRITTEN_EVERY_NS:
            self._write(now_ns)

    def take(self, bookings: Iterable[Booking], now_ns: int) -> None:
        """Fold lines in that were not taken before; lines from before the start are history."""
        for one in bookings:
            key = (one.currency, one.id)
            is_history = not self._began_ns or one.at_ns < self._began_ns
            if key in self._known:
                continue
            if is_history and self._began_ns:
                self._known.add(key)
            elif not is_history:
                self._known.add(key)
                self._fold(one, now_ns)

    def transfers(self, currency: str) -> Decimal:
        """Money that came without a trade since this start; negative when it went."""
        return self._transfers[currency]

    @property
    def is_awaiting(self) -> bool:
        """True while what an expired contract paid is not known."""
        return bool(self._awaited)

    def is_awaited(self, instrument: str) -> bool:
        """True while what this expired contract paid is not known."""
        return instrument in self._awaited

    def expire(self, instrument: str, now_ns: int) -> None:
        """The venue holds none of an expired contract: pay it out, or wait for the price."""
        told = self._prices.get(instrument)
        since_ns = self._awaited.setdefault(instrument, now_ns)
        if told is not None:
            self._deliver(Delivery(instrument, told.price), now_ns)
        elif now_ns - since_ns >= DELIVERY_WAIT_NS:
            self._deliver(Delivery(instrument, None), now_ns)

    def _fold(self, one: Booking, now_ns: int) -> None:
        match one.kind:
            case BookingKind.SETTLED:
                self._settle(one, now_ns)
            case BookingKind.DELIVERED:
                if one.funding is not None:
                    self._settle(one, now_ns)
                delivery = Delivery(one.instrument, one.price, one.fee)
                self._prices[one.instrument] = delivery
                self._deliver(delivery, now_ns)
            case BookingKind.CASH:
                self._transfers[one.currency] += one.change
                text = f"{one.currency}: {one.change:+f} came or went without a trade"
                self._say("cash", text, now_ns)
        self._record(
            "", one.kind.value, one.id, one.currency, one.instrument, one.change, one.at_ns
        )

    def _settle(self, one: Booking, now_ns: int) -> None:
        if one.funding is not None:
            self._earn(one.instrument, one.funding)
        self._write(now_ns)
        self._session[one.instrument] = ZERO

    def _deliver(self, delivery: Delivery, now_ns: int) -> None:
        name = delivery.instrument
        self._awaited.pop(name, None)
        held = self._ledger.total(name)
        if not self._ledger.sleeves_in(name):
            return
        before = self._ledger.realised(name)
        self._ledger.deliver(delivery, now_ns)
        gained = self._ledger.realised(name) - before
        currency = self._ledger.currency(name)
        text = f"{name}: {held.normalize():f} expired and was delivered"
        if delivery.price is None:
            text += "; the venue did not say at what price, so no profit is booked"
        else:
            text += f" at {money.plain(delivery.price)}, profit {money.plain(gained)} {currency}"
            text += f", fee {money.plain(delivery.fee)}"
        self._say("delivered", text, now_ns)

    def _earn(self, instrument: str, stated: Decimal) -> None:
        change = stated - self._session[instrument]
        if change:
            for sleeve, part in self._ledger.earn(instrument, change):
                self._unwritten[sleeve, instrument] += part

    def _write(self, now_ns: int) -> None:
        self._written_ns = now_ns
        for (sleeve, name), amount in self._unwritten.items():
            if amount:
                self._writings += 1
                id_ = f"funding-{now_ns}-{self._writings}"
                self._record(
                    sleeve, "funding", id_, self._ledger.currency(name), name, amount, now_ns
                )
        self._unwritten.clear()

    def _record(
        self,
        sleeve: str,
        kind: str,
        id_: str,
        currency: str,
        instrument: str,
        amount: Decimal,
        at_ns: int,
    ) -> None:
        record = BookingRecord(sleeve, kind, id_, currency, instrument, amount)
        self._journal.record("booking", record, at_ns)

    def _say(self, kind: str, text: str, now_ns: int) -> None:
        log.info("%s", text, extra={"kind": "INFO", "source": "ledger"})
        self._journal.record("note", NoteRecord(kind, text), now_ns)
