"""What a table is to the writer, and the kinds of values its columns hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a column holds, and so how its values travel; None travels as NULL everywhere."""

    TIME = "time"
    """Integer nanoseconds since the epoch, UTC; the database keeps microseconds."""
    FLOAT = "float"
    """A float; NaN and infinities become NULL."""
    REAL = "real"
    """A float of which seven digits are kept."""
    REALS = "reals"
    """An array of floats of which seven digits are kept; NaN in it becomes NULL in it."""
    AXIS = "axis"
    """An array of floats that repeats; the table holds its number."""
    BYTES = "bytes"
    INT = "int"
    BOOL = "bool"
    TEXT = "text"
    DECIMAL = "decimal"
    """Money and amounts of orders, exact."""
    INSTRUMENT = "instrument"
    """An instrument's name; the table holds its number."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns, and what happens to a row whose key is there already."""

    name: str
    columns: dict[str, Kind]
    is_daily: bool = False
    """Cut into days of `minute`, and the old ones go."""
    newest_key: str = ""
    """The key of which the newest row wins; empty where the first row stays."""
    newest_by: str = ""
    taken_by: str = ""
    """The database's own function that takes the rows; empty where they are inserted."""

    @property
    def is_minute(self) -> bool:
        """True for pictures of the market, False for facts and for the word on each minute."""
        return "minute" in self.columns and "skipped" not in self.columns


def table(
    name: str,
    columns: str,
    is_daily: bool = False,
    newest_key: str = "",
    newest_by: str = "",
    taken_by: str = "",
) -> Table:
    """A table from lines of `kind: column column ...`."""
    kinds: dict[str, Kind] = {}
    for line in columns.strip().splitlines():
        kind, _, names = line.partition(":")
        kinds |= dict.fromkeys(names.split(), Kind(kind.strip()))
    return Table(name, kinds, is_daily, newest_key, newest_by, taken_by)
