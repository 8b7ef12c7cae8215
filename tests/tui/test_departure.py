"""The desk ends on a signal and with its terminal, whatever the terminal does."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from dataclasses import dataclass, field
from queue import Queue
from typing import cast

import pytest

from tests.shared_data import ROOT
from tui.app import VoldeskApp
from tui.departure import Departure

PROGRAM = (
    "import logging, sys; logging.getLogger().addHandler(logging.NullHandler()); "
    "from tests.tui.fake_desk import FakeDesk; from tui.app import run_screen; "
    "sys.exit(run_screen(FakeDesk.trading().desk))"
)


def start_desk() -> tuple[int, int]:
    """(process, terminal) of a desk over a fake market, once it has painted."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
    shown, end = b"", time.monotonic() + 20
    while b"VOLDESK" not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 65_536)
    assert b"VOLDESK" in shown
    return pid, terminal


def exit_code(pid: int, within_s: float) -> int:
    """The exit code, or a failure when it does not end in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError("the desk did not end")


@pytest.mark.filterwarnings("ignore:.*forkpty.*:DeprecationWarning")
def test_a_closed_terminal_ends_the_desk() -> None:
    pid, terminal = start_desk()
    os.close(terminal)
    assert exit_code(pid, 5.0) == 0


@pytest.mark.filterwarnings("ignore:.*forkpty.*:DeprecationWarning")
def test_a_terminal_nobody_reads_does_not_keep_the_desk_from_ending() -> None:
    pid, terminal = start_desk()
    os.kill(pid, signal.SIGTERM)
    assert exit_code(pid, 6.0) == 0
    os.close(terminal)


@dataclass
class Writer:
    """Textual's writer after its terminal has gone: a full queue and nobody behind it."""

    _queue: Queue[str | None] = field(default_factory=lambda: Queue(30))

    def is_alive(self) -> bool:
        """It died of its first write."""
        return False


@dataclass
class Screen:
    """Stands for the app: a driver with a writer, and a way out."""

    _writer_thread: Writer = field(default_factory=Writer)
    exits: int = 0

    @property
    def _driver(self) -> Screen:
        return self

    def exit(self, _code: int) -> None:
        """Count it."""
        self.exits += 1


def test_a_dead_writer_is_noticed_and_its_queue_emptied_up_to_its_own_end() -> None:
    screen = Screen()
    queue = screen._writer_thread._queue
    for _ in range(30):
        queue.put("picture")
    departure = Departure(cast(VoldeskApp, screen))
    departure.check()
    departure.check()
    assert screen.exits == 1
    queue.put("farewell", timeout=2)
    queue.put(None, timeout=2)
    end = time.monotonic() + 2
    while queue.qsize() > 1 and time.monotonic() < end:
        time.sleep(0.01)
    departure.unwatch()
    assert queue.get(timeout=1) is None
