"""A desk as a child process that is told and asked by lines, and the ground it stands on."""

from __future__ import annotations

import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.store.queries.queries import Queries
from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Database
from tests.shared_data import ROOT
from tests.trials.outside import HASTY

WITHIN_S = 30.0


class Child:
    """One desk process on a folder that outlives it."""

    def __init__(self, port: int, folder: Path, dsn: str, patience: str = HASTY) -> None:
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.trials.headless", str(port), str(folder), patience],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "VOLDESK_DATABASE": dsn}, text=True,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, line: str) -> None:
        """One line to the desk."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self, key: str, within_s: float = WITHIN_S) -> dict[str, Any]:
        """The next line that has `key`."""
        ends_at_s = time.monotonic() + within_s
        while (left_s := ends_at_s - time.monotonic()) > 0:
            try:
                words = self._said.get(timeout=left_s)
            except queue.Empty:
                break
            if key in words:
                return words
        raise AssertionError(f"the desk did not say {key} within {within_s} s")

    def report(self) -> dict[str, Any]:
        """What the desk believes now."""
        self.tell("report")
        return self.answer("orders")

    def memory(self) -> dict[str, Any]:
        """What the process holds."""
        self.tell("memory")
        return self.answer("rss_mb")

    def kill(self) -> None:
        """End it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let its input end, and wait until it is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if self.process.poll() is None:
            self.process.stdin.close()
        self.process.wait(WITHIN_S)
        self._listener.join(WITHIN_S)
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(json.loads(line))


@functools.cache
def store_of(dsn: str) -> Queries:
    """What the desks on this database wrote down."""
    database = Database("sim", dsn=dsn)
    database.open().close()
    return Queries(database)


@contextmanager
def trial_ground() -> Iterator[tuple[Path, str]]:
    """A folder for the desk, and one PostgreSQL server for all its lives."""
    folder = Path(tempfile.mkdtemp(prefix="voldesk-trial-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "server" / "postgres")
    try:
        yield folder, server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
