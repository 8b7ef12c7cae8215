"""Parent orders and the desk's own stops: one row each, the newest word wins."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.domain.order import Side
from core.domain.parent import ParentOrder, ParentState
from core.domain.stop import LotStop, StopKind, StopRule, StopState
from core.store.batch import Batch
from core.store.tables.facts import LOT_STOP, PARENT_ORDER

PARENTS = """
    SELECT key, name, instrument, side, asked, filled, duration_s, slices, state, status,
           (extract(epoch FROM began) * 1000000000)::bigint,
           (extract(epoch FROM changed) * 1000000000)::bigint
    FROM parent_order WHERE state IN ('working', 'ending') ORDER BY began
"""
STOPS = """
    SELECT key, name, sleeve, instrument, sign, kind, value,
           (extract(epoch FROM armed) * 1000000000)::bigint,
           (extract(epoch FROM changed) * 1000000000)::bigint, state, trigger, distance, best,
           (extract(epoch FROM deadline) * 1000000000)::bigint, amount, reason
    FROM lot_stop WHERE state IN ('armed', 'fired') ORDER BY armed
"""
_PARENT_FIELDS = ("key", "name", "instrument", "asked", "filled", "slices", "status")
_STOP_FIELDS = (
    "key",
    "name",
    "sleeve",
    "instrument",
    "sign",
    "trigger",
    "distance",
    "best",
    "amount",
    "reason",
)


def parent_batch(rows: Sequence[ParentOrder]) -> Batch:
    """Parent orders as they stand."""
    columns: dict[str, list[object]] = {
        name: [getattr(row, name) for row in rows] for name in _PARENT_FIELDS
    }
    columns |= {
        "side": [row.side.value for row in rows],
        "duration_s": [Decimal(repr(row.duration_s)) for row in rows],
        "state": [row.state.value for row in rows],
        "began": [row.began_ns for row in rows],
        "changed": [row.changed_ns for row in rows],
    }
    return Batch(PARENT_ORDER, columns)


def stop_batch(rows: Sequence[LotStop]) -> Batch:
    """Stops as they stand."""
    columns: dict[str, list[object]] = {
        name: [getattr(row, name) for row in rows] for name in _STOP_FIELDS
    }
    columns |= {
        "kind": [row.rule.kind.value for row in rows],
        "value": [row.rule.value for row in rows],
        "deadline": [row.deadline_ns for row in rows],
        "state": [row.state.value for row in rows],
        "armed": [row.armed_ns for row in rows],
        "changed": [row.changed_ns for row in rows],
    }
    return Batch(LOT_STOP, columns)


def parent_of(row: tuple[Any, ...]) -> ParentOrder:
    """One row of PARENTS; nothing of it is open any more."""
    key, name, instrument, side, asked, filled, duration_s, slices, state, status, *times = row
    return ParentOrder(
        key,
        name,
        instrument,
        Side(side),
        asked,
        filled,
        Decimal(0),
        Decimal(0),
        float(duration_s),
        slices,
        ParentState(state),
        status,
        *times,
    )


def stop_of(row: tuple[Any, ...]) -> LotStop:
    """One row of STOPS."""
    key, name, sleeve, instrument, sign, kind, value, armed_ns, changed_ns, state, *rest = row
    rule = StopRule(StopKind(kind), value)
    fixed = (key, name, sleeve, instrument, sign, rule, armed_ns, changed_ns, StopState(state))
    return LotStop(*fixed, *rest)
