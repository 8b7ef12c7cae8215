"""Where the desk keeps its data on this machine, the lock that keeps a second copy out, and what
its children are told of it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

import platformdirs

from core.errors import StartError


def data_folder(chosen: str | None = None) -> Path:
    """`chosen`, else VOLDESK_HOME, else the user's data folder; made if it is missing.

    For root it lies under /var/lib: the embedded database opens the parents of its data to
    other users, and root's own home must not be opened.
    """
    text = chosen or os.environ.get("VOLDESK_HOME")
    if text:
        folder = Path(text).expanduser()
    elif os.geteuid() == 0:
        folder = Path("/var/lib/voldesk")
    else:
        folder = Path(platformdirs.user_data_dir("voldesk"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"the data folder {folder} cannot be made: {error.strerror}") from error
    return folder.resolve()


def for_children() -> dict[str, str]:
    """The environment of our children: none of them needs a key or opens the database."""
    kept = {**os.environ}
    for name in ("VOLDESK_DATABASE", "PGPASSWORD"):
        kept.pop(name, None)
    return kept


class CopyLock:
    """Held while the desk runs on a data folder; the system lets go of it when we die."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "voldesk.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold it, or StartError naming the process that does."""
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise StartError(
                f"Voldesk already runs on {self._path.parent} (process {owner}); "
                "end it first, or choose another folder with --data"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go; safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None
