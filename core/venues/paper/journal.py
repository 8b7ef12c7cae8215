"""What must survive the paper account's process: an append-only file, a checksum a line.

Each line holds what one step changed; folded in order they are the state. A line is on the disk
before anybody hears of what it says. A torn last line was never acknowledged and is dropped.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from core.domain.booking import Booking
from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.order import OrderReport
from core.errors import StartError
from core.venues.paper.money.holding import Holding

log = logging.getLogger(__name__)
FILLS_KEPT: Final = 1_000
ENDED_KEPT: Final = 500
BOOKINGS_KEPT: Final = 200
_REWRITE_BYTES: Final = 8_000_000


class KeptOrder(msgspec.Struct, frozen=True):
    """An order and the contract it is in, which may be listed no more when it is read."""

    report: OrderReport
    instrument: Instrument | None = None
    """None for ended ones."""


class Kept(msgspec.Struct):
    """The whole state, or what changed of it; None and missing keys change nothing."""

    number: int = 0
    """The last number given to an order or a trade."""
    settled_ns: int = 0
    """The last daily settlement."""
    funded_ns: int = 0
    """Up to when funding is booked."""
    balances: dict[str, Decimal] = {}
    holdings: dict[str, Holding | None] = {}
    """None: no longer held."""
    orders: dict[str, KeptOrder] = {}
    fills: list[Fill] = []
    bookings: list[Booking] = []

    def fold(self, change: Kept) -> None:
        """Take in what a later line says."""
        self.number = max(self.number, change.number)
        self.settled_ns = max(self.settled_ns, change.settled_ns)
        self.funded_ns = max(self.funded_ns, change.funded_ns)
        self.balances |= change.balances
        for name, holding in change.holdings.items():
            if holding is None:
                self.holdings.pop(name, None)
            else:
                self.holdings[name] = holding
        for order_id, order in change.orders.items():
            self.orders.pop(order_id, None)
            self.orders[order_id] = order
        self.fills += change.fills
        self.bookings += change.bookings
        self._forget_old()

    def _forget_old(self) -> None:
        del self.fills[:-FILLS_KEPT]
        del self.bookings[:-BOOKINGS_KEPT]
        ended = [one for one, order in self.orders.items() if not order.report.state.is_working]
        for order_id in ended[:-ENDED_KEPT]:
            del self.orders[order_id]


class Journal:
    """The file. One thread uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._size = 0

    def load(self) -> Kept:
        """The state as last acknowledged; an empty one when there is no file.

        Raises:
            StartError: a line before the last is damaged, or the file cannot be used.
        """
        kept = Kept()
        try:
            data = self._path.read_bytes() if self._path.exists() else b""
            for change in self._lines(data):
                kept.fold(change)
            self.rewrite(kept)
        except OSError as error:
            raise StartError(f"{self._path} cannot be used: {error.strerror}") from error
        return kept

    def append(self, change: Kept) -> bool:
        """Write it down; True when the file has grown so long that it wants a rewrite."""
        assert self._file is not None, "loaded before"
        line = _line(change)
        self._file.write(line)
        self._file.flush()
        os.fdatasync(self._file.fileno())
        self._size += len(line)
        return self._size > _REWRITE_BYTES

    def rewrite(self, whole: Kept) -> None:
        """Replace the file by one line that says everything; the old one stands until then."""
        self.close()
        line, new = _line(whole), self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        self._file, self._size = self._path.open("ab"), len(line)

    def close(self) -> None:
        """Safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lines(self, data: bytes) -> Iterable[Kept]:
        lines = data.split(b"\n")
        for number, line in enumerate(lines, 1):
            if (change := _read(line)) is not None:
                yield change
            elif line and number < len(lines):
                raise StartError(f"{self._path} is damaged in line {number}: move it away to start")
            elif line:
                log.warning("the last line of %s was torn and is left out", self._path)


def _line(change: Kept) -> bytes:
    text = msgspec.json.encode(change)
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _read(line: bytes) -> Kept | None:
    """None when the line is not what was written."""
    head, _, text = line.partition(b" ")
    try:
        if not text or int(head, 16) != zlib.crc32(text):
            return None
        return msgspec.json.decode(text, type=Kept)
    except (ValueError, msgspec.MsgspecError):
        return None
