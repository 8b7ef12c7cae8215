"""The simulated market: calendar, prices, surfaces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.quant.black import greeks, price_usd
from core.quant.types import FloatArray
from core.simulator.world.listing.calendar import expiries
from core.simulator.world.listing.chains import chain_strikes
from core.simulator.world.prices.coins import NAMES, Coins
from core.simulator.world.prices.model import World
from core.simulator.world.prices.surface import HOMES, Home, Surface

DAYS = st.integers(0, 2_000)
ETH, BTC, SOL, AVAX, XRP = (NAMES.index(n) for n in ("ETH", "BTC", "SOL", "AVAX", "XRP"))


@given(DAYS, st.integers(0, 86_399))
def test_any_moment_has_eight_expiries_all_ahead_at_eight_o_clock(day: int, second: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=second)
    found = expiries(int(now.timestamp() * 1000))
    assert len(found) >= 8
    assert all(one.at_ms > now.timestamp() * 1000 for one in found)
    assert all(one.at_ms % 86_400_000 == 8 * 3_600_000 for one in found)
    assert {"day", "week", "month"} == {one.period for one in found}


def test_the_day_in_a_code_has_no_leading_zero() -> None:
    now = datetime(2026, 12, 3, 12, tzinfo=UTC)
    assert expiries(int(now.timestamp() * 1000))[0].code == "4DEC26"


@given(st.floats(0.01, 200_000.0), st.floats(0.01, 1.5), st.floats(0.6, 1.7))
def test_a_chain_has_round_strikes_around_the_forward(
    forward: float, total_vol: float, reach: float
) -> None:
    strikes = np.array(chain_strikes(forward, total_vol, reach))
    gaps = np.diff(strikes)
    assert len(strikes) >= 8
    assert (strikes < forward).sum() >= 3
    assert (strikes > forward).sum() >= 3
    assert np.allclose(strikes / gaps.min(), np.round(strikes / gaps.min()), atol=1e-6)
    near = np.abs(np.log(strikes / forward)) < 0.04
    assert gaps[near[1:] & near[:-1]].max(initial=0.0) <= gaps.min() * 1.0001


def test_the_same_seed_gives_the_same_world() -> None:
    one, two = World(5), World(5)
    for _ in range(50):
        one.step(0.1)
        two.step(0.1)
    assert one.indices == two.indices
    assert one.vol_index("BTC") == two.vol_index("BTC")


def test_the_past_ends_at_the_present() -> None:
    coins = Coins(np.random.default_rng(1))
    past = coins.past(np.random.default_rng(2), 100, 10.0)
    assert np.array_equal(past[-1], coins.log_price)


@pytest.mark.parametrize(
    ("follower", "leader", "low", "high"), [(ETH, BTC, 0.001, 0.003), (AVAX, SOL, 0.001, 0.004)]
)
def test_planted_pairs_revert_within_minutes(
    follower: int, leader: int, low: float, high: float
) -> None:
    minutes = Coins(np.random.default_rng(3)).past(np.random.default_rng(4), 9_000, 10.0)[::6]
    x, y = minutes[:, leader], minutes[:, follower]
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    kept = np.corrcoef(residual[1:], residual[:-1])[0, 1]
    half_life_minutes = np.log(0.5) / np.log(kept)
    assert low < residual.std() < high
    assert 3.0 < half_life_minutes < 25.0


def test_unplanted_pairs_do_not_revert() -> None:
    minutes = Coins(np.random.default_rng(3)).past(np.random.default_rng(4), 9_000, 10.0)[::6]
    residual = minutes[:, XRP] - np.polyval(np.polyfit(minutes[:, BTC], minutes[:, XRP], 1),
                                            minutes[:, BTC])  # fmt: skip
    assert np.corrcoef(residual[1:], residual[:-1])[0, 1] > 0.98


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(HOMES)))
def test_the_surface_has_no_static_arbitrage_as_it_moves(seed: int, coin: str) -> None:
    rng = np.random.default_rng(seed)
    surface = Surface(rng, HOMES[coin])
    for _ in range(20):
        surface.step(3_600.0, 0.01 * float(rng.standard_normal()))
    k = np.linspace(-1.0, 1.0, 401)
    before = np.zeros_like(k)
    for tau in (1 / 365, 7 / 365, 30 / 365, 0.25, 0.75):
        w = surface.total_variance(k, tau)
        assert np.all(w >= before)
        assert np.all(density_factor(k, w) > -1e-6)
        before = w


def density_factor(k: FloatArray, w: FloatArray) -> FloatArray:
    """Durrleman's function; the risk-neutral density has its sign (Gatheral & Jacquier 2014)."""
    w1 = np.gradient(w, k)
    w2 = np.gradient(w1, k)
    first = (1.0 - k * w1 / (2.0 * w)) ** 2
    g = first - w1**2 / 4.0 * (1.0 / w + 0.25) + w2 / 2.0
    return np.asarray(g[3:-3])


def test_the_volatility_index_of_a_flat_smile_is_its_level_without_the_wings() -> None:
    """Between the strikes of 5 delta lies 96.7 % of the variance of a flat month at 50 %."""
    surface = Surface(np.random.default_rng(1), Home(0.5, 0.5, -0.2, 0.0, 0.8))
    surface.state.eta = 1e-6
    k = np.linspace(-0.35, 0.35, 70_001)
    vol, month = 0.5 * np.ones(k.shape), 30 / 365 * np.ones(k.shape)
    at = greeks(1.0, np.exp(k), month, vol, k >= 0)
    worth = price_usd(1.0, np.exp(k), month, vol, k >= 0) * np.exp(-k)
    inside = 2.0 * np.trapezoid(np.where(np.abs(at.delta) >= 0.05, worth, 0.0), k)
    assert surface.index_percent() == pytest.approx(100 * np.sqrt(inside / month[0]), abs=0.01)
    assert surface.index_percent() == pytest.approx(49.17, abs=0.01)
