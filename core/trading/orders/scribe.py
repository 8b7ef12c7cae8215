"""Writes orders and fills down: every change to the journal, every new state to the log."""

from __future__ import annotations

import logging

from core.domain.fill import Fill
from core.domain.order import OrderState
from core.trading.journal import Journal, NoteRecord, OrderRecord
from core.trading.ledger.ledger import Ledger
from core.trading.orders.machine import OrderMachine
from core.trading.orders.words import fill_text, order_text, state_text

log = logging.getLogger(__name__)


class Scribe:
    """The one place that words what happens to orders."""

    def __init__(self, journal: Journal, ledger: Ledger) -> None:
        self._journal = journal
        self._ledger = ledger
        self._told: dict[int, OrderState] = {}

    def tell_order(self, machine: OrderMachine, now_ns: int) -> None:
        """An order changed."""
        report = machine.report
        self._journal.record("order", OrderRecord(report), now_ns)
        if self._told.get(machine.serial) is report.state:
            return
        if machine.is_working:
            self._told[machine.serial] = report.state
        else:
            self._told.pop(machine.serial, None)
        extra = {"kind": "ORDR", "source": machine.sleeve}
        log.info("%s", self.outcome(machine), extra=extra)

    def tell_fill(self, fill: Fill, sleeve: str) -> None:
        """A fill was taken for the first time."""
        text = fill_text(fill, self._ledger.instrument(fill.instrument))
        log.info("%s", text, extra={"kind": "FILL", "source": sleeve})

    def tell_refusal(self, text: str, sleeve: str, now_ns: int) -> None:
        """The gate refused an order."""
        log.warning("%s", text, extra={"kind": "RISK", "source": sleeve})
        self._journal.record("note", NoteRecord("refusal", text), now_ns)

    def outcome(self, machine: OrderMachine) -> str:
        """The order and what has become of it, in one sentence."""
        instrument = self._ledger.instrument(machine.report.instrument)
        asked = order_text(machine.report, instrument)
        return f"{asked}: {state_text(machine.report, instrument)}"
