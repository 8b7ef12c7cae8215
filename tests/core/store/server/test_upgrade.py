"""A database that an older program filled, and what its spool still holds, taken over whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import psycopg2
import pytest

from core.store.batch import Batch, Part, Unit, from_bytes, pack, to_bytes
from core.store.insert import Inserter
from core.store.server.migrate import migrate, migrations
from core.store.server.postgres import Connection, Database
from core.store.tables.minute import SURFACE
from tests.core.store.samples import MINUTE_NS, count, rows

STREAM = "00000000-0000-0000-0000-000000000001"
OLD = migrations()[:7]
"""What the program knew that kept a row per cell of the surface."""
FILL = """
    INSERT INTO instrument (name) VALUES ('BTC-25DEC26-50000-C');
    SELECT ensure_day(wide, day) FROM unnest(ARRAY['option_quote', 'surface']) wide,
        unnest(ARRAY[date '2027-01-14', date '2027-01-15']) day;
    INSERT INTO option_quote (minute, instrument, bid, bid_iv, gamma, vega) VALUES
        ('2027-01-14 23:59+00', 1, 0.0501234567890123, 0.61234567, 1e-60, 1e300),
        ('2027-01-15 00:00+00', 1, 0.05, NULL, 0.5, -3.25);
    INSERT INTO surface (minute, chain, tenor_days, k, iv, flag, forward, quotes) VALUES
        ('2027-01-14 23:59+00', 'BTC', 7, -0.1, 0.50, 'i', 97000, 12),
        ('2027-01-14 23:59+00', 'BTC', 7, 0.0, 0.51, 'i', 97000, 12),
        ('2027-01-14 23:59+00', 'BTC', 30, 0.0, 0.61, 'i', 97500, 9),
        ('2027-01-15 00:00+00', 'ETH', 7, 0.0, 0.81, 'i', NULL, NULL),
        ('2027-01-15 00:00+00', 'ETH', 7, -0.1, 0.80, 'i', NULL, NULL);
    INSERT INTO booking (currency, booking_id, sleeve, kind, instrument, amount, at) VALUES
        ('BTC', 'f-1', 'pair', 'funding', 'BTC-PERPETUAL', 0.001, '2027-01-15 00:00+00'),
        ('BTC', '7', '', 'settled', 'BTC-PERPETUAL', 0.002, '2027-01-15 08:00+00');
"""


@pytest.fixture
def old(database: Database, dsn: str) -> Iterator[Connection]:
    """A schema of the older program with rows in it."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {database.schema}; SET search_path = {database.schema}")
        cursor.execute("SET timezone = 'UTC'")
        migrate(connection, OLD)
        cursor.execute(FILL)
    yield connection
    connection.close()


def test_the_surfaces_of_an_older_schema_are_kept(old: Connection) -> None:
    before = rows(
        old, "SELECT minute, chain, tenor_days, k, iv::real, forward, quotes FROM surface"
    )
    migrate(old)
    after = rows(old, "SELECT minute, chain, tenor_days, k, iv, forward, quotes FROM surface")
    assert sorted(map(repr, after)) == sorted(map(repr, before))
    assert rows(old, "SELECT DISTINCT grid, is_extrapolated FROM surface") == [("classic", False)]
    assert count(old, "surface_tenor") == 3
    assert count(old, "axis") == 2


def test_quotes_of_an_older_schema_keep_seven_digits_of_their_volatilities(
    old: Connection,
) -> None:
    migrate(old)
    found = rows(old, "SELECT bid, bid_iv, gamma, vega FROM option_quote ORDER BY minute")
    assert found[0] == (0.0501234567890123, pytest.approx(0.61234567, rel=1e-6), 0.0, None)
    assert found[1] == (0.05, None, 0.5, -3.25)


def test_funding_is_a_view_of_the_bookings(old: Connection) -> None:
    migrate(old)
    assert rows(old, "SELECT sleeve, instrument, amount::float8 FROM funding") == [
        ("pair", "BTC-PERPETUAL", 0.001)
    ]


def test_what_an_older_program_left_in_the_spool_is_taken(connection: Connection) -> None:
    cells = Batch(
        SURFACE,
        {
            "minute": [MINUTE_NS] * 3,
            "chain": ["BTC"] * 3,
            "flag": ["i"] * 3,
            "tenor_days": [7.0, 7.0, 30.0],
            "k": [0.1, 0.0, 0.0],
            "iv": [0.52, 0.5, 0.6],
            "forward": [97_000.0] * 3,
            "quotes": [12] * 3,
        },
    )
    unit = pack([cells])
    inserter = Inserter(connection)
    for sequence in (1, 2):
        assert inserter.insert(from_bytes(to_bytes(unit)), STREAM, sequence)
    found = rows(connection, "SELECT tenor_days, k, iv FROM surface ORDER BY tenor_days, k")
    assert found == [
        (7.0, 0.0, 0.5),
        (7.0, 0.1, pytest.approx(0.52)),
        (30.0, 0.0, pytest.approx(0.6)),
    ]


def test_quotes_spooled_in_sixteen_digits_are_taken(connection: Connection) -> None:
    minute_us = MINUTE_NS // 1000 - 946_684_800_000_000
    name = b"BTC-25DEC26-50000-C"
    row = struct.pack(">hiq", 4, 8, minute_us) + struct.pack(">i", len(name)) + name
    row += struct.pack(">idid", 8, 0.61234567, 8, 1e-60)
    copy = b"PGCOPY\n\xff\r\n\0" + bytes(8) + row + b"\xff\xff"
    part = Part("option_quote", ("minute", "instrument", "bid_iv", "gamma"), 1, copy)
    assert from_bytes(to_bytes(Unit((part,)))) == Unit((part,))
    Inserter(connection).insert(Unit((part,)), STREAM, 1)
    ((bid_iv, gamma),) = rows(connection, "SELECT bid_iv, gamma FROM option_quote")
    assert bid_iv == pytest.approx(0.61234567, rel=1e-6)
    assert gamma == 0.0
