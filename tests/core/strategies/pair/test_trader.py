"""The pair trader from its own door: prices in, targets out, a fake sleeve that fills them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import isnan

import numpy as np
import pytest

from core.settings import PairSettings
from core.strategies.pair.history import PairFit
from core.strategies.pair.trader import KalmanPair
from core.trading.journal import SignalRecord
from tests.core.strategies.market import Market, figures
from tests.core.strategies.pair.tape import (
    BETA,
    SETTINGS,
    H,
    Run,
    Z,
    a_pair_market,
    lead,
    pair_prices,
    two_walks,
)

FLAT = (Decimal(0), Decimal(0))


def a_fit(z: float, h: float) -> PairFit:
    """History that knows the planted hedge ratio, on a level where these prices are fair."""
    return PairFit(60.0, 1000, float(np.log(z)), BETA, float(np.log(h)), 1e-7, 0.0, 1e-4, 1e-5)


def running(market: Market, settings: PairSettings = SETTINGS) -> KalmanPair:
    """A pair trader with history, switched on."""
    pair = KalmanPair(settings)
    pair.warm_up(a_fit(3_000.0, 90_000.0))
    pair.start(market.now)
    return pair


def shown(seed: int = 0, bars: int = 400, settings: PairSettings = SETTINGS) -> tuple[Market, Run]:
    """A run over the planted pair."""
    market = a_pair_market()
    return market, lead(market, running(market, settings), *pair_prices(seed, bars))


def in_position(bars: int = 200) -> tuple[Market, KalmanPair]:
    """A market in which the trader holds a pair, with nothing at work."""
    market = a_pair_market()
    pair = running(market)
    lead(market, pair, *pair_prices(0, bars))
    assert pair.view.position
    return market, pair


@pytest.mark.parametrize("signal", ["band", "zscore"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_pair_earns_before_costs_without_any_history(signal: str, seed: int) -> None:
    market = a_pair_market()
    pair = KalmanPair(replace(SETTINGS, signal=signal))
    pair.start(market.now)
    assert lead(market, pair, *pair_prices(seed, 1500)).profit > 300.0


def test_both_legs_are_held_in_the_hedge_ratio_or_none() -> None:
    market, run = shown()
    held = [(float(z), float(h)) for z, h in run.held]
    assert any(z > 0 for z, _ in held)
    assert any(z < 0 for z, _ in held)
    for z, h in held:
        assert (z == 0) == (h == 0)
        assert z * h <= 0
    mids = market.board.quote(Z).mid, market.board.quote(H).mid
    z, h = held[-1]
    assert -h * mids[1] / (z * mids[0]) == pytest.approx(BETA, rel=0.2)


def test_the_first_leg_is_a_clip_in_whole_contracts() -> None:
    _, run = shown()
    amounts = {amount for _, leg, amount in run.said if leg == Z and amount}
    prices = [abs(20_000 / float(amount)) for amount in amounts]
    assert prices == pytest.approx([3_000.0] * len(prices), rel=0.05)
    assert all(amount % Decimal("0.001") == 0 for amount in amounts)


@pytest.mark.parametrize(("jump", "side"), [(1.004, -1), (0.996, 1)])
def test_a_dear_z_is_sold_and_h_bought_when_it_comes_back(jump: float, side: int) -> None:
    market = a_pair_market()
    pair = running(market)
    rng = np.random.default_rng(3)
    h = 90_000.0 * np.exp(2e-3 * np.sin(np.arange(110) / 5))
    z = 3_000.0 * (h / 90_000.0) ** BETA * np.exp(rng.normal(0.0, 1e-3, 110))
    z[-8:] = 3_000.0 * (h[-8:] / 90_000.0) ** BETA
    z[-5:-2] *= jump
    run = lead(market, pair, z, h)
    assert pair.view.position == side
    assert (run.held[-1][0] > 0) == (side > 0)
    assert (run.held[-1][1] < 0) == (side > 0)


def test_the_same_bars_lead_to_the_same_targets_twice() -> None:
    assert shown(1)[1].said == shown(1)[1].said


def test_later_prices_never_change_earlier_targets() -> None:
    whole = shown(1)[1].said
    prices = pair_prices(1, 400)
    market = a_pair_market()
    cut = lead(market, running(market), prices[0][:250], prices[1][:250]).said
    assert cut == [one for one in whole if one[0] < 250]
    assert cut


@pytest.mark.parametrize("seed", range(4))
def test_two_independent_walks_do_no_harm_to_the_program(seed: int) -> None:
    market = a_pair_market()
    pair = KalmanPair(SETTINGS)
    pair.start(market.now)
    run = lead(market, pair, *two_walks(seed, 300))
    assert all((z == 0) == (h == 0) for z, h in run.held)


def test_off_it_wants_nothing_and_still_warms_up() -> None:
    market = a_pair_market()
    pair = KalmanPair(SETTINGS)
    run = lead(market, pair, *pair_prices(0, 100))
    assert run.said == []
    assert (pair.view.is_on, pair.status()) == (False, "off")
    assert pair.view.bars >= SETTINGS.warmup_bars
    assert not isnan(pair.view.z)
    assert len(pair.view.history) > SETTINGS.warmup_bars


def test_switched_off_what_is_held_stays_and_nothing_is_wanted() -> None:
    market, pair = in_position()
    before = dict(market.holdings.amounts)
    pair.stop(market.now)
    run = lead(market, pair, *pair_prices(5, 60))
    assert run.said == []
    assert dict(market.holdings.amounts) == before
    assert pair.status().startswith("off; holds")
    assert pair.view.position != 0


def test_a_restart_adopts_the_lots_it_finds() -> None:
    market, _ = in_position()
    lots = dict(market.holdings.amounts)
    again = running(market)
    again.warm_up(a_fit(market.board.quote(Z).mid, market.board.quote(H).mid))
    ratio = market.board.quote(Z).mid * BETA / market.board.quote(H).mid
    market.holdings.put("pair", H, round(-lots["pair", Z] * Decimal(ratio), 4))
    lots = dict(market.holdings.amounts)
    z, h = (np.full(20, market.board.quote(leg).mid) for leg in (Z, H))
    run = lead(market, again, z, h)
    assert run.said == []
    assert dict(market.holdings.amounts) == lots
    assert again.view.position == (1 if lots["pair", Z] > 0 else -1)


def test_lots_of_others_in_the_legs_are_left_alone() -> None:
    market = a_pair_market()
    market.holdings.put("manual", Z, "3")
    market.holdings.put("hedger", H, "-1")
    lead(market, running(market), *pair_prices(0, 200))
    assert market.holdings.held("manual", Z) == 3
    assert market.holdings.held("hedger", H) == -1
    assert market.holdings.held("pair", Z)


def test_a_second_leg_that_never_fills_is_unwound_with_the_first() -> None:
    market = a_pair_market()
    pair = running(market)
    run = lead(market, pair, *pair_prices(0, 200), fills=frozenset((Z,)))
    bars_held = np.array([z != 0 for z, _ in run.held])
    longest = max(len(one) for one in "".join("01"[int(b)] for b in bars_held).split("0"))
    assert bars_held.any()
    assert longest <= SETTINGS.leg_timeout_s / SETTINGS.bar_s + 1
    assert run.held[-1] == FLAT
    assert "the second leg did not follow in time" in pair.status()


def test_after_a_broken_pair_the_next_signal_trades_again() -> None:
    market = a_pair_market()
    pair = running(market)
    prices = pair_prices(0, 400)
    lead(market, pair, prices[0][:200], prices[1][:200], fills=frozenset((Z,)))
    assert not market.holdings.held("pair", Z)
    run = lead(market, pair, prices[0][200:], prices[1][200:])
    assert any(z and h for z, h in run.held)


def test_no_entry_without_the_margin_for_it() -> None:
    market = a_pair_market()
    market.holdings.accounts["USDC"] = figures("USDC", "5000", free="100")
    pair = running(market)
    run = lead(market, pair, *pair_prices(0, 200))
    assert run.held[-1] == FLAT
    assert "100.0000 USDC available" in pair.status()


def test_no_entry_without_account_figures() -> None:
    market = a_pair_market()
    market.holdings.accounts.clear()
    pair = running(market)
    assert lead(market, pair, *pair_prices(0, 200)).held[-1] == FLAT
    assert "no account figures of USDC yet" in pair.status()


def test_everything_is_closed_when_the_margin_runs_short_and_stays_closed() -> None:
    market, pair = in_position()
    market.holdings.accounts["USDC"] = figures("USDC", "1000", "950")
    run = lead(market, pair, *pair_prices(0, 100))
    assert run.held[0] == run.held[-1] == FLAT
    assert pair.status().startswith("closed on margin: USDC equity 1000.0000")
    market.holdings.accounts["USDC"] = figures("USDC", "100000")
    assert lead(market, pair, *pair_prices(0, 100)).held[-1] == FLAT
    pair.start(market.now)
    pair.on_time(market.now)
    assert not pair.status().startswith("closed")


def test_a_stale_leg_gives_no_signal_and_is_said() -> None:
    market = a_pair_market()
    market.holdings.accounts.clear()
    pair = running(market)
    lead(market, pair, *pair_prices(0, 60))
    beta = pair.view.beta
    for _ in range(10):
        market.clock.advance_s(5.0)
        assert pair.on_time(market.now) == ()
    assert isnan(pair.view.z)
    assert pair.view.beta == beta
    assert pair.status() == "waits for fresh prices of both legs"


def test_the_edge_is_the_band_less_the_fees_of_both_legs_in_and_out() -> None:
    _, pair = in_position()
    view = pair.view
    fees = 2 * 0.0005 * (1 + view.beta)
    assert view.edge_bp == pytest.approx((view.threshold * view.sigma - fees) * 1e4)


def test_history_is_shown_and_shortens_nothing_else() -> None:
    market = a_pair_market()
    pair = KalmanPair(SETTINGS)
    pair.start(market.now)
    fit = replace(a_fit(3_000.0, 90_000.0), half_life_s=150.0, coint_p=0.01)
    pair.warm_up(fit)
    market.quote(Z, 3_000.0)
    market.quote(H, 90_000.0)
    pair.on_time(market.now)
    assert (pair.view.half_life_s, pair.view.adf_p) == (150.0, 0.01)
    assert pair.status() == "warms up: 0 of 36 bars"


def test_every_bar_is_written_down_and_every_signal_in_words() -> None:
    market = a_pair_market()
    pair = running(market)
    lead(market, pair, *pair_prices(0, 200))
    records = [one for one in market.told if isinstance(one, SignalRecord)]
    closed = [one.closed_ns for one in records]
    assert len(closed) == len(set(closed)) >= 199
    assert closed == sorted(closed)
    assert {(one.sleeve, one.pair) for one in records} == {("pair", f"{Z}/{H}")}
    assert {one.position for one in records} >= {0, pair.view.position}
    assert any("spread: z" in one.state for one in records)
    last = records[-1]
    assert (last.z, last.beta, last.sigma) == (pair.view.z, pair.view.beta, pair.view.sigma)


def test_bars_are_written_down_while_it_is_off() -> None:
    market = a_pair_market()
    pair = KalmanPair(SETTINGS)
    lead(market, pair, *pair_prices(0, 20))
    records = [one for one in market.told if isinstance(one, SignalRecord)]
    assert len(records) >= 19
    assert isnan(records[0].z)
    assert {one.state for one in records} == {"off"}
