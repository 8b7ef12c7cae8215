"""Brings positions to zero with reduce-only orders that cross, in every state of the world."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.label import MANUAL, new_label
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.market.board import Board
from core.trading.execution.prices import exit_price
from core.trading.ledger.ledger import Ledger
from core.trading.ledger.reconciliation import Reconciliation
from core.trading.orders.blotter import Blotter
from core.trading.orders.gateway import Gateway
from core.trading.orders.machine import OrderMachine, Retry
from core.trading.risk.exposure import price_of

log = logging.getLogger(__name__)
TRIES = 5
BLIND_TRY = 3
"""From this try on a market order goes out: two capped limits found nobody."""
REST_S = 3.0
"""What is left of a market order rests in the book; so long, then it is cancelled."""

Say = Callable[[int, bool, str, int], None]
"""(command number, is ok, text, now): puts a reply next to its command."""


@dataclass(slots=True)
class Job:
    """One position on its way to zero."""

    instrument: str
    number: int
    """Of the command that asked."""
    sleeve: str = ""
    """Whose lot alone is closed; empty for all of the instrument."""
    tries: int = 0
    orders: list[OrderMachine] = field(default_factory=list)
    sent_ns: int = 0
    retry: Retry = field(default_factory=lambda: Retry(0.5, 2.0))
    reason: str = ""
    """Why the last try did not do it."""


class Closer:
    """Each sleeve's part is closed under its own label, so that lots stay whose they are."""

    def __init__(
        self,
        board: Board,
        ledger: Ledger,
        truth: Reconciliation,
        blotter: Blotter,
        gateway: Gateway,
        say: Say,
    ) -> None:
        self._board = board
        self._ledger = ledger
        self._truth = truth
        self._blotter = blotter
        self._gateway = gateway
        self._say = say
        self._jobs: dict[tuple[str, str], Job] = {}

    def close(self, instrument: str, number: int) -> None:
        """Bring `instrument` to zero; asked again, the newer command gets the answer.

        What closes single lots of it goes on as part of this.
        """
        job = self._jobs.setdefault((instrument, ""), Job(instrument, number))
        job.number, job.tries = number, 0
        job.retry.settle()
        for key in [key for key in self._jobs if key[0] == instrument and key[1]]:
            job.orders += self._jobs.pop(key).orders

    def close_lot(self, sleeve: str, instrument: str, number: int) -> None:
        """Bring one sleeve's part of `instrument` to zero and leave the others' alone."""
        if (instrument, "") not in self._jobs:
            self._jobs.setdefault((instrument, sleeve), Job(instrument, number, sleeve))

    def is_closing(self, sleeve: str, instrument: str) -> bool:
        """True while the lot, or all of its instrument, is on its way to zero."""
        return (instrument, sleeve) in self._jobs or (instrument, "") in self._jobs

    def stop(self) -> None:
        """Forget every job; orders already sent live out their moment."""
        self._jobs.clear()

    def step(self, now_ns: int) -> None:
        """Move every job on; called on every event while the link is up."""
        for job in list(self._jobs.values()):
            if any(one.is_working or one.outstanding for one in job.orders):
                self._end_resting(job, now_ns)
                continue
            amount = self._amount(job)
            job.reason = next((o.report.reason for o in job.orders if o.report.reason), job.reason)
            if not amount:
                self._finish(job, now_ns)
            elif job.tries >= TRIES:
                self._give_up(job, amount, now_ns)
            elif job.retry.due_ns is None or job.retry.is_due(now_ns):
                self._send(job, amount, now_ns)

    def _end_resting(self, job: Job, now_ns: int) -> None:
        if now_ns - job.sent_ns >= int(REST_S * NS_PER_S):
            for machine in job.orders:
                self._gateway.cancel(machine, now_ns)

    def _send(self, job: Job, amount: Decimal, now_ns: int) -> None:
        job.tries += 1
        job.retry.tried(now_ns)
        job.sent_ns = now_ns
        job.orders = []
        parts = [(job.sleeve, amount)] if job.sleeve else self._parts(job.instrument, amount)
        for sleeve, part in parts:
            order = self._order(job, sleeve, part)
            if order is None:
                job.reason = "no price is known"
            elif (reason := self._gateway.submit(order, now_ns)) is not None:
                job.reason = reason
            elif (machine := self._blotter.find(order.label)) is not None:
                job.orders.append(machine)

    def _amount(self, job: Job) -> Decimal:
        """What is still to be closed, signed."""
        if job.sleeve:
            return self._ledger.held(job.sleeve, job.instrument)
        return self._truth.true_amount(job.instrument)

    def _parts(self, instrument: str, amount: Decimal) -> list[tuple[str, Decimal]]:
        """(sleeve, signed part) that sum to `amount`: sleeves on its side, the rest manual."""
        parts: dict[str, Decimal] = {}
        left = amount
        for sleeve, held in self._ledger.sleeves_in(instrument):
            if held * left > 0:
                part = min(held, left, key=abs)
                parts[sleeve] = part
                left -= part
        if left:
            parts[MANUAL] = parts.get(MANUAL, Decimal(0)) + left
        return list(parts.items())

    def _order(self, job: Job, sleeve: str, part: Decimal) -> NewOrder | None:
        """The next try; None without a price where only a priced order may go out."""
        side = Side.SELL if part > 0 else Side.BUY
        label = new_label(sleeve)
        listed = self._board.instrument(job.instrument)
        reduces = not job.sleeve or self._is_within_total(job.instrument, part)
        if listed is not None and (job.tries < BLIND_TRY or not reduces):
            price = exit_price(self._board, listed, side, job.tries)
            if price is not None:
                ioc = TimeInForce.IOC
                return NewOrder(
                    job.instrument,
                    side,
                    abs(part),
                    label,
                    price=price,
                    time_in_force=ioc,
                    reduce_only=reduces,
                )
        if not reduces:
            return None
        kind = OrderType.MARKET
        return NewOrder(job.instrument, side, abs(part), label, kind, reduce_only=True)

    def _is_within_total(self, instrument: str, part: Decimal) -> bool:
        """False where another sleeve faces the lot: there the venue holds less than the lot, and
        would cut or refuse what may only reduce."""
        total = self._ledger.total(instrument)
        return total * part > 0 and abs(total) >= abs(part)

    def _finish(self, job: Job, now_ns: int) -> None:
        del self._jobs[job.instrument, job.sleeve]
        if job.sleeve:
            text = f"{job.instrument}: the lot of {job.sleeve} is closed"
            self._say(job.number, True, text, now_ns)
            return
        quote = self._board.quote(job.instrument)
        prices = [one.report.average_price for one in job.orders if one.report.average_price]
        price = prices[0] if prices else price_of(quote.mark, quote.mid, quote.last)
        if job.tries and price is not None:
            self._ledger.net_out(job.instrument, price, now_ns)
        self._say(job.number, True, f"{job.instrument} is flat", now_ns)

    def _give_up(self, job: Job, amount: Decimal, now_ns: int) -> None:
        del self._jobs[job.instrument, job.sleeve]
        text = f"{job.instrument}: {amount.normalize():f} could not be closed in {TRIES} tries"
        text += f": {job.reason}" if job.reason else ""
        log.error("%s", text, extra={"kind": "RISK", "source": job.sleeve or "close"})
        self._say(job.number, False, text, now_ns)
