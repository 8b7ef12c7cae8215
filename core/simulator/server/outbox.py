"""The way out of one socket: many frames in one write, and whatever faults do to them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from core.simulator.server.faults.frames import Tampering
from core.simulator.server.faults.sockets import SocketFaults
from core.simulator.server.frames import Packer, text_frame
from core.simulator.server.timing import Timing

log = logging.getLogger(__name__)
MOST_UNSENT_BYTES = 32_000_000
"""A reader further behind than this is too slow and is cut."""


class Lane:
    """A queue that lets frames pass some time after they came, in order."""

    def __init__(self, timing: Timing, send: Callable[[bytes], None]) -> None:
        self._timing = timing
        self._send = send
        self._waiting: deque[bytes] = deque()

    def put(self, frame: bytes, late_s: float) -> None:
        """Send at once when nothing waits and nothing is late."""
        if not late_s and not self._waiting:
            self._send(frame)
            return
        self._waiting.append(frame)
        self._timing.later(late_s, self._release)

    def _release(self) -> None:
        self._send(self._waiting.popleft())


class Outbox:
    """Belongs to a session; frames go in, bytes go to the transport."""

    def __init__(
        self, transport: asyncio.Transport, timing: Timing, faults: SocketFaults,
        client_id: Callable[[], str | None], pack: Packer = text_frame,
    ) -> None:  # fmt: skip
        self._transport = transport
        self._timing = timing
        self._faults = faults
        self._client_id = client_id
        self._pack = pack
        self.tampering = Tampering()
        self._frames = Lane(timing, self._put)
        self._answers = Lane(timing, self._put)
        self._reversing = 0
        self._reversed: list[bytes] = []
        self._out: list[bytes] = []
        self._is_flushing = False
        self._silent_until_s = 0.0
        self._is_frozen = False

    def send(self, frame: bytes) -> None:
        """Queue one notification."""
        if self.tampering:
            self.tampering.pass_on(frame, self._late)
        elif self._faults.delays:
            self._late(frame)
        else:
            self._put(frame)

    def answer(self, frame: bytes, late_s: float = 0.0) -> None:
        """Queue one answer; a late one is passed by those behind it."""
        if late_s:
            self._timing.later(late_s, lambda: self._put(frame))
        elif self._reversing:
            self._reverse(frame)
        else:
            self._answers.put(frame, self._late_s("answers"))

    def hold(self, seconds: float) -> None:
        """Send nothing for a while, as a stalled network would."""
        self._silent_until_s = self._timing.now_s() + seconds

    def freeze(self) -> None:
        """Send nothing any more."""
        self._is_frozen = True
        self._out.clear()

    def finish(self) -> None:
        """Write what waits and nothing after it: a close frame comes next."""
        self.flush()
        self.freeze()

    def reverse(self, answers: int) -> None:
        """Send the next answers last first."""
        self._reversing = answers

    @property
    def unsent_bytes(self) -> int:
        """What the reader has not taken yet."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def flush(self) -> None:
        """Write everything that waits."""
        self._is_flushing = False
        if not self._out or self._transport.is_closing():
            self._out.clear()
            return
        wait_s = self._silent_until_s - self._timing.now_s()
        if wait_s > 0.0:
            self._is_flushing = True
            self._timing.later(wait_s, self.flush)
            return
        self._transport.write(b"".join(self._out))
        self._out.clear()
        if self._transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            log.warning("connection_too_slow: a reader is cut")
            self._transport.abort()

    def _late(self, frame: bytes) -> None:
        self._frames.put(frame, self._late_s("frames"))

    def _late_s(self, what: str) -> float:
        return self._faults.late_s(what, self._client_id()) if self._faults.delays else 0.0

    def _reverse(self, frame: bytes) -> None:
        self._reversed.append(frame)
        self._reversing -= 1
        if not self._reversing:
            held, self._reversed = self._reversed, []
            for one in reversed(held):
                self._put(one)

    def _put(self, frame: bytes) -> None:
        """All frames of one turn of the loop leave in one write."""
        if self._is_frozen:
            return
        self._out.append(self._pack(frame))
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self.flush)
