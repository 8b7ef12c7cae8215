"""SIGKILL of the program and of the database at random moments while minutes are written.

Run it with `make kills-store`. After each kill the next life, or the same one, goes on; what was
acknowledged is compared with what the tables hold.
"""

from __future__ import annotations

import argparse
import atexit
import json
import logging
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import StoreError
from core.store.server.postgres import Connection
from core.store.spool import Spool
from core.store.writer import Writer
from tests.shared_data import ROOT
from tests.trials.kills.minutes import problems, recorded
from tests.trials.kills.recording import database_of

log = logging.getLogger("kills-store")

WITHIN_S = 240.0
"""Long, for a run at the lowest priority beside others."""
_EARLY = 0.15
"""The share of program kills that come while it starts."""
_BOTH = 0.2
"""The share of program kills before which the database is killed too."""
_LOOKS = 10
"""After so many kills the tables are looked at."""


@dataclass
class Summary:
    """What a series of kills showed."""

    programs: int = 0
    databases: int = 0
    early: int = 0
    both: int = 0
    acknowledged: int = 0
    """Minutes that were on the disk when they were told of."""
    recorded: int = 0
    """Minutes in the tables; more, where the kill came between the disk and the word."""
    while_down: int = 0
    """Minutes acknowledged while the database was down."""
    noticed: int = 0
    """Kills of the database the program told of."""
    caught_up_s: list[float] = field(default_factory=list)
    """From a kill of the database until it had every minute of before it and was up."""
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        times = sorted(self.caught_up_s) or [0.0]
        return "\n".join([
            f"{self.programs} kills of the program, {self.early} while it started, "
            f"{self.both} with the database killed just before",
            f"{self.databases} kills of the database, {self.noticed} of them told by the program; "
            f"{self.while_down} minutes taken while it was down",
            f"caught up after {times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (longest)",
            f"{self.acknowledged} minutes acknowledged, {self.recorded} in the tables",
            *self.problems, f"{len(self.problems)} problems",
        ])  # fmt: skip


