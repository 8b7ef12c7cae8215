"""A connection that exists only in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.methods.table import METHODS
from tests.core.simulator.still import Desk


@dataclass
class Wire:
    """A connection of one client."""

    client_id: str | None
    is_websocket: bool = True
    scope: str = "session:test"
    heartbeat_s: int = 0
    cancel_on_disconnect: bool = False

    def login(self, params: Params) -> dict[str, object]:
        """Not used here."""
        raise AssertionError(params)

    def logout(self, invalidate: bool) -> None:
        """Not used here."""
        raise AssertionError(invalidate)

    def join(self, name: str) -> bool:
        """Not used here."""
        raise AssertionError(name)

    def leave(self, name: str) -> bool:
        """Not used here."""
        raise AssertionError(name)

    def leave_all(self) -> None:
        """Not used here."""
        raise AssertionError

    def inject(self, params: Params) -> object:
        """Not used here."""
        raise AssertionError(params)


def ask(desk: Desk, method: str, **params: Any) -> Any:
    """Call a method as ann; what it caused is sent at once, as behind a real connection."""
    answer = METHODS[method](Call(desk.exchange, Wire("ann"), Params(params)))
    desk.exchange.flush_client()
    return answer
