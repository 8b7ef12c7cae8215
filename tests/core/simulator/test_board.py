"""The options board of the full market: marks, greeks, quotes and spreads of every chain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from core.quant.types import FloatArray, IndexArray
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import option_bands, ticker_rows
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.prices.model import World
from core.simulator.world.size import FULL
from tests.core.simulator.still import START
from tests.core.simulator.test_marks import YEAR_MS, black

NOW_MS = int(START.timestamp()) * 1_000
HALF_A_PRINTED_IV = 0.5001e-4
"""Half of the last digit of a volatility in percent with two decimals, as a fraction."""


@pytest.fixture(scope="module")
def floor() -> Floor:
    """All nine chains on their first day."""
    opened = Floor(World(3, FULL))
    opened.open_first(NOW_MS)
    return opened


def options(floor: Floor) -> list[Market]:
    """Every listed option."""
    return [market for market in floor.markets if market.instrument.is_option]


def chains(board: OptionBoard) -> Iterator[list[IndexArray]]:
    """Each chain as the rows of its calls, ascending in strike, expiry by expiry."""
    names = np.array([it.chain for it in board.instruments])
    for name in sorted(set(names)):
        rows = np.flatnonzero((names == name) & board.is_call)
        dates = np.unique(board.expiry_ms[rows])
        expiries = [rows[board.expiry_ms[rows] == date] for date in dates]
        yield [one[np.argsort(board.strike[one])] for one in expiries]


# What is printed


def test_printed_marks_and_greeks_follow_from_the_printed_volatility(floor: Floor) -> None:
    chosen = options(floor)[::29]
    for market, row in zip(chosen, ticker_rows(chosen), strict=True):
        it = market.instrument
        tau = (it.expiry_ms - row["timestamp"]) / YEAR_MS
        f, vol = row["underlying_price"], row["mark_iv"] / 100.0
        right = black(f, it.strike, tau, vol, it.is_call)
        price = right["coin"] * (f if it.is_linear else 1.0)
        digits = it.terms.mark_decimals
        assert row["mark_price"] == pytest.approx(price, abs=0.501 * 10.0**-digits, rel=1e-12)
        for greek, value in row["greeks"].items():
            assert value == pytest.approx(right[greek], abs=0.51e-5, rel=1e-9), (it.name, greek)


def test_printed_volatilities_of_the_best_prices_give_the_prices_back(floor: Floor) -> None:
    checked = 0
    chosen = options(floor)[::29]
    for market, row in zip(chosen, ticker_rows(chosen), strict=True):
        it = market.instrument
        tau, f = (it.expiry_ms - row["timestamp"]) / YEAR_MS, row["underlying_price"]
        unit = f if it.is_linear else 1.0
        for side in ("bid", "ask"):
            iv, price = row[f"{side}_iv"] / 100.0, row[f"best_{side}_price"]
            if 0.0 < iv < 4.0:
                low, high = (
                    unit * black(f, it.strike, tau, iv + off, it.is_call)["coin"]
                    for off in (-HALF_A_PRINTED_IV, HALF_A_PRINTED_IV)
                )
                assert low * (1 - 1e-9) <= price <= high * (1 + 1e-9), it.name
                checked += 1
    assert checked > 60


def test_theta_never_exceeds_what_is_left_to_lose(floor: Floor) -> None:
    chosen = options(floor)
    for market, row in zip(chosen, ticker_rows(chosen), strict=True):
        usd = market.mark * (1.0 if market.instrument.is_linear else row["underlying_price"])
        loose = 1e-8 * row["underlying_price"] + 1e-5
        assert -usd - loose <= row["greeks"]["theta"] <= 0.0, market.name


def test_a_chain_has_one_forward_and_one_volatility_a_strike(floor: Floor) -> None:
    board = floor.options
    for expiries in chains(board):
        for calls in expiries:
            assert len(np.unique(board.forward[calls])) == 1
    pairs: dict[tuple[str, float, float], set[float]] = {}
    for row, it in enumerate(board.instruments):
        key = (it.chain, board.expiry_ms[row], board.strike[row])
        pairs.setdefault(key, set()).add(board.iv[row])
    assert all(len(found) == 1 for found in pairs.values())


def test_put_call_parity_holds_in_every_chain(floor: Floor) -> None:
    board, rows = floor.options, np.arange(len(floor.options))
    usd = board.mark * board.unit(rows)
    puts = {
        (it.chain, board.expiry_ms[row], board.strike[row]): row
        for row, it in enumerate(board.instruments)
        if not it.is_call
    }
    for row, it in enumerate(board.instruments):
        if it.is_call:
            put = puts[it.chain, board.expiry_ms[row], board.strike[row]]
            parity = board.forward[row] - board.strike[row]
            assert usd[row] - usd[put] == pytest.approx(parity, rel=1e-9, abs=1e-9 * usd[row])


# No free money


def assert_no_static_arbitrage(board: OptionBoard) -> None:
    """Over all listed marks; tolerances are those of volatilities printed with two decimals."""
    for expiries in chains(board):
        for calls in expiries:
            assert_no_butterfly(board, calls)
        for near, far in pairwise(expiries):
            assert_no_calendar(board, near, far)


def assert_no_butterfly(board: OptionBoard, calls: IndexArray) -> None:
    """Calls fall with the strike, by at most the strike's rise, and are convex in it."""
    f, k, root = board.forward[calls], board.strike[calls], np.sqrt(board.tau[calls])
    usd = board.mark[calls] * board.unit(calls)
    v = board.iv[calls] / 100.0 * root
    d1 = np.log(f / k) / v + 0.5 * v
    slack = f * np.exp(-0.5 * d1 * d1) * root * 0.4 * HALF_A_PRINTED_IV + 1e-9 * f
    gap = np.diff(k)
    slope, loose = np.diff(usd) / gap, (slack[1:] + slack[:-1]) / gap
    assert np.all(slope <= loose)
    assert np.all(slope >= -1.0 - loose)
    assert np.all(np.diff(slope) >= -(loose[1:] + loose[:-1]))


