"""Batches on disk, between the program and the database: append-only files, checksums, fsync.

A record that `append` returned for survives the death of the program and of the machine. One thread
appends; one thread reads the oldest and says when the database has it.

A file is a segment named by the sequence number of its first record. A record is a head (mark,
sequence, length, checksum) and its bytes. The newest segment is never deleted, so that numbers go
on from it; `position` says which number the database has taken, and is only a hint: the database
itself knows, under the name in `stream`.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import threading
import uuid
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import StoreError

log = logging.getLogger(__name__)

_MARK = b"VDS1"
_HEAD = struct.Struct(">4sQII")
_POSITION = struct.Struct(">QI")


@dataclass(frozen=True, slots=True)
class Record:
    """One unit that waits for the database."""

    sequence: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Slot:
    sequence: int
    segment: Path
    offset: int
    """Of the bytes, behind the head."""
    length: int


class Spool:
    """The queue on disk. `open` it first; `append` and `oldest`/`advance` are one thread's each."""

    def __init__(self, folder: Path, segment_bytes: int = 8_000_000) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._gate = threading.Lock()
        self._slots: deque[_Slot] = deque()
        self._file = -1
        self._lock_file = -1
        self._segment = folder
        self._segment_size = 0
        self._position = 0
        self._next = 1
        self.stream = ""
        """The name of this folder's numbering, as a UUID."""
        self.size_bytes = 0
        """What the segments take on disk."""

    @property
    def pending(self) -> int:
        """Records the database does not have yet."""
        return len(self._slots)

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`."""
        return self._file >= 0

    def open(self) -> None:
        """Read what an earlier run left; a torn last record is cut off. StoreError if in use."""
        if self.is_open:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock()
            segments = sorted(self._folder.glob("*.spool"))
            self._position = _read_position(self._folder)
            self.stream = self._read_stream(is_new=not segments and not self._position)
            self._scan(segments)
            self._open_segment(segments[-1] if segments else self._path(self._next))
        except (OSError, ValueError) as error:
            self.close()
            raise StoreError(f"the spool {self._folder} cannot be used: {error}") from error

    def close(self) -> None:
        """Let go of the folder; what waits stays there."""
        for name in ("_file", "_lock_file"):
            if (descriptor := getattr(self, name)) >= 0:
                setattr(self, name, -1)
                os.close(descriptor)

    def append(self, items: Sequence[bytes]) -> None:
        """Put the items at the end, onto the disk; StoreError, and none is kept, if that fails."""
        with self._gate:
            sequence, self._next = self._next, self._next + len(items)
        start = offset = self._segment_size
        slots: list[_Slot] = []
        chunks: list[bytes] = []
        for number, data in enumerate(items, sequence):
            chunks += (_head(number, data), data)
            slots.append(_Slot(number, self._segment, offset + _HEAD.size, len(data)))
            offset += _HEAD.size + len(data)
        self._write(b"".join(chunks))
        self._segment_size = offset
        with self._gate:
            self._slots.extend(slots)
            self.size_bytes += offset - start
        if offset >= self._segment_bytes:
            self._roll()

    def oldest(self) -> Record | None:
        """The first record the database does not have, None when it has all."""
        with self._gate:
            slot = self._slots[0] if self._slots else None
        if slot is None:
            return None
        try:
            with slot.segment.open("rb") as file:
                file.seek(slot.offset)
                return Record(slot.sequence, file.read(slot.length))
        except OSError as error:
            raise StoreError(f"{slot.segment} cannot be read: {error.strerror}") from error

    def advance(self, sequence: int) -> None:
        """The database has everything up to `sequence`; segments it has whole are deleted."""
        with self._gate:
            gone: set[Path] = set()
            while self._slots and self._slots[0].sequence <= sequence:
                gone.add(self._slots.popleft().segment)
            if self._slots:
                gone.discard(self._slots[0].segment)
            gone.discard(self._segment)
            self._position = max(self._position, sequence)
            # Numbers a lost file has forgotten are not given out again.
            self._next = max(self._next, sequence + 1)
        for segment in gone:
            self._delete(segment)
        self._note_position()

    def set_aside(self, record: Record) -> Path:
        """Keep a record the database refuses in a file of its own, for a person to look at."""
        path = self._folder / "refused" / f"{record.sequence:012d}"
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(record.data)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        return path

    def _lock(self) -> None:
        self._lock_file = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise StoreError(f"{self._folder} is in use by another desk") from error

    def _write(self, data: bytes) -> None:
        try:
            try:
                _write_all(self._file, data)
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, self._segment_size)
                raise
        except OSError as error:
            raise StoreError(f"{self._segment} cannot be written: {error.strerror}") from error

    def _read_stream(self, is_new: bool) -> str:
        path = self._folder / "stream"
        if not is_new and path.exists():
            return str(uuid.UUID(path.read_text()))
        # Numbers start over, so the database must not take them for old ones.
        name = str(uuid.uuid4())
        path.write_text(name)
        _sync(path)
        return name

    def _note_position(self) -> None:
        checksum = zlib.crc32(self._position.to_bytes(8, "big"))
        try:
            (self._folder / "position").write_bytes(_POSITION.pack(self._position, checksum))
        except OSError as error:
            log.warning("%s/position cannot be written: %s", self._folder, error.strerror)

    def _scan(self, segments: list[Path]) -> None:
        self._slots.clear()
        self._next, self.size_bytes = self._position + 1, 0
        for segment in segments:
            slots, good = _read_segment(segment)
            if good < segment.stat().st_size:
                log.warning("%s ends in a torn record, cut at byte %d", segment, good)
                os.truncate(segment, good)
            waiting = [slot for slot in slots if slot.sequence > self._position]
            self._slots.extend(waiting)
            self._next = max([self._next, int(segment.stem), *(s.sequence + 1 for s in waiting)])
            self.size_bytes += good
            if not waiting and segment != segments[-1]:
                self._delete(segment)

    def _roll(self) -> None:
        """Go on in a new segment; the full one goes when the database has all of it."""
        old, old_file = self._segment, self._file
        try:
            self._open_segment(self._path(self._next))
        except OSError as error:
            log.warning("no new spool segment: %s", error.strerror)
            return
        os.close(old_file)
        with self._gate:
            is_taken = not any(slot.segment == old for slot in self._slots)
        if is_taken:
            self._delete(old)

    def _open_segment(self, segment: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        file = os.open(segment, flags, 0o600)
        with self._gate:
            self._segment, self._file = segment, file
        self._segment_size = os.fstat(file).st_size
        _sync(self._folder)

    def _delete(self, segment: Path) -> None:
        size = segment.stat().st_size if segment.exists() else 0
        segment.unlink(missing_ok=True)
        with self._gate:
            self.size_bytes -= size

    def _path(self, sequence: int) -> Path:
        return self._folder / f"{sequence:012d}.spool"


def waiting(folder: Path) -> tuple[int, int]:
    """(records, bytes) that wait in `folder`, whoever uses it; asking changes nothing."""
    position, lengths = _read_position(folder), []
    for path in folder.glob("*.spool"):
        try:
            slots, _ = _read_segment(path)
        except FileNotFoundError:
            continue  # the desk that uses it was quicker
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from error
        lengths += [slot.length for slot in slots if slot.sequence > position]
    return len(lengths), sum(lengths)


def _read_position(folder: Path) -> int:
    try:
        number, checksum = _POSITION.unpack((folder / "position").read_bytes())
    except (FileNotFoundError, struct.error):
        return 0
    return int(number) if zlib.crc32(number.to_bytes(8, "big")) == checksum else 0


def _head(sequence: int, data: bytes) -> bytes:
    return _HEAD.pack(_MARK, sequence, len(data), _checksum(sequence, data))


def _checksum(sequence: int, data: bytes) -> int:
    return zlib.crc32(data, sequence & 0xFFFFFFFF)


def _read_segment(segment: Path) -> tuple[list[_Slot], int]:
    """The whole records of a segment, and the byte where the last one ends."""
    data = segment.read_bytes()
    slots: list[_Slot] = []
    offset = end = 0
    while (offset := data.find(_MARK, offset)) >= 0 and offset + _HEAD.size <= len(data):
        _, sequence, length, checksum = _HEAD.unpack_from(data, offset)
        start = offset + _HEAD.size
        body = data[start : start + length]
        if len(body) < length or _checksum(sequence, body) != checksum:
            offset += 1  # damaged: the next mark may begin a whole one
            continue
        slots.append(_Slot(sequence, segment, start, length))
        offset = end = start + length
    return slots, end


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
