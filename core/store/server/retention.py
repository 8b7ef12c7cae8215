"""Lets old days of minutes go: whole tables are dropped, nothing is deleted row by row."""

from __future__ import annotations

import logging
from datetime import date

from core.store.server.postgres import Connection, store_errors
from core.store.server.timescale import Timescale

log = logging.getLogger(__name__)

_LOCK_S = 2
"""So long is waited for whoever reads an old day; the next try comes with the next minute."""


def drop_old_days(connection: Connection, keep_days: int, timescale: Timescale) -> int:
    """Keep the newest day and `keep_days` before it. How many days went.

    Days without a minute do not count, so that one minute under a wrong date costs one day and not
    the whole past. Facts (fills, orders, money, decisions) are never dropped, nor are the figures
    that are few a minute: indices, smiles, accounts.

    Raises:
        StoreError: the database went away, or somebody reads what should go.
    """
    with store_errors(), connection.cursor() as cursor:
        cursor.execute("SELECT part::regclass::text, day FROM day_partition ORDER BY day")
        parts: list[tuple[str, date]] = cursor.fetchall()
        days = {day for _, day in parts} | timescale.days(connection)
        kept = sorted(days, reverse=True)[: keep_days + 1]
        if not kept or len(kept) == len(days):
            return 0
        first_kept = kept[-1]
        cursor.execute("SET lock_timeout = %s", (_LOCK_S * 1000,))
        try:
            for name, day in parts:
                if day < first_kept:
                    cursor.execute(f"DROP TABLE {name}")
            timescale.drop(connection, first_kept)
        finally:
            if not connection.closed:
                cursor.execute("SET lock_timeout = 0")
    log.info("dropped %d days of minutes before %s", len(days) - len(kept), first_kept)
    return len(days) - len(kept)
