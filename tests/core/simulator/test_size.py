"""The two sizes of the market: how much each lists, by which names, and at what cost."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from time import process_time

import numpy as np
import pytest

from core.simulator.cli import run
from core.simulator.exchange import Exchange
from core.simulator.markets.floor import Floor
from core.simulator.state.snapshot import snapshot
from core.simulator.world.listing.instruments import instrument_row
from core.simulator.world.prices.model import World
from core.simulator.world.size import DEFAULT, FULL, SIZES, MarketSize
from tests.core.simulator.running import simulator
from tests.core.simulator.still import StillClock

NAME = re.compile(
    r"^([A-Z0-9]+(?:_[A-Z]+)?)-(\d{1,2})([A-Z]{3})(\d{2})(?:-(\d+(?:d\d+)?)-([CP]))?$"
)
RECORDED_DAY = datetime(2026, 9, 22, 10, tzinfo=UTC)
"""The day on which the whole real venue was counted."""


def opened(size: MarketSize, day: datetime = RECORDED_DAY) -> Floor:
    """A floor on its first day."""
    floor = Floor(World(1, size))
    floor.open_first(int(day.timestamp()) * 1000)
    return floor


@pytest.fixture(scope="module")
def full() -> Floor:
    """As large as the real venue."""
    return opened(FULL)


def counts(floor: Floor) -> Counter[str]:
    """How many options each chain lists."""
    return Counter(m.instrument.chain for m in floor.markets if m.instrument.is_option)


def test_the_full_market_lists_what_the_venue_lists(full: Floor) -> None:
    its = [market.instrument for market in full.markets]
    perpetuals = [it for it in its if it.is_perpetual]
    dated = [it for it in its if it.kind == "future" and not it.is_perpetual]
    assert (len(perpetuals), sum(it.is_linear for it in perpetuals)) == (131, 129)
    assert (len(dated), sum(it.is_linear for it in dated)) == (67, 45)
    options = counts(full)
    assert options["BTC"] == pytest.approx(972, rel=0.1)
    assert options["ETH"] == pytest.approx(856, rel=0.1)
    linear = {chain: count for chain, count in options.items() if chain.endswith("_USDC")}
    assert len(linear) == 7
    assert sum(linear.values()) == pytest.approx(3_660, rel=0.1)


def test_the_default_market_has_small_linear_chains() -> None:
    options = counts(opened(DEFAULT, datetime(2026, 11, 20, 10, tzinfo=UTC)))
    assert options["BTC"] + options["ETH"] == pytest.approx(1_240, rel=0.1)
    assert all(40 <= options[f"{coin}_USDC"] <= 90 for coin in ("BTC", "ETH", "SOL"))


def test_every_name_reads_back_as_its_terms(full: Floor) -> None:
    for market in full.markets:
        it = market.instrument
        if it.is_perpetual:
            assert it.name == f"{it.chain}-PERPETUAL"
            continue
        if it.is_spot:
            assert it.name == f"{it.base}_{it.quote}"
            continue
        if it.legs:
            assert it.name.startswith(f"{it.chain}-")
            continue
        found = NAME.match(it.name)
        assert found is not None, it.name
        assert found[1] == it.chain
        assert (found[6] == "C") == it.is_call
        if it.is_option:
            assert float(found[5].replace("d", ".")) == it.strike


@pytest.mark.parametrize(
    ("chain", "terms"),
    [
        ("BTC", (1.0, 0.1, 0.0001, [(0.005, 0.0005)], 25, 0.0001, 1, "btc_usd")),
        ("ETH", (1.0, 1.0, 0.0001, [(0.005, 0.0005)], 250, 0.0001, 1, "eth_usd")),
        ("BTC_USDC", (1.0, 0.01, 5.0, [(1000.0, 20.0)], 25, 5.0, 1, "btc_usdc")),
        ("SOL_USDC", (10.0, 10.0, 0.1, [], 250, 0.1, 10, "sol_usdc")),
        ("XRP_USDC", (1e3, 1e3, 0.0005, [], 25_000, 0.0005, 10_000, "xrp_usdc")),
        ("AVAX_USDC", (1e2, 1e2, 0.0005, [(0.1, 0.002)], 2_500, 0.0005, 1_000, "avax_usdc")),
        ("TRX_USDC", (1e4, 1e4, 0.00005, [(0.01, 1e-4)], 250_000, 1e-4, 100_000, "trx_usdc")),
    ],
)
def test_the_terms_of_each_chain_are_the_recorded_ones(
    full: Floor, chain: str, terms: tuple[object, ...]
) -> None:
    row = instrument_row(full.options_of(chain)[0].instrument, "open")
    steps = [(step["above_price"], step["tick_size"]) for step in row["tick_size_steps"]]
    assert terms == (
        row["contract_size"], row["min_trade_amount"], row["tick_size"], steps,
        row["block_trade_min_trade_amount"], row["block_trade_tick_size"], row["lot_size"],
        row["price_index"],
    )  # fmt: skip
    assert row["instrument_type"] == ("linear" if "_" in chain else "reversed")


def test_strikes_lie_around_the_forward(full: Floor) -> None:
    board = full.options
    for chain in counts(full):
        rows = np.array([market.row for market in full.options_of(chain)])
        for expiry_ms in np.unique(board.expiry_ms[rows]):
            own = rows[board.expiry_ms[rows] == expiry_ms]
            assert (board.strike[own] < board.forward[own]).sum() >= 8
            assert (board.strike[own] > board.forward[own]).sum() >= 8


def test_an_expiry_without_a_future_is_priced_on_a_synthetic_one() -> None:
    floor = opened(DEFAULT)
    for market in floor.markets:
        if market.instrument.is_option:
            future = market.name.rsplit("-", 2)[0]
            listed = floor.markets.find(future) is not None
            expected = future if listed else f"SYN.{future}"
            assert floor.options.underlying[market.row] == expected
    assert any(name.startswith("SYN.BTC_USDC-") for name in floor.options.underlying)
    assert any(name.startswith("BTC-") for name in floor.options.underlying)


def test_a_snapshot_names_the_size() -> None:
    exchange = Exchange(StillClock(), 1)
    exchange.open()
    assert snapshot(exchange)["market"] == "default"
    assert set(SIZES) == {"default", "full"}


def test_an_unknown_size_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--market", "huge"]) == 2
    assert "huge" in capsys.readouterr().err


def test_the_full_market_serves_and_steps_in_time() -> None:
    with simulator("--market", "full") as venue:
        rows = venue.get("public/get_instruments", currency="USDC", kind="option")
        assert len(rows) > 3_000
        name = next(row["instrument_name"] for row in rows if "d" in row["instrument_name"])
        assert venue.get("public/ticker", instrument_name=name)["mark_iv"] > 0.0


def test_a_step_of_the_full_market_takes_a_third_of_its_time_at_most() -> None:
    clock = StillClock()
    exchange = Exchange(clock, 1, size=FULL)
    exchange.open()
    spent = []
    for _ in range(40):
        clock.advance(0.1)
        start = process_time()
        exchange.step()
        spent.append(process_time() - start)
    assert sorted(spent)[len(spent) // 2] < 0.035
