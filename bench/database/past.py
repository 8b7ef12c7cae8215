"""A month of minutes made by the database itself, as a desk would have written them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.store.server.postgres import Connection

CHAINS = ("BTC", "ETH", "BTC_USDC", "SOL_USDC")
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
FIRST_NS = int(FIRST.timestamp()) * NS_PER_S
EXPIRY_NS = FIRST_NS + 85 * 86_400 * NS_PER_S
_MINUTES = """
    generate_series(timestamptz '2026-10-01 00:00+00' + {first} * interval '1 day',
        timestamptz '2026-10-01 00:00+00' + {last} * interval '1 day' - interval '1 minute',
        interval '1 minute') AS m
"""
_DAYS = """
    SELECT ensure_day(wide, (timestamptz '2026-10-01' + n * interval '1 day')::date)
    FROM unnest(ARRAY['surface_tenor', 'fit']) wide, generate_series(0, {days} - 1) n
"""
_NAMES = """
    INSERT INTO instrument (name)
    SELECT format('BTC-%s%s-%s-%s', e, 'DEC26', 50000 + 1000 * k, side)
    FROM unnest(ARRAY['C', 'P']) side, generate_series(10, 21) e, generate_series(1, 60) k
    ORDER BY side, e, k LIMIT {options}
"""
_LOADING = """
    CREATE TABLE option_quote_{day:%Y%m%d} (LIKE option_quote);
    INSERT INTO option_quote_{day:%Y%m%d} (minute, instrument, bid, ask, bid_size, ask_size,
        bid_iv, ask_iv, mid_iv, mark_iv, delta, gamma, vega, theta, open_interest, underlying,
        index_price)
    SELECT m, i, 0.05 + r, 0.051 + r, 10 + r, 12 + r, 0.5 + r, 0.51 + r, 0.505 + r, 0.505 + r,
           0.5 - r, 0.0001, 10 + r, -5, 100, 97000 + r, 97001 + r
    FROM {minutes}, generate_series(1, {options}) i, LATERAL (SELECT random() / 100 + i * 0 AS r) x;
    ALTER TABLE option_quote_{day:%Y%m%d} ADD PRIMARY KEY (minute, instrument);
    CREATE INDEX ON option_quote_{day:%Y%m%d} (instrument, minute) INCLUDE (bid_iv, ask_iv);
    ALTER TABLE option_quote ATTACH PARTITION option_quote_{day:%Y%m%d}
        FOR VALUES FROM ('{day:%Y-%m-%d} 00:00+00') TO ('{next:%Y-%m-%d} 00:00+00');
"""
"""Indices are made of whole days: five times as fast as row by row."""
_AXES = """
    INSERT INTO axis (k) SELECT array_agg(n / 20.0 ORDER BY n) FROM generate_series(-13, 13) n
"""
_SURFACES = """
    INSERT INTO surface_tenor (minute, tenor_days, forward, axis, quotes, chain, grid, iv)
    SELECT m, tenor, 97000, (SELECT min(id) FROM axis), 300, chain, grid,
           array_fill((0.5 + r)::real, ARRAY[27])
    FROM {minutes}, unnest(%s) chain, unnest(ARRAY['classic', 'wide']) grid,
        unnest(ARRAY[3,7,10,14,17,21,24,28,31,35,38,42,45,49,52,56,84]) tenor,
        LATERAL (SELECT random() / 100 + tenor * 0 AS r) x
"""
_SMILES = """
    INSERT INTO smile (minute, chain, expiry, forward, source, atm, rr25, bf25, rr10, bf10, rmse,
        put_call_oi, quotes)
    SELECT m, chain, timestamptz '2026-10-01 00:00+00' + (e * 7 + 1) * interval '1 day', 97000,
           'ticker', 0.5 + r, -0.02 + r, 0.01, -0.04, 0.02, 0.2, 0.7, 30
    FROM {minutes}, unnest(%s) chain, generate_series(1, 12) e,
        LATERAL (SELECT random() / 100 + e * 0 AS r) x
"""
_SMILE_INDEX = """
    CREATE INDEX smile_of_expiry ON smile (chain, expiry, minute)
    INCLUDE (atm, rr25, bf25, rr10, bf10)
"""
_FITS = """
    INSERT INTO fit (minute, chain, expiry, tau_years, a, b, rho, m, s, rmse, max_error, inside,
        least_g, calendar_gap, confidence, is_constrained, model)
    SELECT minute, chain, expiry, 0.1, atm * atm, 0.1, -0.3, 0.01, 0.1, 0.2, 0.6, 0.9, 0.3, 0, 0.8,
           false, 'svi'
    FROM smile WHERE minute >= {first} AND minute < {last}
