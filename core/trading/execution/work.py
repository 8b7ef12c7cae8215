"""One difference on its way to zero: what was sent for it and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from core.trading.execution.slices import Slices
from core.trading.orders.machine import OrderMachine, Retry
from core.trading.strategy import Execution

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Progress:
    """What was sent for one target; filled + open + cancelled is always asked."""

    asked: Decimal = ZERO
    filled: Decimal = ZERO
    open: Decimal = ZERO
    cancelled: Decimal = ZERO

    def plus(self, machine: OrderMachine) -> Progress:
        """The sums with one more order, wherever it stands."""
        report = machine.report
        gone = report.amount - report.filled - report.remaining
        return Progress(
            self.asked + report.amount,
            self.filled + report.filled,
            self.open + report.remaining,
            self.cancelled + gone,
        )


@dataclass(slots=True)
class Work:
    """The order in flight and the habits of one target or parent order."""

    sleeve: str
    instrument: str
    execution: Execution
    slices: Slices | None = None
    order: OrderMachine | None = None
    """The one in flight, or the last one until its end was noted."""
    rest_until_ns: int = 0
    has_rested: bool = False
    """The passive try is over: the rest crosses."""
    repriced: int = 0
    """How often the resting order was looked at anew since the passive try began."""
    amended_from: Decimal | None = None
    """The price before an amend that is not confirmed; None when none is under way."""
    amend_until_ns: int = 0
    held_since_ns: int | None = None
    """Since when the gate would not let the resting order in."""
    retry: Retry = field(default_factory=lambda: Retry(0.5, 30.0))
    """When to try again after a refusal or an order that found nobody."""
    refusals: int = 0
    """Refusals in a row."""
    status: str = ""
    """What it waits for, in words."""
    past: Progress = Progress()

    @property
    def progress(self) -> Progress:
        """What was sent, the order in flight included."""
        return self.past if self.order is None else self.past.plus(self.order)

    def try_passive(self) -> None:
        """Begin again at the touch."""
        self.has_rested, self.repriced = False, 0


def work_for(sleeve: str, instrument: str, execution: Execution) -> Work:
    """New work, spread over time if its execution says so."""
    slices = None
    if execution.slices > 1:
        slices = Slices(execution.slices, execution.duration_s, execution.jitter)
    return Work(sleeve, instrument, execution, slices)
