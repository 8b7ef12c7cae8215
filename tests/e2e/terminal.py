"""A real terminal for a test: the program runs in a pane of a private tmux server."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.shared_data import ROOT


class Terminal:
    """A tmux pane of a given size that runs one command."""

    def __init__(self, command: Sequence[str], width: int = 120, height: int = 40) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not on this machine")
        self.socket = f"voldesk-{uuid.uuid4().hex[:8]}"
        line = f"cd {shlex.quote(str(ROOT))}; {shlex.join(command)}; echo exit=$?; sleep 600"
        self._tmux(
            *("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", str(width)),
            *("-y", str(height), "-e", "COLORTERM=truecolor", "-e", "LANG=C.UTF-8", line),
        )
        self._tmux("set", "-sg", "escape-time", "0")

    def _tmux(self, *words: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["tmux", "-L", self.socket, *words],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        return done.stdout

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: Escape, C-k, F2, Tab."""
        self._tmux("send-keys", "-t", "t", *names)

    def type(self, text: str) -> None:
        """Type `text` as it is."""
        self._tmux("send-keys", "-t", "t", "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Change the window's size."""
        self._tmux("resize-window", "-t", "t", "-x", str(width), "-y", str(height))

    def text(self) -> str:
        """What the pane shows."""
        return self._tmux("capture-pane", "-p", "-t", "t")

    def ansi(self) -> str:
        """What the pane shows, with colours."""
        return self._tmux("capture-pane", "-p", "-e", "-N", "-t", "t")

    def pid(self) -> int:
        """Process id of the shell in the pane."""
        return int(self._tmux("display-message", "-p", "-t", "t", "#{pane_pid}"))

    def wait(self, words: str, seconds: float = 15.0) -> str:
        """Wait until `words` stand on the screen."""
        return self.until(lambda shown: words in shown, repr(words), seconds)

    def until(self, is_so: Callable[[str], bool], what: str, seconds: float = 15.0) -> str:
        """Wait until `is_so` holds for the screen's text."""
        end = time.monotonic() + seconds
        while not is_so(shown := self.text()):
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not appear:\n{shown}")
            time.sleep(0.05)
        return shown

    def close(self) -> None:
        """End the tmux server and what runs in it."""
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, check=False)


def desk_command(data: Path, *options: str) -> list[str]:
    """The command that starts the desk on its own data folder."""
    return [sys.executable, "-m", "tui", "--data", str(data), *options]


def processes_on(data: Path, kinds: frozenset[str] = frozenset({"tui", "simulator"})) -> list[str]:
    """Command lines of processes that work on `data` and have one of `kinds` among their words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it ended while we looked
        if any(str(data) in word for word in words) and kinds & set(words):
            found.append(" ".join(words))
    return found
