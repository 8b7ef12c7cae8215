"""A recorded market played back: the same decoder, the same replica, the tape's own clock."""

from __future__ import annotations

import gzip
import itertools
import logging
import math
import re
import threading
import time
import zlib
from pathlib import Path
from typing import IO, Final

from core.clock import NS_PER_MS, NS_PER_S, ManualClock, utc
from core.domain.instrument import Instrument
from core.errors import MarketDataError, StartError
from core.market.board import Board
from core.market.ticker import Ticker
from core.service import Service, ServiceState
from core.venues.base import LinkState
from core.venues.deribit.decode import decode
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.deribit.wire import BookData, IndexPrice, Reply
from core.venues.tape.lines import Recorded, frames_of

log = logging.getLogger(__name__)

FEED: Final = "tape"
_LINES_AHEAD: Final = 2_000
"""So many lines are looked through for instruments before they are played."""
_SHORTEST_WAIT_S: Final = 0.001
_NAME: Final = re.compile(rb'"channel":\s?"(?:book|ticker)\.([^."]+)\.')


class TapeSource:
    """A `MarketSource` that reads a file of recorded frames, plain or gzipped.

    While it plays, the board's clock is the tape's time, so that ages and expiries make sense.
    At the end it stands still and the last state stays.
    """

    def __init__(self, path: Path, board: Board, clock: ManualClock, speed: float = 1.0) -> None:
        """`speed` 2 plays twice as fast; 0 plays as fast as the machine can.

        Raises:
            StartError: there is no such file, or the speed is negative.
        """
        if not path.is_file():
            raise StartError(f"there is no tape {path}")
        if not 0 <= speed < math.inf:
            raise StartError(f"the tape's speed is {speed}, must be 0 or more")
        self._path = path
        self._board = board
        self._clock = clock
        self._speed = speed
        self._service = Service(FEED, self._body)
        self._status = "not started"
        self._forget()

    def _forget(self) -> None:
        """A tape that is started once more begins at its beginning."""
        self._replica = Replica(self._board)
        self._names: set[str] = set()
        self._answered: dict[str, Instrument] = {}
        self._next_expiry_ns = math.inf
        self._pace: _Pace | None = None
        self.skipped = 0
        """Lines that held no received frame: requests, remarks, damage."""

    def start(self) -> None:
        """Begin to play; returns at once."""
        self._service.start()

    def stop(self) -> bool:
        """Stop playing; True when the thread is gone."""
        return self._service.stop()

    def states(self) -> tuple[LinkState, ...]:
        """The tape as one connection: up while it plays."""
        replica = self._replica
        return (
            LinkState(
                name=FEED,
                is_up=self._status.startswith("playing"),
                status=self._status,
                messages=replica.messages,
                gaps=replica.gaps,
                resyncs=0,
                reconnects=0,
                age_ms=0.0 if replica.messages else math.nan,
                latency_ms=math.nan,
            ),
        )

    def services(self) -> tuple[ServiceState, ...]:
        """Its thread, for the screen."""
        return (self._service.state(),)

    # The tape's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        self._forget()
        self._status = "playing"
        try:
            with _opened(self._path) as file:
                while not stopping.is_set():
                    lines = list(itertools.islice(file, _LINES_AHEAD))
                    if not lines:
                        self._status = "ended"
                        break
                    self._play(lines, stopping)
        except (OSError, EOFError, zlib.error) as error:
            self._status = f"down: the tape is damaged after {self._replica.messages} frames"
            log.warning("%s: %s", self._status, error)

    def _play(self, lines: list[bytes], stopping: threading.Event) -> None:
        frames = []
        for line in lines:
            found = list(frames_of(line))
            self.skipped += not found
            frames += found
        self._list_named(frames)
        for frame in frames:
            if stopping.is_set():
                return
            self._play_frame(frame, stopping)

    def _play_frame(self, frame: Recorded, stopping: threading.Event) -> None:
        at_ns = _venue_time_ns(frame.payload) if frame.at_ns is None else frame.at_ns
        if at_ns is not None:
            self._wait_for(at_ns, stopping)
        now_ns = self._clock.now_ns()
        for event in self._replica.take((frame.payload,), now_ns):
            if isinstance(event, Reply):
                self._list_answer(event)
        self._board.touch(FEED, now_ns, self._replica.venue_ms * NS_PER_MS)

    def _wait_for(self, at_ns: int, stopping: threading.Event) -> None:
        """Let the tape's time pass at its speed, and set the clock to it; never backwards."""
        if self._pace is None:
            self._pace = _Pace(at_ns, self._speed)
            self._clock.set_ns(at_ns)
        wait_s = self._pace.wait_s(at_ns)
        if wait_s > _SHORTEST_WAIT_S:
            stopping.wait(wait_s)
        if at_ns > self._clock.now_ns():
            self._clock.set_ns(at_ns)
            if at_ns >= self._next_expiry_ns:
                self._list()
            self._status = f"playing {utc(at_ns):%Y-%m-%d %H:%M:%S}"

    def _list_named(self, frames: list[Recorded]) -> None:
        """List what the next frames speak of."""
        names = {name.decode() for frame in frames for name in _NAME.findall(frame.payload)}
        if not names <= self._names:
            self._names |= names
            self._list()

    def _list_answer(self, reply: Reply) -> None:
        """A recorded list of instruments knows better than names do."""
        try:
            found = instruments_of(reply.result)
        except MarketDataError:
            return  # the answer to something else
        if found:
            self._answered |= {one.name: one for one in found}
            self._list()

    def _list(self) -> None:
        now_ns = 0 if self._pace is None else self._clock.now_ns()
        known = [self._answered.get(name) or instrument_named(name) for name in self._names]
        alive = [one for one in known if one and (one.expiry_ns or math.inf) > now_ns]
        self._next_expiry_ns = min((one.expiry_ns or math.inf for one in alive), default=math.inf)
        self._board.list_instruments(alive)
        self._board.assign((one.name for one in alive), FEED)


class _Pace:
    """When a moment of the tape is due on the wall."""

    def __init__(self, first_ns: int, speed: float) -> None:
        self._first_ns = first_ns
        self._speed = speed
        self._began_s = time.monotonic()

    def wait_s(self, at_ns: int) -> float:
        """Seconds from now; 0 or less when it is due."""
        if not self._speed:
            return 0.0
        due_s = self._began_s + (at_ns - self._first_ns) / NS_PER_S / self._speed
        return due_s - time.monotonic()


def _venue_time_ns(payload: bytes) -> int | None:
    """The venue's own time in a frame, for tapes without receive times."""
    try:
        frame = decode(payload)
    except MarketDataError:
        return None  # the replica counts it
    if isinstance(frame, BookData | Ticker | IndexPrice) and frame.timestamp:
        return frame.timestamp * NS_PER_MS
    return None


def _opened(path: Path) -> IO[bytes]:
    """The file as bytes; gzip is told by its first two bytes, not by its name."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else path.open("rb")  # type: ignore[return-value]
