"""Which state of an order may follow which: the one table, and what a filled amount makes of it.

NEW          waits here to be sent
SENT         on its way, nothing heard
UNKNOWN      no answer came, the venue is being asked
UNTRIGGERED  a stop waiting for its trigger
OPEN         rests, nothing traded
PARTIAL      rests, some of it traded
FILLED, CANCELLED, REFUSED   over
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.domain.order import OrderReport, OrderState

NEW, SENT, UNKNOWN = OrderState.NEW, OrderState.SENT, OrderState.UNKNOWN
UNTRIGGERED, OPEN, PARTIAL = OrderState.UNTRIGGERED, OrderState.OPEN, OrderState.PARTIAL
FILLED, CANCELLED, REFUSED = OrderState.FILLED, OrderState.CANCELLED, OrderState.REFUSED

FOLLOWS: Final[dict[OrderState, frozenset[OrderState]]] = {
    NEW: frozenset({SENT, CANCELLED, REFUSED}),
    SENT: frozenset({UNKNOWN, UNTRIGGERED, OPEN, PARTIAL, FILLED, CANCELLED, REFUSED}),
    UNKNOWN: frozenset({UNTRIGGERED, OPEN, PARTIAL, FILLED, CANCELLED, REFUSED}),
    UNTRIGGERED: frozenset({OPEN, PARTIAL, FILLED, CANCELLED}),
    OPEN: frozenset({PARTIAL, FILLED, CANCELLED}),
    PARTIAL: frozenset({FILLED, CANCELLED}),
    FILLED: frozenset(),
    CANCELLED: frozenset({FILLED}),
    REFUSED: frozenset(),
}
"""What may follow. CANCELLED becomes FILLED when its fills turn out to make it whole."""

TAKEN_BACK: Final[dict[OrderState, frozenset[OrderState]]] = {
    FILLED: frozenset({PARTIAL, CANCELLED}),
    CANCELLED: frozenset({UNTRIGGERED, OPEN, PARTIAL}),
    REFUSED: frozenset({UNTRIGGERED, OPEN, PARTIAL, FILLED, CANCELLED}),
}
"""What may follow an end that we concluded and the venue never said.

FILLED because its fills reached an amount that had been raised meanwhile; CANCELLED because the
venue seemed to know it no longer; REFUSED because nobody knew its label.
"""

UNPROVEN: Final = frozenset({SENT, UNKNOWN})
"""The venue may have it or not."""
UNSHOWN: Final = UNPROVEN | {REFUSED}
"""The venue has not shown it; a fill proves that it has it."""
QUIET: Final = frozenset({NEW, SENT})
"""Nothing has been heard of it."""


def may_follow(old: OrderState, new: OrderState, is_concluded: bool = False) -> bool:
    """True when `new` may follow `old`; `is_concluded` when `old` is an end only we believe in."""
    if old is new or new in FOLLOWS[old]:
        return True
    return is_concluded and new in TAKEN_BACK.get(old, ())


def with_filled(report: OrderReport, filled: Decimal) -> OrderReport:
    """`report` with `filled` of it traded, and the state that goes with that."""
    state = _state_with(report, filled)
    if state is report.state and filled == report.filled:
        return report
    reason = "" if state is FILLED else report.reason
    return replace(report, filled=filled, state=state, reason=reason)


def _state_with(report: OrderReport, filled: Decimal) -> OrderState:
    """Filled whole it is over; a fill proves that the venue has it."""
    state = report.state
    if filled >= report.amount > 0:
        return FILLED
    if state is PARTIAL and not filled:
        return OPEN
    if not filled:
        return state
    is_proof = state in UNSHOWN and not report.type.is_stop
    return PARTIAL if state is OPEN or is_proof else state
