"""The delta hedger: one contract per currency against the delta of all its options."""

from __future__ import annotations

from core.clock import NS_PER_S
from core.domain.label import HEDGER
from core.settings import HedgerSettings
from core.strategies.contract_hedge import ContractHedge, Reading
from core.strategies.views import HedgeView
from core.trading.strategy import Context, Target

LOOK_NS = NS_PER_S // 2
"""How often everything is added up anew."""


class DeltaHedger:
    """Holds the options' delta inside a band; other futures are positions of their own.

    Every half second, on or off, each currency is added up and `view` replaced. While on, a
    mismatch strictly outside the band becomes one target of the sleeve `hedger`. The tuple
    `on_time` returns is everything that stands: what is not in it is not wanted any more.
    """

    name = HEDGER

    def __init__(self, settings: HedgerSettings) -> None:
        self._hedges = tuple(ContractHedge(settings, name) for name in settings.instruments)
        self._is_on = False
        self._due_ns = 0
        self._looked_ns = 0
        self.view: tuple[HedgeView, ...] = tuple(
            hedge.view(Reading(), False) for hedge in self._hedges
        )
        """One per currency, replaced whole; any thread may read it."""

    def start(self, context: Context) -> None:
        """Switch on: what all sleeves hold is counted, so nothing is hedged twice."""
        self._is_on = True
        self._due_ns = context.now_ns
        for hedge in self._hedges:
            hedge.reset()

    def stop(self, context: Context) -> None:
        """Switch off: what is held stays held."""
        self._is_on = False
        self._due_ns = context.now_ns
        for hedge in self._hedges:
            hedge.reset()

    def on_time(self, context: Context) -> tuple[Target, ...]:
        """The targets that stand; looks anew when half a second has gone by."""
        if context.now_ns >= self._due_ns or context.now_ns < self._looked_ns:
            self._look(context)
        if not self._is_on:
            return ()
        standing = (hedge.standing() for hedge in self._hedges)
        return tuple(target for target in standing if target is not None)

    def status(self) -> str:
        """Every currency's state in one line."""
        if not self._is_on:
            return "off"
        return "; ".join(f"{hedge.chain} {hedge.status}" for hedge in self._hedges)

    def _look(self, context: Context) -> None:
        self._looked_ns = context.now_ns
        self._due_ns = context.now_ns + LOOK_NS
        views: list[HedgeView] = []
        for hedge in self._hedges:
            reading = hedge.look(context)
            if self._is_on:
                hedge.decide(context, reading)
            else:
                hedge.rest(reading)
            views.append(hedge.view(reading, self._is_on))
        self.view = tuple(views)
