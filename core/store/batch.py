"""Rows of one table, and the bytes they travel in: PostgreSQL's own binary COPY format.

A batch is made by any thread; the writer thread packs it. Packed units lie in the spool and go to
the database as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from core.errors import StoreError
from core.store.tables.kinds import Kind, Table

Values: TypeAlias = Sequence[Any] | npt.NDArray[Any]
"""The values of one column; None is NULL."""

Cells: TypeAlias = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""One column as it travels, shapes (n, w) and (n,): the bytes of each cell, and how many count."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from the year 2000."""
_INT_CELL = struct.Struct(">iq")
_ARRAY_HEAD = struct.Struct(">iiIii")
_FLOAT4_OID, _FLOAT8_OID = 700, 701
_KINDS_BEFORE = {Kind.REAL: Kind.FLOAT}


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows of one table, by column. The columns must not change after it was handed over."""

    table: Table
    columns: Mapping[str, Values]

    @property
    def size(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()), ()))


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One packed batch."""

    table: str
    columns: tuple[str, ...]
    rows: int
    copy: bytes
    """The rows in binary COPY format."""
    kinds: tuple[Kind, ...] = ()
    """What the columns hold; empty in what was spooled before this was said (see `kinds_of`)."""


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """What is written together or not at all."""

    parts: tuple[Part, ...]
    minute_ns: int = 0
    """The newest minute in it; 0 for facts."""

    @property
    def is_picture(self) -> bool:
        """True for the picture of a full minute, False for facts and for rows about the past."""
        return any(part.table in ("option_quote", "future_top") for part in self.parts)


def kinds_of(part: Part, table: Table) -> tuple[Kind, ...]:
    """What the columns of `part` hold: where it does not say, what the table held then."""
    if part.kinds:
        return part.kinds
    return tuple(
        _KINDS_BEFORE.get(kind, kind) for kind in map(table.columns.__getitem__, part.columns)
    )


def pack(batches: Sequence[Batch]) -> Unit:
    """The batches as one unit; StoreError for a column that is unknown, too short or mistyped."""
    pictures = (batch for batch in batches if batch.table.is_minute)
    minute_ns = max((_minute_of(batch) for batch in pictures), default=0)
    return Unit(tuple(_pack(batch) for batch in batches if batch.size), minute_ns)


def to_bytes(unit: Unit) -> bytes:
    """The unit as it lies in the spool."""
    return msgspec.msgpack.encode(unit)


def from_bytes(data: bytes) -> Unit:
    """The unit that lay in the spool; StoreError when it is none."""
    try:
        return msgspec.msgpack.decode(data, type=Unit)
    except msgspec.DecodeError as error:
        raise StoreError(f"a spooled batch cannot be read: {error}") from error


def _minute_of(batch: Batch) -> int:
    minutes = batch.columns.get("minute", ())
    return int(max(minutes)) if len(minutes) else 0


def _pack(batch: Batch) -> Part:
    table, size = batch.table, batch.size
    cells = []
    for name, values in batch.columns.items():
        kind = table.columns.get(name)
        if kind is None:
            raise StoreError(f"{table.name} has no column {name}")
        if len(values) != size:
            raise StoreError(f"{table.name}.{name} has {len(values)} values for {size} rows")
        try:
            cells.append(_CELLS[kind](values))
        except (TypeError, ValueError, ArithmeticError, struct.error) as error:
            raise StoreError(f"{table.name}.{name} does not hold {kind.value}: {error}") from error
    columns = tuple(batch.columns)
    kinds = tuple(table.columns[name] for name in columns)
    copy = b"".join((_HEADER, _rows(cells, size), _TRAILER))
    return Part(table.name, columns, size, copy, kinds)


def _rows(columns: list[Cells], size: int) -> bytes:
    """The cells side by side, each row behind the number of its fields."""
    head = np.frombuffer(struct.pack(">h", len(columns)), np.uint8)
    blocks = [np.broadcast_to(head, (size, 2))]
    are_there = [np.ones((size, 2), np.bool_)]
    for block, lengths in columns:
        blocks.append(block)
        are_there.append(np.arange(block.shape[1]) < lengths[:, None])
    data = np.concatenate(blocks, axis=1)[np.concatenate(are_there, axis=1)]
    return bytes(data)


