"""Ends the server with the process that started it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress


def wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """The parent holds the other end of standard input; its end means the parent is gone.

    Reads the descriptor itself: a thread blocked in sys.stdin would hold up the interpreter's end.
    """
    with suppress(OSError):
        while os.read(0, 4096):
            continue
    with suppress(RuntimeError):  # the loop ended first
        loop.call_soon_threadsafe(stop)