class Life:
    """One run of the recording program."""

    def __init__(self, folder: Path, first: int, number: int) -> None:
        self.acknowledged: list[int] = []
        self.newest: dict[str, Any] = {}
        self._is_buried = False
        self._news: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        program = [sys.executable, "-m", "tests.trials.kills.recording"]
        self.process = subprocess.Popen(
            [*program, str(folder), str(first), str(number)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def hear(self, within_s: float = WITHIN_S) -> dict[str, Any]:
        """The next acknowledged minute; AssertionError, saying where it stands, when none comes."""
        try:
            return self._news.get(timeout=within_s)
        except queue.Empty:
            self.process.send_signal(signal.SIGUSR1)
            time.sleep(1.0)
            code, said = self.process.poll(), self.kill()
            text = f"no minute within {within_s} s after {self.newest} (exit code {code}):\n{said}"
            raise AssertionError(text) from None

    def kill(self) -> str:
        """End it without a word; what it had complained of. Safe to call twice."""
        if self._is_buried:
            return ""
        self._is_buried = True
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WITHIN_S)
        self._listener.join(WITHIN_S)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        said = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return said

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.newest = json.loads(line)
                self.acknowledged.append(self.newest["minute"])
                self._news.put(self.newest)


class Series:
    """One folder with its spool and its server, many lives and deaths."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._dice = random.Random(seed)
        self._database = database_of(folder)
        self._acknowledged: set[int] = set()
        self._next = 1
        self._lives = 0
        self._life: Life | None = None
        self.summary = Summary()

    def run(self, programs: int, databases: int) -> Summary:
        """Kill so many of each, then compare everything."""
        self._database.open().close()
        for number in range(1, programs + 1):
            self._kill_a_program(number)
        if databases:
            life = self._start()
            for number in range(1, databases + 1):
                self._kill_the_database(life, number)
            self._bury(life)
        self._finish()
        return self.summary

    def close(self) -> None:
        """End what still runs."""
        if self._life is not None:
            self._life.kill()
        self._database.close()

    def _start(self) -> Life:
        self._lives += 1
        self._life = Life(self._folder, self._next, self._lives)
        return self._life

    def _bury(self, life: Life) -> None:
        """Kill it; the next one begins in the same minute, the one after it, or later."""
        if "Traceback" in (complaints := life.kill()):
            self.summary.problems.append(f"life {self._lives} complained: {complaints[-1000:]}")
        if life.newest.get("lost"):
            self.summary.problems.append(f"life {self._lives} lost {life.newest['lost']} units")
        self._acknowledged |= set(life.acknowledged)
        last = max(self._acknowledged, default=0)
        self._next = max(1, last + self._dice.choice((0, 1, 1, 2, 5)))

    def _kill_a_program(self, number: int) -> None:
        life = self._start()
        self.summary.programs += 1
        if self._dice.random() < _EARLY:
            self.summary.early += 1
            time.sleep(self._dice.uniform(0.0, 1.5))
        else:
            life.hear()
            time.sleep(self._dice.uniform(0.0, 1.0))
            if self._dice.random() < _BOTH:
                self.summary.both += 1
                self._strike()
                time.sleep(self._dice.uniform(0.0, 0.5))
        self._bury(life)
        self._look(f"program {number}")

    def _kill_the_database(self, life: Life, number: int) -> None:
        """The life goes on: it must take minutes meanwhile, and then write them all."""
        ends_s = time.monotonic() + self._dice.uniform(0.05, 1.0)
        while time.monotonic() < ends_s:
            life.hear()
        self.summary.databases += 1
        self._strike()
        struck_s, last = time.monotonic(), life.newest["minute"]
        was_down = False
        while time.monotonic() - struck_s < WITHIN_S:
            words = life.hear()
            if not words["is_up"]:
                was_down = True
                self.summary.while_down += 1
            elif words["written"] > last:
                break
        else:
            self.summary.problems.append(f"database {number}: not caught up, {life.newest}")
        self.summary.noticed += was_down
        self.summary.caught_up_s.append(time.monotonic() - struck_s)
        self._look(f"database {number}")

    def _strike(self) -> None:
        """Kill the server: its first process, all of them, or the one that serves the desk."""
        path = self._folder / "postgres" / "postmaster.pid"
        try:
            first = int(path.read_text().split()[0])
            rest = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        except (OSError, IndexError, ValueError):
            return  # it is down from the last strike
        backends = [one for one in map(int, rest) if b"voldesk" in _title(one)]
        way = self._dice.choice(("first", "all", "backend"))
        struck = {"first": [first], "all": [first, *map(int, rest)], "backend": backends}[way]
        for process in struck or [first]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _look(self, when: str) -> None:
        """Now and then: whatever is there is whole, once and in order; late is not lost yet."""
        log.info("%s: %d minutes", when, len(self._acknowledged))
        if int(when.split()[1]) % _LOOKS:
            return
        connection = self._connection()
        self.summary.problems += [f"{when}: {one}" for one in problems(connection, ())]
        connection.close()

    def _finish(self) -> None:
        """Write what the last life left on disk, then compare all of it."""
        writer = Writer(self._database, spool := Spool(self._folder / "spool"), retry_s=0.2)
        writer.start()
        if not writer.wait_until_written(WITHIN_S):
            self.summary.problems.append(f"not written at the end: {writer.state}")
        connection = self._connection()
        self.summary.problems += problems(connection, self._acknowledged)
        self.summary.acknowledged = len(self._acknowledged)
        self.summary.recorded = len(recorded(connection))
        connection.close()
        if not writer.stop() or spool.pending:
            self.summary.problems.append(f"{spool.pending} units stay in the spool")
        if (self._folder / "spool" / "refused").exists():
            self.summary.problems.append("units were set aside")

    def _connection(self) -> Connection:
        """The server may be in its crash recovery."""
        ends_s = time.monotonic() + WITHIN_S
        while True:
            try:
                return self._database.open()
            except StoreError:
                if time.monotonic() > ends_s:
                    raise
                time.sleep(0.2)


def _title(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def series(programs: int, databases: int, seed: int) -> Summary:
    """So many kills of each, in a folder of their own."""
    folder = Path(tempfile.mkdtemp(prefix="voldesk-kills-"))
    folder.chmod(0o755)
    # The server's package takes a lock file in it once more when the program ends, before this.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    trial = Series(folder, seed)
    try:
        return trial.run(programs, databases)
    finally:
        trial.close()
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: Sequence[str]) -> int:
    """Kill as often as asked and print the summary; 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.kills.store_kills")
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--databases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(argv)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)
    began_s = time.monotonic()
    summary = series(options.programs, options.databases, options.seed)
    sys.stdout.write(f"{summary}\nin {time.monotonic() - began_s:.0f} s\n")
    return 1 if summary.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
