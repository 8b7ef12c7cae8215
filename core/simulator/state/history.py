"""The history file: records appended one after the other, each with its length and checksum."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAGIC: Final = b"voldesk simulator history 1\n"
_HEAD: Final = struct.Struct("<IIc")
"""Payload length, CRC-32 of kind and payload, kind."""
BARS: Final = b"B"
"""Finished minutes."""
TRADES: Final = b"T"
CHANGES: Final = b"C"
"""What changed in accounts."""
ROWS: Final = b"R"
"""Rows of the public past."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read."""

    kind: bytes
    payload: bytes
    end: int
    """Where the next one begins in the file."""
    is_good: bool
    """False when its checksum is wrong."""


@dataclass(frozen=True, slots=True)
class Records:
    """What a history file holds."""

    rows: list[Record]
    end: int
    """Bytes up to the end of the last good record."""
    is_damaged: bool
    """True when a record before the last one is not what was written."""


def framed(kind: bytes, payload: bytes) -> bytes:
    """One record as it stands in the file."""
    return _HEAD.pack(len(payload), zlib.crc32(payload, zlib.crc32(kind)), kind) + payload


def read(path: Path) -> Records:
    """Every good record; the unfinished end of a torn write counts as not written.

    Raises OSError when the file cannot be read.
    """
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        return Records([], 0, bool(data))
    scanned = list(_scan(data))
    rows = [record for record in scanned if record.is_good]
    end = rows[-1].end if rows else len(MAGIC)
    holes = any(not record.is_good for record in scanned if record.end <= end)
    return Records(rows, end, holes or not _is_torn(data[end:]))


def _is_torn(rest: bytes) -> bool:
    """True for the beginning of a record, or for nothing."""
    if len(rest) < _HEAD.size:
        return True
    length, _, kind = _HEAD.unpack_from(rest)
    return kind in (BARS, TRADES, CHANGES, ROWS) and _HEAD.size + length >= len(rest)


def _scan(data: bytes) -> Iterator[Record]:
    """Records in order; ends where lengths make no sense."""
    at = len(MAGIC)
    while at + _HEAD.size <= len(data):
        length, checksum, kind = _HEAD.unpack_from(data, at)
        begin, at = at + _HEAD.size, at + _HEAD.size + length
        if at > len(data):
            return
        payload = data[begin:at]
        yield Record(kind, payload, at, zlib.crc32(payload, zlib.crc32(kind)) == checksum)


class HistoryFile:
    """An open history file. Every write goes to the operating system at once."""

    def __init__(self, path: Path, end: int | None = None) -> None:
        """Begin a new file, or go on at `end` of one that is there; raises OSError."""
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(path, flags if end is not None else flags | os.O_TRUNC, 0o600)
        self.size = 0 if end is None else end
        if end is None:
            self.append(MAGIC)
        else:
            os.ftruncate(self._file, end)

    def append(self, data: bytes) -> None:
        """Write records; on OSError the file is as it was before."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Wait until the disk has it."""
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