def _floats(values: Values) -> Cells:
    return _numbers(np.asarray(values, dtype=np.float64), ">f8")


def _reals(values: Values) -> Cells:
    # What is too large becomes infinite, what is too small 0.
    with np.errstate(over="ignore", under="ignore"):
        return _numbers(np.asarray(values, dtype=np.float64).astype(np.float32), ">f4")


def _numbers(numbers: npt.NDArray[Any], kind: str) -> Cells:
    """One cell per number, NULL where it is not finite."""
    is_there = np.isfinite(numbers)
    packed = np.empty(numbers.size, dtype=[("length", ">i4"), ("value", kind)])
    packed["length"], packed["value"] = np.where(is_there, np.dtype(kind).itemsize, -1), numbers
    width = packed.dtype.itemsize
    block = packed.view(np.uint8).reshape(numbers.size, width)
    return block, np.where(is_there, width, len(_NULL))


def _times(values: Values) -> Cells:
    return _whole([None if value is None else int(value) // 1000 - _EPOCH_US for value in values])


def _ints(values: Values) -> Cells:
    return _whole([None if value is None else int(value) for value in values])


def _whole(numbers: list[int | None]) -> Cells:
    if None not in numbers:
        packed = np.empty(len(numbers), dtype=[("length", ">i4"), ("value", ">i8")])
        packed["length"], packed["value"] = 8, numbers
        return packed.view(np.uint8).reshape(len(numbers), 12), np.full(len(numbers), 12)
    return _side_by_side(
        [_NULL if number is None else _INT_CELL.pack(8, number) for number in numbers]
    )


def _bools(values: Values) -> Cells:
    return _side_by_side(
        [_NULL if value is None else b"\0\0\0\1" + bytes((bool(value),)) for value in values]
    )


def _texts(values: Values) -> Cells:
    return _side_by_side([_NULL if value is None else _text(str(value)) for value in values])


def _decimals(values: Values) -> Cells:
    return _side_by_side([_NULL if value is None else _decimal(value) for value in values])


def _blobs(values: Values) -> Cells:
    return _side_by_side([_NULL if value is None else _sized(bytes(value)) for value in values])


def _real_arrays(values: Values) -> Cells:
    return _side_by_side(
        [_NULL if value is None else _array(_reals(value), _FLOAT4_OID) for value in values]
    )


def _axes(values: Values) -> Cells:
    return _side_by_side([_array(_floats(value), _FLOAT8_OID) for value in values])


def _side_by_side(cells: list[bytes]) -> Cells:
    """Cells of any length, filled up to the longest."""
    lengths = np.fromiter(map(len, cells), np.int64, len(cells))
    width = int(lengths.max(initial=0))
    filled = b"".join([cell.ljust(width, b"\0") for cell in cells])
    return np.frombuffer(filled, np.uint8).reshape(len(cells), width), lengths


def _decimal(value: object) -> bytes:
    number = Decimal(str(value))
    return _text(str(number)) if number.is_finite() else _NULL


def _text(value: str) -> bytes:
    # PostgreSQL's text cannot hold a NUL; no venue sends one on purpose.
    return _sized(value.replace("\0", "").encode())


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _array(cells: Cells, oid: int) -> bytes:
    """One-dimensional array: dimensions, has NULLs, element type, size, first index, elements."""
    block, lengths = cells
    elements = block[np.arange(block.shape[1]) < lengths[:, None]].tobytes()
    return _sized(_ARRAY_HEAD.pack(1, 1, oid, len(lengths), 1) + elements)


_CELLS: dict[Kind, Callable[[Values], Cells]] = {
    Kind.TIME: _times,
    Kind.FLOAT: _floats,
    Kind.REAL: _reals,
    Kind.REALS: _real_arrays,
    Kind.AXIS: _axes,
    Kind.BYTES: _blobs,
    Kind.INT: _ints,
    Kind.BOOL: _bools,
    Kind.TEXT: _texts,
    Kind.DECIMAL: _decimals,
    Kind.INSTRUMENT: _texts,
}