"""
_INDICES = """
    INSERT INTO vol_index (minute, chain, near, next, value, variance_swap, venue, is_extrapolated)
    SELECT m, chain, m, m, 0.5 + r, 0.52 + r, 0.51 + r, false
    FROM {minutes}, unnest(%s) chain, LATERAL (SELECT random() / 10 + length(chain) * 0 AS r) x
"""
_REALISED = """
    INSERT INTO realised_vol (minute, chain, days, bars, close_close, parkinson, garman_klass,
        rogers_satchell, yang_zhang)
    SELECT m, chain, days, 720, 0.4 + r, 0.41, 0.42, 0.43, 0.44
    FROM {minutes}, unnest(%s) chain, unnest(ARRAY[7, 30, 90]) days,
        LATERAL (SELECT random() / 10 + days * 0 AS r) x
"""
_ACCOUNTS = """
    INSERT INTO account_minute
    SELECT m, currency, 10 + random(), 10, 9, 1, 0.5, 0.25, 0, 0, 0, 0, 0, 0, 0, 0
    FROM {minutes}, unnest(ARRAY['BTC', 'ETH', 'USDC']) currency
"""
_FILLS = """
    INSERT INTO fill (instrument, trade_id, sleeve, label, order_id, amount, price, fee, profit,
        index_price, is_maker, origin, at)
    SELECT 'BTC-PERPETUAL', n, CASE n % 10 WHEN 0 THEN 'hedger' ELSE 'pair' END, 'pair:' || n, n,
           10, 97000.5, 0.0000005, 0, 97000, false, 'venue',
           timestamptz '2026-10-01 00:00+00' + n * interval '20 seconds'
    FROM generate_series(1, {days} * 4320) n
"""
_ORDERS = """
    INSERT INTO order_event (label, order_id, instrument, side, type, state, amount, filled, price,
        time_in_force, post_only, reduce_only, reason, created, updated)
    SELECT label, order_id, instrument, 'buy', 'limit', state, 10, (state = 'filled')::int * 10,
           97000, 'good_til_cancelled', false, false, '', at, at + (state = 'filled')::int
               * interval '1 second'
    FROM fill, unnest(ARRAY['sent', 'filled']) state
"""
_COMMANDS = """
    INSERT INTO command (at, number, text, request, is_ok, reply)
    SELECT at, id, 'buy 10', 'PlaceOrders', true, 'sent' FROM fill
"""


@dataclass(frozen=True)
class Month:
    """How much is made."""

    days: int = 30
    options: int = 1_240
    sparse: int = 30
    """Options with quotes on the days before the last; a history reads one of them only."""

    @property
    def until_ns(self) -> int:
        """Just after the last minute."""
        return FIRST_NS + self.days * 1440 * NS_PER_MINUTE


def make(connection: Connection, month: Month) -> float:
    """Fill every table; how many GB they take."""
    days, all_days = month.days, _MINUTES.format(first=0, last=month.days)
    chains = (list(CHAINS),)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET synchronous_commit = off")
        cursor.execute(_DAYS.format(days=days))
        cursor.execute(_NAMES.format(options=month.options))
        cursor.execute(_AXES)
        cursor.execute("DROP INDEX smile_of_expiry")
        for day in range(days):
            began_s = time.perf_counter()
            minutes = _MINUTES.format(first=day, last=day + 1)
            options = month.options if day == days - 1 else month.sparse
            dates = {"day": FIRST + timedelta(days=day), "next": FIRST + timedelta(days=day + 1)}
            cursor.execute(_LOADING.format(minutes=minutes, options=options, **dates))
            cursor.execute(_SURFACES.format(minutes=minutes), chains)
            cursor.execute(_SMILES.format(minutes=minutes), chains)
            first, last = (
                f"timestamptz '2026-10-01 00:00+00' + {n} * interval '1 day'"
                for n in (day, day + 1)
            )
            cursor.execute(_FITS.format(first=first, last=last))
            print(f"\r  day {day + 1} of {days}, {time.perf_counter() - began_s:.1f} s  ", end="")
        cursor.execute(_INDICES.format(minutes=all_days), chains)
        cursor.execute(_REALISED.format(minutes=all_days), chains)
        cursor.execute(_ACCOUNTS.format(minutes=all_days))
        for statement in (_FILLS, _ORDERS, _COMMANDS):
            cursor.execute(statement.format(days=days))
        cursor.execute(_SMILE_INDEX)
        # As the server does by itself within minutes.
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SELECT pg_database_size(current_database()) / 1e9")
        return float(cursor.fetchall()[0][0])
