"""Waiting for a condition, with a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def eventually(holds: Callable[[], object], within_s: float = 5.0, every_s: float = 0.005) -> None:
    """Return as soon as `holds` is true, asked `every_s`; fail the test after `within_s`."""
    ends_at = time.monotonic() + within_s
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < ends_at, f"it did not come true within {within_s} s"
        pause.wait(every_s)
