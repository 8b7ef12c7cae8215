"""A tape read in order, block by block: one file or a folder of them, ours or anybody's.

Every chunk is what could be read at once. Damage ends a file, not the tape: whatever stands
before it has been handed out, and the next file begins with a full state.
"""

from __future__ import annotations

import gzip
import itertools
import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec

from core.clock import NS_PER_S
from core.venues.tape.blocks import Scan, TapeDamage, is_blocks, read_blocks, scan
from core.venues.tape.lines import Batch, Marked, Recorded, frames_of, records_of
from core.venues.tape.shelf import tape_files

log = logging.getLogger(__name__)

_LINES_AHEAD: Final = 2_000
"""So many lines of a foreign tape are looked through for instruments before they are played."""
_STATE_TAKES_NS: Final = 2 * NS_PER_S
"""The links put their books down within this time after a full state begins."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of a tape, in order."""

    records: Sequence[Batch | Marked] = ()
    foreign: Sequence[Recorded] = ()
    """Frames of a recording that is not ours, instead."""
    skipped: int = 0
    """Lines that held no received frame: requests, remarks."""
    damage: str = ""
    """Why the file ends here: nothing else is in this chunk then."""
    is_torn: bool = False
    """The damage is what a killed recorder leaves: less than its last block."""


def chunks(path: Path, from_ns: int | None = None) -> Iterator[Chunk]:
    """The tape from its beginning, or from the last full state before `from_ns`.

    Raises:
        StartError: there is no tape at `path`.
    """
    files = tape_files(path)
    if from_ns is not None:
        files = files[_first_file(files, from_ns) :]
    for number, file in enumerate(files):
        try:
            if is_blocks(file):
                yield from _own(file, from_ns if number == 0 else None)
            else:
                yield from _foreign(file)
        except OSError as error:
            yield Chunk(damage=f"{file.name} cannot be read: {error}")


def begins_ns(path: Path) -> int | None:
    """When the tape begins; None where it does not say.

    Raises:
        StartError: there is no tape at `path`.
    """
    for file in tape_files(path):
        if (first_ns := _begins_ns(file)) is not None:
            return first_ns
    return None


def _own(file: Path, from_ns: int | None) -> Iterator[Chunk]:
    index = scan(file)
    start = 0 if from_ns is None else _first_block(index, from_ns)
    try:
        for _, raw in read_blocks(file, index, start):
            yield Chunk(records=list(records_of(raw)))
    except (TapeDamage, msgspec.MsgspecError, ValueError) as error:
        yield Chunk(damage=f"{file.name}: {error}")
        return
    if index.damage:
        yield Chunk(damage=f"{file.name}: {index.damage}", is_torn=index.is_torn)


def _foreign(file: Path) -> Iterator[Chunk]:
    try:
        with _opened(file) as lines:
            while found := list(itertools.islice(lines, _LINES_AHEAD)):
                frames = [list(frames_of(line)) for line in found]
                yield Chunk(
                    foreign=[one for several in frames for one in several],
                    skipped=sum(not several for several in frames),
                )
    except (OSError, EOFError, zlib.error) as error:
        yield Chunk(damage=f"{file.name}: {error}")


def _first_block(index: Scan, from_ns: int) -> int:
    """The number of the block where the last full state before `from_ns` begins; 0 if none does."""
    keys = [
        number
        for number, (_, block) in enumerate(index.blocks)
        if block.is_key and block.first_ns + _STATE_TAKES_NS <= from_ns
    ]
    return keys[-1] if keys else 0


def _first_file(files: Sequence[Path], from_ns: int) -> int:
    """The number of the last file that holds a full state before `from_ns`; 0 if none does."""
    first = 0
    for number, file in enumerate(files):
        begins = _begins_ns(file)
        if begins is not None and begins + _STATE_TAKES_NS <= from_ns:
            first = number
    return first


def _begins_ns(file: Path) -> int | None:
    try:
        if is_blocks(file):
            blocks = scan(file).blocks
            return blocks[0][1].first_ns if blocks else None
        for chunk in _foreign(file):
            return next((one.at_ns for one in chunk.foreign if one.at_ns is not None), None)
    except OSError as error:
        log.warning("%s cannot be read: %s", file, error)
    return None


def _opened(path: Path) -> IO[bytes]:
    """The file as bytes; gzip is told by its first two bytes, not by its name."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else path.open("rb")  # type: ignore[return-value]