def assert_no_calendar(board: OptionBoard, near: IndexArray, far: IndexArray) -> None:
    """Total variance at the same moneyness grows with time."""
    one, two = (total_variance(board, rows) for rows in (near, far))
    inside = (one[0] >= two[0][0]) & (one[0] <= two[0][-1])
    later = np.interp(one[0][inside], *two)
    slack = 2.0 * HALF_A_PRINTED_IV * np.sqrt(later * board.tau[far[0]])
    assert np.all(later >= one[1][inside] - slack)


def total_variance(board: OptionBoard, rows: IndexArray) -> tuple[FloatArray, FloatArray]:
    """(ln(K / F), total variance) of calls."""
    k = np.log(board.strike[rows] / board.forward[rows])
    return k, (board.iv[rows] / 100.0) ** 2 * board.tau[rows]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_minute_of_a_moving_world_offers_free_money(seed: int) -> None:
    world = World(seed, FULL)
    floor = Floor(world)
    floor.open_first(NOW_MS)
    now_ms = NOW_MS
    for minute in range(24):
        if minute == 8:
            for coin, fall in (("BTC", -0.35), ("SOL", -0.5), ("TRX", -0.2), ("HYPE", 0.6)):
                world.coins.jump(coin, fall)
        dt_s = (60.0, 600.0, 1_800.0)[minute % 3]
        world.step(dt_s)
        now_ms += int(1_000 * dt_s)
        floor.reprice(now_ms, 0, 1)
        assert_no_static_arbitrage(floor.options)


# Quotes


def test_books_are_never_crossed_and_every_price_is_on_its_grid() -> None:
    world = World(5, FULL)
    floor = Floor(world)
    floor.open_first(NOW_MS)
    for minute in range(1, 6):
        world.step(60.0)
        floor.reprice(NOW_MS + 60_000 * minute, 0, 1)
        for board in (floor.options, floor.futures):
            assert_sane_quotes(board.quotes.ticks, board.quotes.units)
        assert_on_grid(floor.options, floor.options.quotes.ticks)


def assert_sane_quotes(ticks: IndexArray, units: IndexArray) -> None:
    """Best first, positive, bids below asks; sizes are never negative."""
    assert np.all(np.diff(ticks[:, 0]) < 0)
    assert np.all(np.diff(ticks[:, 1]) > 0)
    assert np.all(ticks[:, 0, 0] < ticks[:, 1, 0])
    assert np.all(units >= 0)
    assert np.all((units == 0) | (ticks > 0))


