"""One state file serves one simulator: a lock beside it that ends with the process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from core.errors import StartError


def claim(path: Path) -> int:
    """Lock a state file for as long as the returned descriptor is open.

    Raises StartError when another process has it or no lock can be made.
    """
    beside = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"the state file {path} cannot be locked: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise StartError(f"the state file {path} is in use by another simulator") from error
    return lock
