"""Rows of one table, and the bytes they travel in: PostgreSQL's own binary COPY format.

A batch is made by any thread; the writer thread packs it. Packed units lie in the spool and go to
the database as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from core.errors import StoreError
from core.store.tables import Kind, Table

Values: TypeAlias = Sequence[Any] | npt.NDArray[Any]
"""The values of one column; None is NULL."""

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EPOCH_US = 946_684_800_000_000
"""PostgreSQL counts microseconds from the year 2000."""
_INT_CELL = struct.Struct(">iq")
_FLOAT_CELL_BYTES = 12


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


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """What is written together or not at all."""

    parts: tuple[Part, ...]
    minute_ns: int = 0
    """The minute it is the picture of; 0 for facts."""


def pack(batches: Sequence[Batch]) -> Unit:
    """The batches as one unit; StoreError for a column that is unknown, too short or mistyped."""
    minute_ns = max((_minute_of(batch) for batch in batches), default=0)
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
        except (TypeError, ValueError, InvalidOperation, struct.error) as error:
            raise StoreError(f"{table.name}.{name} does not hold {kind.value}: {error}") from error
    head = struct.pack(">h", len(cells))
    rows = chain.from_iterable(zip([head] * size, *cells, strict=True))
    return Part(table.name, tuple(batch.columns), size, b"".join((_HEADER, *rows, _TRAILER)))


def _floats(values: Values) -> list[bytes]:
    numbers = np.asarray(values, dtype=np.float64)
    packed = np.empty(numbers.size, dtype=[("length", ">i4"), ("value", ">f8")])
    packed["length"], packed["value"] = 8, numbers
    raw = packed.tobytes()
    cells = [raw[at : at + _FLOAT_CELL_BYTES] for at in range(0, len(raw), _FLOAT_CELL_BYTES)]
    for index in np.flatnonzero(~np.isfinite(numbers)).tolist():
        cells[index] = _NULL
    return cells


def _times(values: Values) -> list[bytes]:
    pack_cell = _INT_CELL.pack
    return [
        _NULL if value is None else pack_cell(8, int(value) // 1000 - _EPOCH_US) for value in values
    ]


def _ints(values: Values) -> list[bytes]:
    return [_NULL if value is None else _INT_CELL.pack(8, int(value)) for value in values]


def _bools(values: Values) -> list[bytes]:
    return [_NULL if value is None else b"\0\0\0\1" + bytes((bool(value),)) for value in values]


def _texts(values: Values) -> list[bytes]:
    return [_NULL if value is None else _text(str(value)) for value in values]


def _decimals(values: Values) -> list[bytes]:
    return [_NULL if value is None else _decimal(value) for value in values]


def _decimal(value: object) -> bytes:
    number = Decimal(str(value))
    return _text(str(number)) if number.is_finite() else _NULL


def _text(value: str) -> bytes:
    # PostgreSQL's text cannot hold a NUL; no venue sends one on purpose.
    data = value.replace("\0", "").encode()
    return len(data).to_bytes(4, "big") + data


_CELLS: dict[Kind, Callable[[Values], list[bytes]]] = {
    Kind.TIME: _times,
    Kind.FLOAT: _floats,
    Kind.INT: _ints,
    Kind.BOOL: _bools,
    Kind.TEXT: _texts,
    Kind.DECIMAL: _decimals,
    Kind.INSTRUMENT: _texts,
}
