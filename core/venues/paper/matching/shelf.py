"""All orders of the paper account and its newest executions, found by id, label and instrument."""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.booking import Booking
from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.venues.paper.journal import (
    BOOKINGS_KEPT,
    ENDED_KEPT,
    FILLS_KEPT,
    Kept,
    KeptOrder,
)
from core.venues.paper.matching.orders import Working
from core.venues.paper.money.account import OpenAmount


class Shelf:
    """Live orders, the last that ended, the last fills, and the numbers given out."""

    def __init__(self) -> None:
        self.working: dict[str, Working] = {}
        self._ended: dict[str, OrderReport] = {}
        self._fills: list[Fill] = []
        self._bookings: list[Booking] = []
        self.number = 0

    def restore(self, kept: Kept) -> None:
        """Take over what was written down; live orders join their queues anew."""
        self.number = kept.number
        self._fills = list(kept.fills)
        self._bookings = list(kept.bookings)
        for order_id, one in kept.orders.items():
            if one.report.state.is_working and one.instrument is not None:
                self.working[order_id] = Working(one.report, one.instrument, len(self.working))
            else:
                self._ended[order_id] = one.report

    def kept(self) -> dict[str, KeptOrder]:
        """Every order, to be written down."""
        orders = {name: KeptOrder(report) for name, report in self._ended.items()}
        for order_id, one in self.working.items():
            orders[order_id] = KeptOrder(one.report, one.instrument)
        return orders

    def new_id(self) -> str:
        """An id no order or trade of this account ever had; says what it is."""
        self.number += 1
        return f"PAPER-{self.number}"

    def put(self, working: Working) -> None:
        """An order has a new state."""
        report = working.report
        if report.state.is_working:
            self.working[report.order_id] = working
            return
        self.working.pop(report.order_id, None)
        self._ended[report.order_id] = report
        while len(self._ended) > ENDED_KEPT:
            del self._ended[next(iter(self._ended))]

    def add_fill(self, fill: Fill) -> None:
        """Keep an execution."""
        self._fills.append(fill)
        del self._fills[:-FILLS_KEPT]

    def add_booking(self, booking: Booking) -> None:
        """Keep a line of the account's books."""
        self._bookings.append(booking)
        del self._bookings[:-BOOKINGS_KEPT]

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """The newest settlements and deliveries, oldest first."""
        return tuple(self._bookings)

    @property
    def fills(self) -> tuple[Fill, ...]:
        """The newest executions, oldest first."""
        return tuple(self._fills)

    def of_label(self, label: str) -> tuple[OrderReport, ...]:
        """Every order with a label, live ones first."""
        live = [one.report for one in self.working.values() if one.report.label == label]
        return (*live, *(one for one in self._ended.values() if one.label == label))

    def resting_in(self, name: str) -> list[Working]:
        """Resting orders of one instrument, each side in the order a taker meets them."""
        found = [o for o in self.working.values() if o.is_resting and o.instrument.name == name]
        return sorted(found, key=lambda one: (-one.price * one.side.sign, one.serial))

    def stops(self) -> list[Working]:
        """Orders that wait for their mark."""
        return [one for one in self.working.values() if one.is_waiting]

    def busy_names(self) -> tuple[str, ...]:
        """Instruments with a resting order."""
        names = (one.instrument.name for one in self.working.values() if one.is_resting)
        return tuple(dict.fromkeys(names))

    def binding(self, but: str = "") -> Iterator[OpenAmount]:
        """The orders that bind margin, without the one with id `but`; reduce-only ones do not."""
        for order_id, one in self.working.items():
            if one.is_resting and not one.report.reduce_only and order_id != but:
                yield OpenAmount(one.instrument, one.left * one.side.sign, one.price)
