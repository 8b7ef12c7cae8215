"""Faults of connections: the ones that are there now, and delays for those to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from core.simulator.rpc import encode, invalid
from core.simulator.server.faults.frames import Tampering
from core.simulator.server.faults.reading import Fault, matches

HEARTBEAT_CLOSE = 4000
MEGABYTE = 1_000_000
_TORN = b'{"jsonrpc":"2.0","method":"subscription","params":{"chan'


class Outgoing(Protocol):
    """The way out of one socket."""

    tampering: Tampering

    def hold(self, seconds: float) -> None:
        """Send nothing for a while."""
        ...

    def reverse(self, answers: int) -> None:
        """Send the next answers last first."""
        ...


class Socket(Protocol):
    """What a fault can do to a session."""

    @property
    def outbox(self) -> Outgoing:
        """Its way out."""
        ...

    @property
    def client_id(self) -> str | None:
        """Who is logged in."""
        ...

    def channels(self) -> list[str]:
        """What it subscribed to."""
        ...

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        ...

    def cut(self) -> None:
        """Drop it without a close frame."""
        ...

    def freeze(self, seconds: float) -> None:
        """Neither read nor send, then drop."""
        ...

    def close(self, code: int, reason: bytes) -> None:
        """Close it politely."""
        ...


class SocketFaults:
    """Acts on the sockets a fault is meant for."""

    def __init__(self, sockets: Callable[[], Iterable[Socket]]) -> None:
        self._sockets = sockets
        self.delays: list[Fault] = []

    def late_s(self, what: str, client_id: str | None) -> float:
        """How late `answers` or `frames` of a client are."""
        meant = (d for d in self.delays if d.is_for(client_id) and d.text("what") in (what, "both"))
        return max((delay.number("seconds") for delay in meant), default=0.0)

    def delay(self, fault: Fault) -> None:
        """Replace the delay of the same client and traffic; 0 seconds ends it."""
        if fault.text("what") not in ("answers", "frames", "both"):
            raise invalid("what", "must be answers, frames or both")
        key = (fault.chosen("client"), fault.text("what"))
        self.delays = [d for d in self.delays if (d.chosen("client"), d.text("what")) != key]
        if fault.number("seconds"):
            self.delays.append(fault)

    def tamper(self, fault: Fault) -> None:
        """gap, duplicate, reorder."""
        wanted = fault.chosen("channel")
        found = [
            (socket, name)
            for socket in self._meant(fault)
            for name in socket.channels()
            if (is_book(name) if wanted is None else matches(name, wanted))
        ]
        if wanted is not None and not found:
            raise invalid("channel", "not subscribed")
        for socket, name in found:
            socket.outbox.tampering.add(name, fault.kind, fault.count())

    def cut(self, fault: Fault) -> None:
        """Break them."""
        for socket in self._meant(fault):
            socket.cut()

    def silent(self, fault: Fault) -> None:
        """Hold everything back."""
        for socket in self._meant(fault):
            socket.outbox.hold(fault.number("seconds"))

    def half_open(self, fault: Fault) -> None:
        """Freeze them."""
        for socket in self._meant(fault):
            socket.freeze(fault.number("seconds"))

    def heartbeat_close(self, fault: Fault) -> None:
        """Close with 4000."""
        for socket in self._meant(fault):
            socket.close(HEARTBEAT_CLOSE, b"heartbeat close")

    def malformed(self, fault: Fault) -> None:
        """Send half a frame as a whole one."""
        for socket in self._meant(fault):
            for _ in range(fault.count()):
                socket.send(_TORN)

    def oversized(self, fault: Fault) -> None:
        """Send one very large frame that is valid JSON."""
        data = {"timestamp": 0, "filler": "x" * int(fault.number("megabytes") * MEGABYTE)}
        params = {"channel": "announcements", "data": data}
        frame = encode({"jsonrpc": "2.0", "method": "subscription", "params": params})
        for socket in self._meant(fault):
            socket.send(frame)

    def out_of_order(self, fault: Fault) -> None:
        """Turn the next answers round."""
        for socket in self._meant(fault):
            socket.outbox.reverse(fault.count())

    def _meant(self, fault: Fault) -> list[Socket]:
        return [socket for socket in self._sockets() if fault.is_for(socket.client_id)]


def is_book(channel: str) -> bool:
    """True for the incremental book channels."""
    return channel.startswith("book.") and channel.count(".") == 2
