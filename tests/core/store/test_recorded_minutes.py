"""The recorder, the writer and the database together, on a market made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.market.still import StillBoard
from core.pricing.service import Pricer
from core.pricing.view import MarketPricing
from core.recorder.minute import Market, Recorder
from core.settings import PricingSettings
from core.store.queries.queries import Queries
from core.store.queries.series import Span
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.writer import Writer
from core.trading.view import TradingView
from tests.core.pricing.market import NOW_NS, HandMarket, skewed
from tests.core.store.samples import count, rows
from tests.eventually import eventually

FIRST_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE
OPTIONS = 3 * 21 * 2


def a_market() -> HandMarket:
    market = HandMarket()
    market.list_chain([7, 14, 30])
    market.quote_chain(skewed)
    return market


def run(market: HandMarket, database: Database, folder: Path, minutes: range) -> None:
    """One life of the program: it starts 20 s before the first of `minutes` and is stopped."""
    pricer = Pricer(market.board, market.clock, PricingSettings())
    writer = Writer(database, Spool(folder), retry_s=0.05)

    def price(board: StillBoard, _within_s: float) -> MarketPricing:
        return pricer.turn(board)

    recorder = Recorder(Market(market.board, price, TradingView), writer)
    market.clock.set_ns(FIRST_NS + minutes[0] * NS_PER_MINUTE - 20 * NS_PER_S)
    writer.start()
    recorder.start()
    eventually(lambda: recorder.seen_ns > 0)
    for minute in minutes:
        with market.board.writing:
            market.clock.set_ns(FIRST_NS + minute * NS_PER_MINUTE + NS_PER_S)
            market.touch()
        expected = market.clock.now_ns() - NS_PER_S
        eventually(lambda expected=expected: recorder.last_minute_ns == expected)  # type: ignore[misc]  # the default binds it
    assert recorder.stop()
    assert writer.wait_until_written(20)
    assert writer.state.last_minute_ns == recorder.last_minute_ns
    assert writer.stop()


def test_every_minute_has_every_option_once_however_often_the_program_starts(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    run(a_market(), database, tmp_path, range(1, 4))
    run(a_market(), database, tmp_path, range(3, 6))
    run(a_market(), database, tmp_path, range(8, 9))
    found = rows(
        connection, "SELECT minute, count(*) FROM option_quote GROUP BY minute ORDER BY minute"
    )
    assert [count for _, count in found] == [OPTIONS] * 6
    minutes = [datetime(2027, 1, 15, 8, minute, tzinfo=UTC) for minute in (1, 2, 3, 4, 5, 8)]
    assert [minute for minute, _ in found] == minutes
    assert count(connection, "smile") == 6 * 3
    assert count(connection, "future_top") == 6
    log = rows(connection, "SELECT options, quoted, stale, skipped FROM minute_log")
    assert log == [(OPTIONS, OPTIONS, 0, "")] * 6


def test_what_is_missing_is_null_and_nothing_is_nan(
    database: Database, connection: Connection, tmp_path: Path
) -> None:
    market = a_market()
    name = market.option(30, 110_000, True)
    market.quote(name, 0.0, 0.02)
    run(market, database, tmp_path, range(1, 2))
    found = rows(
        connection,
        "SELECT bid, bid_size, bid_iv, mid_iv, ask FROM option_quote "
        f"JOIN instrument ON id = instrument WHERE name = '{name}'",
    )
    assert found == [(None, None, None, None, 0.02)]
    nan = "SELECT count(*) FROM {} t WHERE to_jsonb(t)::text LIKE '%NaN%'"
    for table in ("option_quote", "future_top", "surface", "smile"):
        assert rows(connection, nan.format(table)) == [(0,)]


def test_a_recorded_surface_is_read_back_as_it_was(database: Database, tmp_path: Path) -> None:
    market = a_market()
    run(market, database, tmp_path, range(1, 3))
    database.open().close()
    grid = Pricer(market.board, market.clock, PricingSettings()).turn().surfaces["BTC"]
    found = Queries(database).surface_at("BTC", market.clock.now_ns())
    assert found is not None
    assert found.minute_ns == FIRST_NS + 2 * NS_PER_MINUTE
    tenors = [grid.tenors_days.index(tenor) for tenor in found.tenors_days]
    columns = [grid.log_moneyness.index(k) for k in found.log_moneyness]
    # Seven digits are kept.
    np.testing.assert_allclose(found.iv, grid.iv[np.ix_(tenors, columns)], rtol=1e-6)
    assert np.isfinite(found.iv).sum() == np.isfinite(grid.iv).sum()
    expiry_ns = NOW_NS + 30 * 86_400 * NS_PER_S
    span = Span(0, market.clock.now_ns(), points=10**9)
    history = Queries(database).smile_history("BTC", expiry_ns, span)
    assert history.at_ns.tolist() == [FIRST_NS + n * NS_PER_MINUTE for n in (1, 2)]
    assert abs(history["atm"].last - 0.6).max() < 0.01
