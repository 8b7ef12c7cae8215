"""Every table there is, by name."""

from __future__ import annotations

from core.store.tables import facts, minute

TABLES = {
    one.name: one
    for one in (
        minute.OPTION_QUOTE,
        minute.FUTURE_TOP,
        minute.SURFACE_TENOR,
        minute.SURFACE,
        minute.SMILE,
        minute.FIT,
        minute.VOL_INDEX,
        minute.REALISED_VOL,
        minute.POSITION_MINUTE,
        minute.ACCOUNT_MINUTE,
        minute.MINUTE_LOG,
        facts.FILL,
        facts.BOOKING,
        facts.ORDER_EVENT,
        facts.COMMAND,
        facts.AUTOMATION,
        facts.DECISION,
        facts.HEDGE,
        facts.SIGNAL,
        facts.BAR,
        facts.NOTE,
        facts.KEPT,
        facts.PARENT_ORDER,
        facts.LOT_STOP,
    )
}
