"""Bringing the schema up to date and tidying up, now instead of when a desk does it."""

from __future__ import annotations

from contextlib import closing

from psycopg2 import sql

from core.store.server.migrate import migrations, version_of
from core.store.server.postgres import Database, store_errors
from core.store.server.retention import drop_old_days
from core.store.tables.catalog import TABLES


def migrate_lines(database: Database) -> list[str]:
    """Apply what is missing, and say what that was. StoreError for a newer schema."""
    with closing(database.attach()) as connection:
        before = version_of(connection)
    with closing(database.open()) as connection:
        after = version_of(connection)
    if before == after:
        return [f"{database.schema} is at version {after} already"]
    names = [step.name for step in migrations() if before < step.version <= after]
    return [f"{database.schema} went from version {before} to {after}", *(f"  {n}" for n in names)]


def vacuum_lines(database: Database, keep_days: int) -> list[str]:
    """Drop the days that are too many, give space back, and say what that came to."""
    with closing(database.open()) as connection, store_errors(), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_database_size(current_database())")
        ((before,),) = cursor.fetchall()
        dropped = drop_old_days(connection, keep_days, database.timescale) if keep_days else 0
        for name in sorted(table.name for table in TABLES.values() if not table.taken_by):
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(name)))
        cursor.execute("SELECT pg_database_size(current_database())")
        ((after,),) = cursor.fetchall()
    kept = f"{keep_days} days are kept" if keep_days else "all days are kept"
    return [
        f"{kept}, {dropped} went",
        f"every table is tidied; {size_text(after)} now, {size_text(before)} before",
    ]


def size_text(size: int) -> str:
    """Bytes in a unit that fits."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size / 1e3:,.0f} kB"
