"""Recording the raw feed: every received frame with its time, in one compressed file."""

from __future__ import annotations

import gzip
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from core.domain.instrument import Instrument
from core.service import Service, ServiceState
from core.venues.tape.lines import line_of

log = logging.getLogger(__name__)

_POLL_S: Final = 0.2
_LEVEL: Final = 5


class TapeWriter:
    """Given to a market link as its tap: `DeribitMarket(..., tap=writer)`.

    The links only queue; a thread of its own compresses and writes. A file that exists is
    continued.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Sequence[bytes], int]] = queue.SimpleQueue()
        self._service = Service("tape writer", self._body)
        self.frames = 0
        """Frames written so far."""

    def received(self, link: str, payloads: Sequence[bytes], at_ns: int) -> None:  # noqa: ARG002
        """Take one batch; any thread."""
        self._queue.put((payloads, at_ns))

    def dropped(self, link: str, at_ns: int) -> None:
        """Not written."""

    def listed(
        self,
        link: str,
        instruments: Sequence[Instrument],
        shares: Mapping[str, Sequence[str]],
        at_ns: int,
    ) -> None:
        """Not written."""

    def start(self) -> None:
        """Begin to write."""
        self._service.start()

    def stop(self) -> bool:
        """Write what is queued and close the file; True when it is closed."""
        return self._service.stop()

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._service.state()

    def _body(self, stopping: threading.Event) -> None:
        with gzip.open(self._path, "ab", compresslevel=_LEVEL) as file:
            while not (stopping.is_set() and self._queue.empty()):
                try:
                    payloads, at_ns = self._queue.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                file.write(b"".join(line_of(payload, at_ns) for payload in payloads))
                self.frames += len(payloads)
        log.info("%d frames recorded in %s", self.frames, self._path)
