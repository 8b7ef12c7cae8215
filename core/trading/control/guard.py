"""Acts on what is lost: locks opening and switches programs off, by itself, once a breach shows.

While a lock stands no program is on but the hedger: without it the rest would run unhedged, and
the gate lets only those of its orders pass that bring the delta nearer to zero.
"""

from __future__ import annotations

from core.clock import NS_PER_S
from core.domain.label import HEDGER
from core.settings import RiskSettings
from core.trading.control.automation import Automations
from core.trading.risk.conditions import Conditions
from core.trading.risk.exposure import Unmeasured
from core.trading.risk.losses import Losses
from core.trading.risk.sleeve_losses import SleeveLosses

LOOK_NS = NS_PER_S // 2


class Guard:
    """Watches on the loop's ticks; says what it did as alarms until somebody resets it."""

    def __init__(
        self,
        settings: RiskSettings,
        conditions: Conditions,
        losses: Losses,
        sleeves: SleeveLosses,
        automations: Automations,
    ) -> None:
        self._settings = settings
        self._conditions = conditions
        self._losses = losses
        self._sleeves = sleeves
        self._automations = automations
        self._looked_ns = 0
        self._running: tuple[str, ...] = ()
        self.sleeve_lost_usd: dict[str, float] = {}
        """Per program that is on, the hedger left out; NaN while it cannot be known."""
        self._publish()

    @property
    def alarms(self) -> tuple[str, ...]:
        """What needs a person."""
        lock = self._losses.lock
        return (f"opening is locked: {lock}; `risk reset` lifts it",) if lock else ()

    def watch(self, now_ns: int) -> None:
        """Look twice a second, and before a program that went on sends its first order.

        Nothing is judged by figures that may be old.
        """
        is_due = not 0 <= now_ns - self._looked_ns < LOOK_NS
        is_due = is_due or self._automations.running != self._running
        if is_due and self._conditions.is_reconciled:
            self.look(now_ns)

    def look(self, now_ns: int) -> None:
        """Count what is lost now, and act."""
        self._looked_ns = now_ns
        self._running = self._automations.running
        self._losses.look(now_ns)
        self._publish()
        self._watch_sleeves(now_ns)
        if self._losses.lock:
            for name in self._automations.running:
                if name != HEDGER:
                    self._automations.end(name, f"opening is locked: {self._losses.lock}", now_ns)

    def refusal(self, name: str) -> str:
        """Why a program may not be switched on now; empty when it may."""
        lock = self._losses.lock
        if not lock or name == HEDGER:
            return ""
        return f"{name} stays off: opening is locked: {lock}"

    def reset(self, now_ns: int) -> str:
        """Lift the lock and count anew; programs stay off until they are switched on."""
        text = self._losses.reset(now_ns)
        self._publish()
        return text

    def _publish(self) -> None:
        self._conditions.lock = self._losses.lock
        self._conditions.unknown_losses = self._losses.why

    def _watch_sleeves(self, now_ns: int) -> None:
        self.sleeve_lost_usd = {}
        running = self._automations.running
        for name in self._automations.names:
            if name not in running:
                self._sleeves.forget(name)
            elif name != HEDGER:
                self._judge(name, now_ns)

    def _judge(self, name: str, now_ns: int) -> None:
        most = self._settings.max_sleeve_loss_usd
        try:
            lost = self._sleeves.lost_usd(name, self._automations.owner(name))
        except Unmeasured:
            self.sleeve_lost_usd[name] = float("nan")
            return
        self.sleeve_lost_usd[name] = float(lost)
        if lost > most:
            words = f"it lost {lost:,.0f} USD, the limit is {most:,.0f} USD"
            self._automations.end(name, f"{words} (risk.max_sleeve_loss_usd)", now_ns)
            self._sleeves.forget(name)
