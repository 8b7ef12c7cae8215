"""What the pair's past says, fitted in a process of its own: its libraries take seconds to load."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import msgspec

from core.desk.places import for_children
from core.errors import VenueError, VoldeskError
from core.market.board import Board
from core.service import Service
from core.settings import PairSettings
from core.strategies.pair.history import PairFit

log = logging.getLogger(__name__)
MINUTES = 600
_LOOK_S = 0.5


def run(argv: Sequence[str]) -> int:
    """`python -m core history URL MINUTES`: pair settings in, the fit out, as the desk does it."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        http_url, minutes = argv
        settings = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=PairSettings)
        fit = fitted(http_url, settings, int(minutes))
    except VoldeskError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (ValueError, msgspec.DecodeError):
        sys.stderr.write("history wants a URL, a number of minutes, and settings on its input\n")
        return 2
    sys.stdout.buffer.write(msgspec.msgpack.encode(fit))
    return 0


def _end_with_parent(parent: int) -> None:
    """Leave when the desk is gone: nobody wants the fit of a desk that was killed."""
    while os.getppid() == parent:
        threading.Event().wait(_LOOK_S)
    os._exit(3)


def fitted(http_url: str, settings: PairSettings, minutes: int) -> PairFit:
    """Read both legs' minute closes and fit them; VenueError when they do not come. Slow."""
    from core.strategies.pair.fits import fit_pair
    from core.venues.candles import candles

    closes = candles(http_url, (settings.leg_z, settings.leg_h), minutes)
    names = {settings.leg_z: "z", settings.leg_h: "h"}
    return fit_pair(closes.rename(columns=names), settings)


class PairHistory:
    """Waits until both legs are listed, lets the worker fit, and hands the result on once."""

    def __init__(
        self, http_url: str, settings: PairSettings, board: Board, take: Callable[[PairFit], None]
    ) -> None:
        self._http_url = http_url
        self._settings = settings
        self._board = board
        self._take = take
        self.service = Service("history", self._body)

    def start(self) -> None:
        """Begin to wait; returns at once."""
        self.service.start()

    def stop(self) -> bool:
        """End the waiting and the worker."""
        return self.service.stop()

    def _body(self, stopping: threading.Event) -> None:
        legs = (self._settings.leg_z, self._settings.leg_h)
        while any(self._board.instrument(leg) is None for leg in legs):
            if stopping.wait(0.2):
                return
        try:
            self._take(self._fit(stopping))
        except VenueError as error:
            if not stopping.is_set():
                log.warning("the pair starts without history: %s", error)

    def _fit(self, stopping: threading.Event) -> PairFit:
        command = [sys.executable, "-m", "core", "history", self._http_url, str(MINUTES)]
        # A process of our own making: the standard pools want a stderr that the screen has taken.
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=for_children(),
            start_new_session=True,
        ) as worker:
            words = msgspec.msgpack.encode(self._settings)
            fit, complaint = _answer(worker, words, stopping)
        if worker.returncode:
            raise VenueError(0, "no history", complaint.decode(errors="replace").strip())
        return msgspec.msgpack.decode(fit, type=PairFit)


def _answer(
    worker: subprocess.Popen[bytes], words: bytes, stopping: threading.Event
) -> tuple[bytes, bytes]:
    """Both streams of the worker once it has ended; it is killed when the desk stops."""
    unsaid: bytes | None = words
    while True:
        try:
            return worker.communicate(unsaid, timeout=0.2)
        except subprocess.TimeoutExpired:
            unsaid = None  # it has been handed over; saying it again is an error
            if stopping.is_set():
                worker.kill()
