"""A client's socket without a network: requests go in, the frames of the session come out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from core.simulator.rpc import Request
from core.simulator.server.access.credentials import Credentials
from core.simulator.server.access.login import Identity
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.faults.desk import Faults
from core.simulator.server.session import Session
from core.simulator.server.timing import WallTiming
from core.simulator.server.web import HttpCall
from tests.core.simulator.still import Desk

CLIENTS = ("ann", "ben")


class Drain(asyncio.Transport):
    """Keeps what a session writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        """Never."""
        return False

    def get_write_buffer_size(self) -> int:
        """Nothing ever waits."""
        return 0

    def abort(self) -> None:
        """Forget what was written."""
        self.written.clear()


class Indoors:
    """One session on a still exchange; time passes when told."""

    def __init__(self, desk: Desk, client: str | None = "ann", is_limited: bool = False) -> None:
        self.desk = desk
        self.frames: list[dict[str, Any]] = []
        """Notifications in order of arrival."""
        self._loop = asyncio.new_event_loop()
        self._drain = Drain()
        timing, clock = WallTiming(), desk.exchange.clock
        secrets = dict.fromkeys(CLIENTS, "secret")
        credentials = Credentials(secrets, timing.now_s, clock.now_ms)
        faults = Faults(desk.exchange, credentials, timing, lambda: ())
        self._dispatcher = Dispatcher(desk.exchange, credentials, faults, timing, is_limited)
        self.session = Session(self._dispatcher, self._drain)
        self._id = 0
        if client is not None:
            self.call(
                "public/auth", grant_type="client_credentials", client_id=client,
                client_secret="secret",
            )  # fmt: skip

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The whole answer to one request."""
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self.turn(lambda: self.session.receive(json.dumps(request)))
        return self.answers.pop()

    def call(self, method: str, **params: object) -> Any:
        """The result of one request; KeyError when it was refused."""
        return self.ask(method, **params)["result"]

    def get(self, method: str, **params: object) -> dict[str, Any]:
        """The whole answer to an HTTP GET by the same client."""
        call = HttpCall(self._dispatcher, Identity(self.session.client_id, self.session.scope), "")
        frame = self._dispatcher.run(call, Request(method, dict(params), None)).frame
        assert frame is not None
        answer: dict[str, Any] = json.loads(frame)
        return answer

    def subscribe(self, *channels: str) -> dict[str, Any]:
        """The whole answer to private/subscribe."""
        return self.ask("private/subscribe", channels=list(channels))

    def run(self, seconds: float, step_s: float = 0.1) -> None:
        """Let time pass."""
        self.turn(lambda: self.desk.run(seconds, step_s))

    def seen(self, channel: str) -> list[dict[str, Any]]:
        """Every frame of a channel so far."""
        return [f for f in self.frames if f["params"].get("channel") == channel]

    def data(self, channel: str) -> list[Any]:
        """Data of every frame of a channel so far."""
        return [frame["params"]["data"] for frame in self.seen(channel)]

    def turn(self, work: Callable[[], None]) -> None:
        """Do something inside the loop and read what it sent."""
        self.answers: list[dict[str, Any]] = []

        async def once() -> None:
            work()
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        self._loop.run_until_complete(once())
        for payload in payloads(b"".join(self._drain.written)):
            frame = json.loads(payload)
            (self.frames if "method" in frame else self.answers).append(frame)
        self._drain.written.clear()

    def close(self) -> None:
        """Leave every channel and end the loop."""
        self.session.leave_all()
        self._loop.close()


def payloads(data: bytes) -> Iterator[bytes]:
    """The texts of unmasked WebSocket frames (RFC 6455, section 5.2)."""
    while data:
        size, head = data[1], 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[2:head], "big")
        yield data[head : head + size]
        data = data[head + size :]


@contextmanager
def indoors(desk: Desk | None = None, client: str | None = "ann") -> Iterator[Indoors]:
    """A session for the length of a test."""
    opened = Indoors(desk or Desk(), client)
    try:
        yield opened
    finally:
        opened.close()
