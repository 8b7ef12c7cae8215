"""A venue that takes no orders: tapes, and desks without a key."""

from __future__ import annotations

from math import nan

from core.domain.events import CancelFailed, OutcomeArrived
from core.domain.order import Amendment, NewOrder
from core.domain.outcome import Refused
from core.venues.base import Emit, LinkState


class NoVenue:
    """Refuses everything with the one reason it was made with."""

    def __init__(self, emit: Emit, why: str) -> None:
        self._emit = emit
        self._why = why

    def start(self) -> None:
        """Nothing to connect."""

    def stop(self) -> bool:
        """Nothing to end."""
        return True

    def place(self, order: NewOrder) -> None:
        """Refuse it."""
        self._emit(OutcomeArrived(Refused(order.label, self._why)))

    def amend(self, change: Amendment) -> None:
        """Refuse it."""
        self._emit(CancelFailed(change.order_id, self._why))

    def cancel(self, order_id: str) -> None:
        """Refuse it."""
        self._emit(CancelFailed(order_id, self._why))

    def cancel_label(self, label: str, instrument: str) -> None:
        """Refuse it."""
        del instrument
        self._emit(CancelFailed(label, self._why))

    def cancel_all(self) -> None:
        """Nothing can rest here."""

    def ask_label(self, label: str, instrument: str) -> None:
        """Nobody to ask."""

    def reconcile(self) -> None:
        """Nobody to ask."""

    def state(self) -> LinkState:
        """Down, with the reason."""
        return LinkState("trading", False, self._why, 0, 0, 0, 0, nan, nan)
