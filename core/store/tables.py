"""The tables batches are written to, as the writer needs to know them; `sql/` creates them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a column holds, and so how its values travel; None travels as NULL everywhere."""

    TIME = "time"
    """Integer nanoseconds since the epoch, UTC; the database keeps microseconds."""
    FLOAT = "float"
    """A float; NaN and infinities become NULL."""
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
    """Partitioned by the day of `minute`."""
    newest_key: str = ""
    """The key of which the newest row wins; empty where the first row stays."""
    newest_by: str = ""

    @property
    def is_minute(self) -> bool:
        """True for pictures of the market, False for facts about our own doing."""
        return "minute" in self.columns


def _table(
    name: str, columns: str, is_daily: bool = False, newest_key: str = "", newest_by: str = ""
) -> Table:
    """A table from lines of `kind: column column ...`."""
    kinds: dict[str, Kind] = {}
    for line in columns.strip().splitlines():
        kind, _, names = line.partition(":")
        kinds |= dict.fromkeys(names.split(), Kind(kind.strip()))
    return Table(name, kinds, is_daily, newest_key, newest_by)


OPTION_QUOTE = _table(
    "option_quote",
    """
    time: minute
    instrument: instrument
    float: bid ask bid_size ask_size bid_iv ask_iv mid_iv mark_iv delta gamma vega theta
    float: open_interest underlying index_price
    """,
    is_daily=True,
)
FUTURE_TOP = _table(
    "future_top",
    """
    time: minute
    instrument: instrument
    float: bid ask bid_size ask_size mark index_price open_interest funding_8h
    """,
    is_daily=True,
)
SURFACE = _table(
    "surface",
    """
    time: minute
    text: chain flag
    float: tenor_days k iv forward
    int: quotes
    """,
    is_daily=True,
)
SMILE = _table(
    "smile",
    """
    time: minute expiry
    text: chain source
    float: forward atm rr25 bf25 rmse put_call_oi
    int: quotes
    """,
)
ACCOUNT_MINUTE = _table(
    "account_minute",
    """
    time: minute
    text: currency
    decimal: equity balance available initial_margin maintenance_margin delta_total
    decimal: session_upl session_rpl total_pl
    decimal: options_value options_delta options_gamma options_vega options_theta
    """,
)
FILL = _table(
    "fill",
    """
    text: instrument trade_id sleeve label order_id origin
    decimal: amount price fee profit index_price
    bool: is_maker
    time: at
    """,
)
BOOKING = _table(
    "booking",
    """
    time: at
    text: currency booking_id sleeve kind instrument
    decimal: amount
    """,
)
ORDER_EVENT = _table(
    "order_event",
    """
    text: label order_id instrument side type state time_in_force reason
    decimal: amount filled average_price price trigger_price
    bool: post_only reduce_only
    time: created updated
    """,
)
COMMAND = _table(
    "command",
    """
    time: at
    int: number
    text: text request reply
    bool: is_ok
    """,
)
AUTOMATION = _table(
    "automation",
    """
    text: name
    bool: is_on
    time: changed
    """,
    newest_key="name",
    newest_by="changed",
)
DECISION = _table(
    "decision",
    """
    time: at
    text: sleeve instrument why
    decimal: target held
    """,
)
NOTE = _table(
    "note",
    """
    time: at
    text: source text
    """,
)
KEPT = _table(
    "kept",
    """
    text: name text
    time: changed
    """,
    newest_key="name",
    newest_by="changed",
)
PARENT_ORDER = _table(
    "parent_order",
    """
    text: key name instrument side state status
    decimal: asked filled duration_s
    int: slices
    time: began changed
    """,
    newest_key="key",
    newest_by="changed",
)
LOT_STOP = _table(
    "lot_stop",
    """
    text: key name sleeve instrument kind state reason
    int: sign
    decimal: value trigger distance best amount
    time: deadline armed changed
    """,
    newest_key="key",
    newest_by="changed",
)

TABLES = {
    table.name: table
    for table in (
        OPTION_QUOTE,
        FUTURE_TOP,
        SURFACE,
        SMILE,
        ACCOUNT_MINUTE,
        FILL,
        BOOKING,
        ORDER_EVENT,
        COMMAND,
        AUTOMATION,
        DECISION,
        NOTE,
        KEPT,
        PARENT_ORDER,
        LOT_STOP,
    )
}
