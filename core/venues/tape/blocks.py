"""The blocks of a tape file: each a gzip member of its own whose header says what is inside.

A file is nothing but such members, so `zcat` reads it. The header's extra field carries the
member's size, its times and its frames, with a checksum: hopping from header to header is the
index, and there is no second file that could be missing or say something else. The text inside
is protected by gzip's own checksum.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import VoldeskError

LEVEL: Final = 2
"""4.2 us a message and a sixth of the size; level 5 takes 9.6 us for a seventh, 1 saves 0.3."""
_VERSION: Final = 1
_GZIP: Final = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff"
_BODY: Final = struct.Struct("<BIIQQIB")
_CRC: Final = struct.Struct("<I")
_END: Final = struct.Struct("<II")
_EXTRA: Final = b"VD" + struct.pack("<H", _BODY.size + _CRC.size)
_FRONT: Final = _GZIP + struct.pack("<H", len(_EXTRA) + _BODY.size + _CRC.size) + _EXTRA
HEAD_SIZE: Final = len(_FRONT) + _BODY.size + _CRC.size
_MOST_RAW: Final = 1 << 30


class TapeDamage(VoldeskError):
    """A block is torn or altered; the text says how and where."""


@dataclass(frozen=True, slots=True)
class Block:
    """What the header of one block says."""

    size: int
    """Bytes in the file."""
    raw_size: int
    first_ns: int
    """Receive time of its first line."""
    last_ns: int
    frames: int
    is_key: bool
    """A full state begins here: replay may."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The index of one file."""

    blocks: tuple[tuple[int, Block], ...]
    """(offset, header) of every sound header, in order."""
    damage: str = ""
    """What comes after the last of them, if it is no block."""
    is_torn: bool = False
    """The damage is no more than a last block that was not written to its end."""


def pack(raw: bytes, first_ns: int, last_ns: int, frames: int, is_key: bool = False) -> bytes:
    """The member that holds `raw`."""
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(raw) + deflate.flush()
    size = HEAD_SIZE + len(packed) + _END.size
    body = _BODY.pack(_VERSION, size, len(raw), first_ns, last_ns, frames, is_key)
    end = _END.pack(zlib.crc32(raw), len(raw))
    return b"".join((_FRONT, body, _CRC.pack(zlib.crc32(body)), packed, end))


def unpack(member: bytes, block: Block, offset: int) -> bytes:
    """The text of a block; TapeDamage when it is not what was written."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = inflate.decompress(member[HEAD_SIZE : -_END.size], block.raw_size + 1)
    except zlib.error as error:
        raise TapeDamage(f"the block at byte {offset} is altered ({error})") from error
    checksum, size = _END.unpack(member[-_END.size :])
    if len(raw) != size or zlib.crc32(raw) != checksum:
        raise TapeDamage(f"the block at byte {offset} is altered (its checksum differs)")
    return raw


def is_blocks(path: Path) -> bool:
    """True when the file begins like one of ours; an altered byte does not make it foreign."""
    with path.open("rb") as file:
        front = file.read(len(_FRONT))
    if len(front) < len(_FRONT):
        return bool(front) and _FRONT.startswith(front)
    return sum(here != ours for here, ours in zip(front, _FRONT, strict=True)) <= 1


def scan(path: Path) -> Scan:
    """Hop from header to header; reads no block."""
    found: list[tuple[int, Block]] = []
    size = path.stat().st_size
    offset = 0
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            head = file.read(HEAD_SIZE)
            try:
                block = _block_of(head, offset)
            except TapeDamage as damage:
                is_torn = len(head) < HEAD_SIZE and _FRONT.startswith(head[: len(_FRONT)])
                return Scan(tuple(found), str(damage), is_torn)
            if offset + block.size > size:
                return Scan(tuple(found), f"the block at byte {offset} is torn", True)
            found.append((offset, block))
            offset += block.size
    return Scan(tuple(found))


def read_blocks(path: Path, index: Scan, start: int = 0) -> Iterator[tuple[Block, bytes]]:
    """(header, text) of each block from number `start` on; TapeDamage at one that is altered."""
    with path.open("rb") as file:
        for offset, block in index.blocks[start:]:
            yield block, _read(file, offset, block)


def _read(file: BinaryIO, offset: int, block: Block) -> bytes:
    file.seek(offset)
    member = file.read(block.size)
    if len(member) < block.size:
        raise TapeDamage(f"the block at byte {offset} is torn")
    return unpack(member, block, offset)


def _block_of(head: bytes, offset: int) -> Block:
    if len(head) < HEAD_SIZE:
        raise TapeDamage(f"the block at byte {offset} is torn")
    body = head[len(_FRONT) : -_CRC.size]
    if not head.startswith(_FRONT) or _CRC.unpack(head[-_CRC.size :])[0] != zlib.crc32(body):
        raise TapeDamage(f"what stands at byte {offset} is no block")
    version, size, raw_size, first_ns, last_ns, frames, flags = _BODY.unpack(body)
    if version != _VERSION or size <= HEAD_SIZE + _END.size or raw_size > _MOST_RAW:
        raise TapeDamage(f"the block at byte {offset} is of a kind {version} unknown here")
    return Block(size, raw_size, first_ns, last_ns, frames, bool(flags & 1))