def assert_on_grid(board: OptionBoard, ticks: IndexArray) -> None:
    """The coarse step holds from its first price on."""
    edge, step = board.step_from[:, None, None], board.step[:, None, None]
    assert np.all((ticks < edge) | (ticks % step == 0))


def test_order_bands_lie_on_the_grid_and_hold_the_mark(floor: Floor) -> None:
    board, rows = floor.options, np.arange(len(floor.options))
    low, high = option_bands(board, rows)
    mark = board.mark / board.tick
    assert np.all(low >= 1)
    assert np.all((low <= np.maximum(mark, 1.0) + 0.5 * board.step) & (mark <= high))
    for bound in (low, high):
        assert np.all((bound <= board.step_from) | (bound % board.step == 0))


def test_the_grid_of_the_board_is_that_of_the_instrument(floor: Floor) -> None:
    board = floor.options
    for row, it in enumerate(board.instruments[::37]):
        row *= 37
        for tick in board.quotes.ticks[row, 1].tolist():
            price = it.decimal_price(tick)
            assert price % it.tick_at(price) == Decimal(0)


def test_makers_widen_in_storms_and_narrow_in_calm() -> None:
    def widths(regime: int) -> tuple[float, float]:
        world = World(9, FULL)
        one = Floor(world)
        world.coins.regime = regime
        one.open_first(NOW_MS)
        perpetuals = np.flatnonzero(one.futures.is_perpetual)
        ticks = one.futures.quotes.ticks[perpetuals]
        options = one.options.quotes.ticks
        return (
            float(np.mean(ticks[:, 1, 0] - ticks[:, 0, 0])),
            float(np.mean(options[:, 1, 0] - options[:, 0, 0])),
        )

    calm, normal, storm = widths(0), widths(1), widths(2)
    assert calm[0] < normal[0] < storm[0]
    assert calm[1] < normal[1] < storm[1]


def test_liquid_chains_have_bids_nearly_everywhere_and_thin_ones_on_half(floor: Floor) -> None:
    has_bid = floor.options.quotes.units[:, 0, 0] > 0
    names = np.array([it.chain for it in floor.options.instruments])
    shares = {str(name): float(has_bid[names == name].mean()) for name in set(names)}
    recorded = {"BTC": 0.91, "ETH": 0.93, "SOL_USDC": 0.53, "AVAX_USDC": 0.50, "TRX_USDC": 0.38,
                "XRP_USDC": 0.37}  # fmt: skip
    for name, share in recorded.items():
        assert shares[name] == pytest.approx(share, abs=0.06), name


# Movement


def test_minutes_realise_about_what_the_options_imply() -> None:
    world = World(11, FULL)
    log_prices = []
    for _ in range(12_000):
        world.coins.step(60.0)
        log_prices.append(world.coins.log_price.copy())
    returns = np.diff(np.array(log_prices), axis=0)
    for coin, surface in world.surfaces.items():
        tau = 30.0 / 365.0
        implied = math.sqrt(float(surface.atm_variance(tau)) / tau)
        own = returns[:, world.coins.row[coin]]
        realised = math.sqrt(float(np.mean(own**2)) * 365.0 * 1_440.0)
        assert 1.0 / 1.3 < realised / implied < 1.3, coin


def test_a_surface_wanders_as_far_in_big_steps_as_in_small_ones() -> None:
    spreads = []
    for dt_s, steps in ((86_400.0, 1_500), (21_600.0, 6_000)):
        surface = World(13, FULL).surfaces["BTC"]
        seen = []
        for _ in range(steps):
            surface.step(dt_s, 0.0)
            seen.append(surface.state.log_short)
        spreads.append(np.std(seen))
    assert spreads[0] == pytest.approx(0.047, rel=0.12)
    assert spreads[1] == pytest.approx(0.047, rel=0.12)


def test_volatility_rises_when_the_market_is_made_to_fall() -> None:
    world = World(2, FULL)
    before = world.surfaces["BTC"].state.log_short
    world.coins.jump("BTC", -0.2)
    world.step(1.0)
    assert world.surfaces["BTC"].state.log_short > before + 0.1
