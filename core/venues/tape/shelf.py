"""The folder recordings stand in: names that sort by time, new files, room for them."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Final

from core.clock import utc
from core.errors import StartError

log = logging.getLogger(__name__)

_NAME: Final = re.compile(r"(\d{8}-\d{6})-(\d{4})\.gz")
_PLAYED: Final = (".gz", ".txt", ".jsonl")


class TapeFile:
    """A file that grows by whole blocks."""

    def __init__(self, path: Path) -> None:
        """OSError when it cannot be made, or exists."""
        self.path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self.size = 0

    def append(self, block: bytes) -> None:
        """Write a block whole; after an OSError the file ends with the block before."""
        view = memoryview(block)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError:
            os.ftruncate(self._handle, self.size)
            raise
        self.size += len(block)

    def close(self) -> None:
        """Have it on the disk, and close it."""
        try:
            os.fsync(self._handle)
        finally:
            os.close(self._handle)


class Shelf:
    """Recordings in one folder."""

    def __init__(self, folder: Path, keep_bytes: int) -> None:
        """`keep_bytes` 0 keeps everything."""
        self._folder = folder
        self._keep_bytes = keep_bytes

    def recordings(self) -> list[Path]:
        """Ours, oldest first; whatever else lies in the folder is left alone."""
        return sorted(path for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def new_file(self, now_ns: int, expected_bytes: int) -> TapeFile:
        """A file that sorts after all others; the oldest go where they would be too many."""
        self._folder.mkdir(exist_ok=True)
        files = self.recordings()
        if self._keep_bytes:
            self._make_room(files, self._keep_bytes - expected_bytes)
        newest = _NAME.fullmatch(files[-1].name) if files else None
        stamp, number = f"{utc(now_ns):%Y%m%d-%H%M%S}", 1
        if newest and newest[1] >= stamp:  # the clock may have been set back
            stamp, number = newest[1], int(newest[2]) + 1
        return TapeFile(self._folder / f"{stamp}-{number:04d}.gz")

    def _make_room(self, files: list[Path], room_bytes: int) -> None:
        sizes = {path: path.stat().st_size for path in files}
        total = sum(sizes.values())
        for path in files:
            if total <= room_bytes:
                break
            path.unlink()
            total -= sizes[path]
            log.info("%s removed: recordings may take %d MB", path, self._keep_bytes // 1_000_000)


def tape_files(path: Path) -> list[Path]:
    """The file, or the recordings in a folder in order.

    Raises:
        StartError: there is none, or it cannot be read.
    """
    try:
        if path.is_dir():
            found = sorted(one for one in path.iterdir() if one.suffix in _PLAYED)
            if not found:
                raise StartError(f"there is no tape in the folder {path}")
            return found
        if not path.is_file():
            raise StartError(f"there is no tape {path}")
        with path.open("rb"):
            return [path]
    except OSError as error:
        raise StartError(f"the tape {path} cannot be read: {error.strerror}") from error
