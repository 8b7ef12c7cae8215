"""Faults that wait for a request: refusals, lost and late answers, a cut after an order."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.simulator.rpc import RpcError, unauthorized
from core.simulator.server.faults.reading import Fault

REFUSING = ("refuse", "unauthorized", "too_many_requests")


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    left: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What happens to the answer of a request that was carried out."""

    is_lost: bool = False
    late_s: float = 0.0
    is_cut: bool = False
    """The socket breaks right after."""


UNHARMED = Aftermath()


@dataclass(slots=True)
class RequestFaults:
    """First armed, first met."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def arm(self, fault: Fault) -> None:
        """Wait for the next requests it is meant for."""
        count = fault.count() if "count" in fault.settings else 1
        self._waiting.append(_Waiting(fault, count))

    def before(self, method: str, client_id: str | None) -> None:
        """Raise what refuses this request."""
        if not self._waiting:
            return
        fault = self._take(REFUSING, method, client_id)
        if fault is None:
            return
        if fault.kind == "unauthorized":
            raise unauthorized()
        if fault.kind == "too_many_requests":
            raise RpcError(10028, "too_many_requests")
        raise RpcError(fault.count("code"), fault.text("message"))

    def after(self, method: str, client_id: str | None) -> Aftermath:
        """What becomes of the answer."""
        if not self._waiting:
            return UNHARMED
        slow = self._take(("slow",), method, client_id)
        cut = self._take(("cut",), method, client_id, "after")
        return Aftermath(
            self._take(("lost_reply",), method, client_id) is not None
            or (cut is not None and not cut.is_on("answered")),
            slow.number("seconds") if slow else 0.0,
            cut is not None,
        )

    def _take(
        self, kinds: tuple[str, ...], method: str, client_id: str | None, key: str = "method"
    ) -> Fault | None:
        for waiting in self._waiting:
            if waiting.fault.kind in kinds and waiting.fault.meets(method, client_id, key):
                waiting.left -= 1
                if not waiting.left:
                    self._waiting.remove(waiting)
                return waiting.fault
        return None
