"""Tiny strategies for the tests."""

from __future__ import annotations

from decimal import Decimal

from core.trading.strategy import Context, Execution, Target
from tests.core.trading.market import PERP


class Wants:
    """Says the same target again and again."""

    def __init__(
        self,
        amount: str = "0",
        name: str = "hedger",
        instrument: str = PERP,
        execution: Execution | None = None,
        sleeve: str = "",
    ) -> None:
        self.name = name
        self.amount: Decimal | None = Decimal(amount)
        self.instrument = instrument
        self.execution = execution or Execution()
        self.sleeve = sleeve or name
        self.starts = 0
        self.stops = 0

    def start(self, context: Context) -> None:
        assert context.now_ns > 0
        self.starts += 1

    def stop(self, context: Context) -> None:
        assert context.now_ns > 0
        self.stops += 1

    def on_time(self, context: Context) -> tuple[Target, ...]:
        assert context.now_ns > 0
        if self.amount is None:
            return ()
        return (Target(self.sleeve, self.instrument, self.amount, "test", self.execution),)

    def status(self) -> str:
        return f"wants {self.amount}"


class Breaks(Wants):
    """Raises as soon as it is asked for targets while on."""

    is_broken = False

    def on_time(self, context: Context) -> tuple[Target, ...]:
        if self.is_broken:
            raise ZeroDivisionError("a bug in a strategy")
        return super().on_time(context)
