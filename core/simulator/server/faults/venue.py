"""Faults of the whole exchange: maintenance, a restart, a long settlement."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.simulator.exchange import Exchange
from core.simulator.feeds.channel import Channel
from core.simulator.rpc import RpcError
from core.simulator.server.faults.reading import ORDER_METHODS, Fault
from core.simulator.server.faults.sockets import Socket
from core.simulator.server.timing import Timing

GOING_AWAY = 1001
OPEN_IN_MAINTENANCE = frozenset(
    "public/" + name
    for name in (
        "auth", "status", "test", "hello", "get_time", "set_heartbeat", "disable_heartbeat",
        "subscribe", "unsubscribe", "unsubscribe_all",
    )
)  # fmt: skip


class VenueFaults:
    """States the exchange is in for a while."""

    def __init__(
        self, exchange: Exchange, timing: Timing, sockets: Callable[[], Iterable[Socket]]
    ) -> None:
        self._exchange = exchange
        self._timing = timing
        self._sockets = sockets
        self._settling_until_s = 0.0
        self._down_until_s = 0.0
        self._maintenances = 0

    def before(self, method: str) -> None:
        """Raise what the exchange's state refuses."""
        if self._exchange.is_locked and method not in OPEN_IN_MAINTENANCE:
            raise RpcError(11051, "system_maintenance")
        if method in ORDER_METHODS and self._timing.now_s() < self._settling_until_s:
            raise RpcError(10041, "settlement_in_progress")

    @property
    def is_down(self) -> bool:
        """True while a restart lets nobody in."""
        return self._timing.now_s() < self._down_until_s

    def settlement(self, fault: Fault) -> None:
        """Refuse orders for a while."""
        self._settling_until_s = self._timing.now_s() + fault.number("seconds")

    def restart(self, fault: Fault) -> None:
        """Break every socket and let nobody in for a while."""
        self._down_until_s = self._timing.now_s() + fault.number("seconds")
        for socket in list(self._sockets()):
            socket.cut()

    def maintenance(self, fault: Fault) -> None:
        """Begin or end it."""
        self._maintenances += 1
        if not fault.is_on("on"):
            self._set_locked(False)
            return
        self._set_locked(True)
        for socket in list(self._sockets()):
            socket.close(GOING_AWAY, b"system_maintenance")
        if fault.number("seconds"):
            number = self._maintenances
            self._timing.later(fault.number("seconds"), lambda: self._end(number))

    def _end(self, number: int) -> None:
        """Its own time is over, unless another one was begun."""
        if number == self._maintenances:
            self._set_locked(False)

    def _set_locked(self, is_locked: bool) -> None:
        self._exchange.is_locked = is_locked
        channel: Channel | None = self._exchange.hub.find("platform_state")
        if channel is not None:
            channel.emit({"maintenance": is_locked})
