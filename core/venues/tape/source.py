"""A recorded market played back by a thread of its own, at its pace or faster."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as DayTime
from pathlib import Path
from typing import Final

from core.clock import NS_PER_S, ManualClock, utc
from core.errors import StartError
from core.market.board import Board
from core.service import Service, ServiceState
from core.venues.base import LinkState
from core.venues.tape.player import FEED, Player
from core.venues.tape.reader import Chunk, begins_ns, chunks
from core.venues.tape.shelf import tape_files

_SHORTEST_WAIT_S: Final = 0.001


class TapeSource:
    """A `MarketSource` that reads recorded frames: a file, or a folder of recordings in order.

    While it plays, the board's clock is the tape's time, so that ages and expiries make sense.
    At the end it stands still and the last state stays.
    """

    def __init__(
        self,
        path: Path,
        board: Board,
        clock: ManualClock,
        speed: float = 1.0,
        start_at: str = "",
    ) -> None:
        """`speed` 2 plays twice as fast; 0 plays as fast as the machine can.

        Raises:
            StartError: there is no such tape, the speed is negative, or `start_at` is no time.
        """
        tape_files(path)
        if not 0 <= speed < math.inf:
            raise StartError(f"the tape's speed is {speed}, must be 0 or more")
        self._path = path
        self._board = board
        self._clock = clock
        self._speed = speed
        self._from_ns = moment_on(path, start_at) if start_at else None
        self._service = Service(FEED, self._body)
        self._status = "not started"
        self._forget()

    def _forget(self) -> None:
        """A tape that is started once more begins at its beginning."""
        self._player = Player(self._board, self._clock)
        self._pace: _Pace | None = None
        self._shown_s = 0

    def start(self) -> None:
        """Begin to play; returns at once."""
        self._service.start()

    def stop(self) -> bool:
        """Stop playing; True when the thread is gone."""
        return self._service.stop()

    def states(self) -> tuple[LinkState, ...]:
        """The tape as one connection: up while it plays."""
        player = self._player
        return (
            LinkState(
                name=FEED,
                is_up=self._status.startswith("playing"),
                status=self._status,
                messages=player.messages,
                gaps=player.gaps,
                resyncs=0,
                reconnects=0,
                age_ms=0.0 if player.messages else math.nan,
                latency_ms=math.nan,
            ),
        )

    def services(self) -> tuple[ServiceState, ...]:
        """Its thread, for the screen."""
        return (self._service.state(),)

    @property
    def skipped(self) -> int:
        """Lines that held no received frame: requests, remarks, damage."""
        return self._player.skipped

    # The tape's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        self._forget()
        self._status = "playing"
        for chunk in chunks(self._path, self._from_ns):
            self._play(chunk, stopping)
            if stopping.is_set():
                return
        self._status = _ending(self._player)

    def _play(self, chunk: Chunk, stopping: threading.Event) -> None:
        for at_ns, record in self._player.steps(chunk):
            if stopping.is_set():
                return
            if at_ns is not None:
                self._wait_for(at_ns, stopping)
            self._player.take(record)

    def _wait_for(self, at_ns: int, stopping: threading.Event) -> None:
        """Let the tape's time pass at its speed; what lies before the start passes at once."""
        if self._pace is None:
            self._clock.set_ns(at_ns)
            self._pace = _Pace(max(at_ns, self._from_ns or at_ns), self._speed)
        wait_s = self._pace.wait_s(at_ns)
        if wait_s > _SHORTEST_WAIT_S:
            stopping.wait(wait_s)
        self._player.pass_to(at_ns)
        if at_ns // NS_PER_S != self._shown_s:
            self._shown_s = at_ns // NS_PER_S
            self._status = f"playing {utc(at_ns):%Y-%m-%d %H:%M:%S}"


def _ending(player: Player) -> str:
    """What is left to say when all has been played."""
    if player.damage:
        return f"down: the tape is damaged after {player.messages} frames ({player.damage})"
    if player.different:
        return f"ended; {player.different} books differ from those recorded"
    return f"ended; {player.lost:,} frames were not recorded" if player.lost else "ended"


class _Pace:
    """When a moment of the tape is due on the wall."""

    def __init__(self, first_ns: int, speed: float) -> None:
        self._first_ns = first_ns
        self._speed = speed
        self._began_s: float | None = None

    def wait_s(self, at_ns: int) -> float:
        """Seconds from now; 0 or less when it is due."""
        if not self._speed or at_ns < self._first_ns:
            return 0.0
        if self._began_s is None:
            self._began_s = time.monotonic()
        due_s = self._began_s + (at_ns - self._first_ns) / NS_PER_S / self._speed
        return due_s - time.monotonic()


def moment_on(path: Path, text: str) -> int:
    """`text` as nanoseconds: a date and a time, or a time alone, on the tape's first day or next.

    Raises:
        StartError: it is neither, or the tape does not say when it begins.
    """
    try:
        if "T" in text or " " in text:
            at = datetime.fromisoformat(text)
            return _ns(at if at.tzinfo else at.replace(tzinfo=UTC))
        clock_time = DayTime.fromisoformat(text)
    except ValueError as error:
        raise StartError(
            f"{text!r} is no time on a tape, must be like 12:30, 12:30:15 or 2026-11-20T12:30"
        ) from error
    first_ns = begins_ns(path)
    if first_ns is None:
        raise StartError(f"the tape {path} does not say when it begins: give a date and a time")
    day: date = utc(first_ns).date()
    at = datetime.combine(day, clock_time, UTC)
    return _ns(at) if _ns(at) >= first_ns - 60 * NS_PER_S else _ns(at + timedelta(days=1))


def _ns(at: datetime) -> int:
    return int(at.timestamp()) * NS_PER_S + at.microsecond * 1_000
