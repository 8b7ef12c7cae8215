"""How the store stands, in a few lines; asking changes nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2.extensions

from core.clock import SystemClock, utc
from core.store.db.upkeep import size_text
from core.store.server.embedded import EmbeddedUse
from core.store.server.migrate import migrations, version_of
from core.store.server.postgres import Database, store_errors
from core.store.spool import waiting

_Cursor = psycopg2.extensions.cursor

_SIZES = """
    WITH RECURSIVE part (root, oid) AS (
        SELECT c.oid, c.oid FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid
    )
    SELECT r.relname, sum(pg_total_relation_size(p.oid))::bigint,
           sum(greatest(c.reltuples, 0) * (c.relkind = 'r')::int)::bigint,
           count(*) FILTER (WHERE p.oid <> p.root)
    FROM part p JOIN pg_class c ON c.oid = p.oid JOIN pg_class r ON r.oid = p.root
    GROUP BY 1 HAVING sum(pg_total_relation_size(p.oid)) > 0 ORDER BY 2 DESC, 1
"""
_MISSING = """
    SELECT one AT TIME ZONE 'UTC', coalesce(l.skipped, '')
    FROM generate_series(
        greatest(%(newest)s - interval '1439 minutes', (SELECT min(minute) FROM option_quote)),
        %(newest)s, interval '1 minute') AS one
    LEFT JOIN minute_log l ON l.minute = one
    WHERE NOT EXISTS (SELECT FROM option_quote q WHERE q.minute = one)
    ORDER BY 1
"""
_SMALL = 100_000
"""Bytes an empty table may take with its indices."""
_SHOWN = 8
"""So many gaps are named."""


def status_lines(database: Database, spool: Path) -> list[str]:
    """Server, schema, sizes, newest and missing minutes, what waits. StoreError if not reached."""
    use = database.use()
    with (
        closing(database.attach()) as connection,
        store_errors(),
        connection.cursor() as cursor,
    ):
        version = version_of(connection)
        lines = [_server(cursor, use), _schema(database.schema, version), _waits(spool)]
        if 8 <= version <= migrations()[-1].version:
            lines += _minutes(cursor)
        return lines + (_sizes(cursor) if version else [])


def _server(cursor: _Cursor, use: EmbeddedUse | None) -> str:
    cursor.execute("SELECT current_setting('server_version')")
    ((version,),) = cursor.fetchall()
    name = f"PostgreSQL {str(version).split()[0]}"
    if use is None:
        info = cursor.connection.info
        return f"server    {name} at {info.host}, database {info.dbname}"
    return f"server    embedded {name} in {use.folder}, {use.text}"


def _schema(name: str, version: int) -> str:
    known = migrations()[-1].version
    if not version:
        return f"schema    {name}: nothing was stored yet"
    if version > known:
        return f"schema    {name}, version {version}; this program knows {known}: use the newer one"
    older = f", this program brings it to {known}" if version < known else ""
    return f"schema    {name}, version {version}{older}"


def _waits(spool: Path) -> str:
    count, size = waiting(spool)
    return f"spool     {count:,} batches wait, {size_text(size)} in {spool}"


def _minutes(cursor: _Cursor) -> list[str]:
    cursor.execute("SELECT max(minute) FROM option_quote")
    ((newest,),) = cursor.fetchall()
    if newest is None:
        return ["minutes   none"]
    cursor.execute(_MISSING, {"newest": newest})
    missing: list[tuple[datetime, str]] = cursor.fetchall()
    age_s = (utc(SystemClock().now_ns()) - newest).total_seconds()
    lines = [f"newest    {newest:%Y-%m-%d %H:%M} UTC, {_age(age_s)}"]
    gaps = _gaps(missing)
    more = f", and {len(gaps) - _SHOWN} more gaps" if len(gaps) > _SHOWN else ""
    named = f": {', '.join(gaps[:_SHOWN])}{more}" if gaps else ""
    return [*lines, f"last day  {len(missing):,} minutes missing{named}"]


def _age(age_s: float) -> str:
    if age_s < 0:
        return "ahead of this machine's clock"
    return f"{age_s:.0f} s ago" if age_s < 120 else f"{timedelta(minutes=age_s // 60)} h ago"


def _gaps(missing: list[tuple[datetime, str]]) -> list[str]:
    """Runs of minutes that follow one another and lack for the same reason."""
    runs: list[list[Any]] = []
    for moment, why in missing:
        if runs and runs[-1][1] == moment - timedelta(minutes=1) and runs[-1][2] == why:
            runs[-1][1] = moment
        else:
            runs.append([moment, moment, why])
    return [
        f"{first:%H:%M}" + (f" to {last:%H:%M}" if last > first else "") + f" ({why})" * bool(why)
        for first, last, why in runs
    ]


def _sizes(cursor: _Cursor) -> list[str]:
    cursor.execute(_SIZES)
    rows = cursor.fetchall()
    total = sum(size for _, size, _, _ in rows)
    lines = [f"tables    {size_text(total)}, rows as last counted by the server"]
    for name, size, count, parts in rows:
        if count or parts or size > _SMALL:
            days = f" in {parts} parts" if parts else ""
            lines.append(f"  {name:18}{size_text(size):>10} {count:>13,} rows{days}")
    return lines
