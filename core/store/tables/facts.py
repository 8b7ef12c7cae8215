"""Facts, each written once: what was done, said and decided, and what was traded elsewhere."""

from __future__ import annotations

from core.store.tables.kinds import table

FILL = table(
    "fill",
    """
    text: instrument trade_id sleeve label order_id origin
    decimal: amount price fee profit index_price
    bool: is_maker
    time: at
    """,
)
BOOKING = table(
    "booking",
    """
    time: at
    text: currency booking_id sleeve kind instrument
    decimal: amount
    """,
)
ORDER_EVENT = table(
    "order_event",
    """
    text: label order_id instrument side type state time_in_force reason
    decimal: amount filled average_price price trigger_price
    bool: post_only reduce_only
    time: created updated
    """,
)
COMMAND = table(
    "command",
    """
    time: at
    int: number
    text: text request reply
    bool: is_ok
    """,
)
AUTOMATION = table(
    "automation",
    """
    text: name
    bool: is_on
    time: changed
    """,
    newest_key="name",
    newest_by="changed",
)
DECISION = table(
    "decision",
    """
    time: at
    text: sleeve instrument why
    decimal: target held
    """,
)
HEDGE = table(
    "hedge",
    """
    time: at
    text: sleeve currency instrument why
    float: option_delta hedge_delta net_delta band
    decimal: target amount
    """,
)
SIGNAL = table(
    "signal",
    """
    time: at
    text: sleeve pair regime state
    float: z beta alpha innovation sigma threshold
    int: position
    """,
)
BAR = table(
    "bar",
    """
    time: at
    instrument: instrument
    int: resolution_s
    float: open high low close volume
    text: source
    """,
)
NOTE = table(
    "note",
    """
    time: at
    text: source text
    """,
)
KEPT = table(
    "kept",
    """
    text: name text
    time: changed
    """,
    newest_key="name",
    newest_by="changed",
)
PARENT_ORDER = table(
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
LOT_STOP = table(
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
