"""Rows of the journal: what happened to orders, money and automation, as the store keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.domain.position import AccountFigures
from core.store.batch import Batch
from core.store.tables.facts import (
    AUTOMATION,
    BOOKING,
    COMMAND,
    DECISION,
    FILL,
    KEPT,
    NOTE,
    ORDER_EVENT,
)
from core.store.tables.minute import ACCOUNT_MINUTE


@dataclass(frozen=True, slots=True)
class StoredFill:
    """An execution and the sleeve it belongs to."""

    sleeve: str
    fill: Fill
    origin: str = "venue"
    """venue: an execution; anything else is a booking of our own."""


@dataclass(frozen=True, slots=True)
class StoredBooking:
    """Money that moved without a trade: funding of a sleeve, or a line of the venue's books."""

    at_ns: int
    sleeve: str
    """Empty for a line of the venue's."""
    kind: str
    id: str
    currency: str
    instrument: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StoredCommand:
    """What was asked, and the answer once there is one."""

    at_ns: int
    number: int
    text: str
    """What the user typed."""
    request: str
    """What it meant."""
    is_ok: bool | None = None
    """None while nothing was answered."""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class StoredText:
    """A small state as it last stood."""

    name: str
    text: str
    changed_ns: int


@dataclass(frozen=True, slots=True)
class StoredAutomation:
    """A strategy was switched on or off."""

    name: str
    is_on: bool
    changed_ns: int


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A strategy changed its mind about what a sleeve should hold."""

    at_ns: int
    sleeve: str
    instrument: str
    target: Decimal
    """Signed, the venue's unit; as `held`, what the sleeve held then."""
    held: Decimal
    why: str


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A signal, a refusal, an alarm, in words."""

    at_ns: int
    source: str
    text: str


def fill_batch(rows: Sequence[StoredFill]) -> Batch:
    """Executions; one that is there already stays as it is."""
    return Batch(
        FILL,
        {
            **_fields(rows, ("sleeve", "origin")),
            "at": [row.fill.at_ns for row in rows],
            **_fields([row.fill for row in rows], _FILL_FIELDS),
        },
    )


def booking_batch(rows: Sequence[StoredBooking]) -> Batch:
    """Bookings; the same one twice is one."""
    at = [row.at_ns for row in rows]
    ids = [row.id for row in rows]
    return Batch(BOOKING, {"at": at, "booking_id": ids, **_fields(rows, _BOOKING_FIELDS)})


def order_batch(reports: Sequence[OrderReport]) -> Batch:
    """States orders were reported in."""
    return Batch(
        ORDER_EVENT,
        {
            "side": [report.side.value for report in reports],
            "type": [report.type.value for report in reports],
            "state": [report.state.value for report in reports],
            "time_in_force": [report.time_in_force.value for report in reports],
            "created": [report.created_ns for report in reports],
            "updated": [report.updated_ns for report in reports],
            **_fields(reports, _ORDER_FIELDS),
        },
    )


def command_batch(rows: Sequence[StoredCommand]) -> Batch:
    """Commands and replies."""
    at = [row.at_ns for row in rows]
    return Batch(COMMAND, {"at": at, **_fields(rows, _COMMAND_FIELDS)})


def automation_batch(rows: Sequence[StoredAutomation]) -> Batch:
    """Switches; the newest word on each name wins."""
    changed = [row.changed_ns for row in rows]
    return Batch(AUTOMATION, {"changed": changed, **_fields(rows, ("name", "is_on"))})


def kept_batch(rows: Sequence[StoredText]) -> Batch:
    """Small states; the newest word on each name wins."""
    changed = [row.changed_ns for row in rows]
    return Batch(KEPT, {"changed": changed, **_fields(rows, ("name", "text"))})


def decision_batch(rows: Sequence[StoredDecision]) -> Batch:
    """Decisions; one per sleeve, instrument and moment."""
    at = [row.at_ns for row in rows]
    return Batch(DECISION, {"at": at, **_fields(rows, _DECISION_FIELDS)})


def note_batch(rows: Sequence[StoredNote]) -> Batch:
    """Notes; the same one twice is one."""
    at = [row.at_ns for row in rows]
    return Batch(NOTE, {"at": at, **_fields(rows, ("source", "text"))})


def account_batch(minute_ns: int, accounts: Sequence[AccountFigures]) -> Batch:
    """The venue's figures of every account at a minute."""
    fields = tuple(name for name in ACCOUNT_MINUTE.columns if name != "minute")
    return Batch(
        ACCOUNT_MINUTE, {"minute": [minute_ns] * len(accounts), **_fields(accounts, fields)}
    )


def _fields(rows: Sequence[object], names: Sequence[str]) -> dict[str, list[object]]:
    """Columns of the same name as the rows' own fields."""
    return {name: [getattr(row, name) for row in rows] for name in names}


_FILL_FIELDS = (
    "instrument",
    "trade_id",
    "label",
    "order_id",
    "amount",
    "price",
    "fee",
    "profit",
    "index_price",
    "is_maker",
)
_ORDER_FIELDS = (
    "label",
    "order_id",
    "instrument",
    "amount",
    "filled",
    "average_price",
    "price",
    "trigger_price",
    "post_only",
    "reduce_only",
    "reason",
)
_BOOKING_FIELDS = ("sleeve", "kind", "currency", "instrument", "amount")
_DECISION_FIELDS = ("sleeve", "instrument", "target", "held", "why")
_COMMAND_FIELDS = ("number", "text", "request", "is_ok", "reply")
