"""Signs of the pair signals, both ways, against the reference tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quant.pairs.signal import (
    BandRules,
    BandState,
    PairEvent,
    PairLegs,
    ZRules,
    ZState,
    band_step,
    crossing_signal,
    pair_legs,
    z_step,
)

NAN = float("nan")

# Source: section 4.9 (vi) of the reference. v, sigma, p, signal, position after the bar.
CROSSINGS = [
    (0.8, 1.0, 1.5, 0, 0),
    (1.6, 1.0, 1.5, 0, 0),
    (2.4, 1.0, 1.5, 0, 0),
    (1.2, 1.0, 1.5, -1, -1),
    (-0.4, 1.0, 2.0, 0, -1),
    (-1.9, 1.0, 2.0, 0, -1),
    (-2.6, 1.0, 2.0, 0, -1),
    (-1.0, 1.0, 2.0, 1, 1),
    (0.2, 1.0, 1.5, 0, 1),
    (3.5, 1.5, 2.2, 0, 1),
    (2.9, 1.5, 2.2, -1, -1),
    (2.9, 1.4, 1.5, 0, -1),
    (-0.5, 1.4, 1.5, -1, -1),
]
# Source: section 4.9 (ix). z, position, event, armed; entry 1.5, exit 0, stop 3.5.
Z_TABLE = [
    (0.4, 0, "-", True),
    (1.4, 0, "-", True),
    (1.5, -1, "entry", True),
    (2.2, -1, "-", True),
    (0.6, -1, "-", True),
    (0.0, 0, "exit", True),
    (-0.3, 0, "-", True),
    (-1.8, 1, "entry", True),
    (-2.9, 1, "-", True),
    (-3.5, 0, "stop", False),
    (-2.4, 0, "-", False),
    (-1.6, 0, "-", False),
    (-1.2, 0, "-", True),
    (-1.5, 1, "entry", True),
    (-0.1, 1, "-", True),
    (0.05, 0, "exit", True),
    (1.7, -1, "entry", True),
    (-1.9, 0, "exit", True),
    (-1.9, 1, "entry", True),
]


@pytest.mark.parametrize("mirror", [1, -1])
def test_re_entries_match_the_reference_and_mirror(mirror: int) -> None:
    state = BandState()
    for v, sigma, p, signal, position in CROSSINGS:
        state, decision = band_step(state, mirror * v, p * sigma)
        assert (decision.signal, decision.position) == (mirror * signal, mirror * position)
        assert state.position == decision.position


@pytest.mark.parametrize("mirror", [1, -1])
def test_the_z_machine_matches_the_reference_and_mirrors(mirror: int) -> None:
    state, rules = ZState(), ZRules(1.5, 0.0, 3.5)
    for z, position, event, armed in Z_TABLE:
        state, decision = z_step(state, mirror * z, rules)
        assert (decision.position, decision.event.value) == (mirror * position, event)
        assert (state.position, state.armed) == (mirror * position, armed)


def test_an_expensive_z_is_sold_against_h() -> None:
    # z jumps above beta H and comes back: short z, long H must earn.
    _, decision = band_step(BandState(v=3.0, band=1.0), 0.9, 1.0)
    legs = pair_legs(decision.position, beta=1.5, equity_usd=10_000.0)
    assert legs.z_usd < 0.0 < legs.h_usd
    assert legs.z_usd * -0.02 + legs.h_usd * 0.0 > 0.0


def test_an_unknown_bar_gives_no_signal_before_or_after() -> None:
    assert crossing_signal(NAN, 1.0, 0.5, 1.0) == 0
    assert crossing_signal(2.0, NAN, 0.5, 1.0) == 0
    state, decision = band_step(BandState(v=2.0, band=1.0, position=1), NAN, 1.0)
    assert (decision.signal, decision.position) == (0, 1)
    _, decision = band_step(state, 0.5, 1.0)
    assert (decision.signal, decision.position) == (0, 1)
    held, decision = z_step(ZState(1), NAN, ZRules())
    assert (held, decision.event) == (ZState(1), PairEvent.NONE)


def test_optional_exits_are_off_by_default() -> None:
    state = BandState(v=0.5, band=1.0, position=-1)
    for v in (0.2, -0.3, 5.0):
        state, decision = band_step(state, v, 1.0)
        assert decision.position == -1


def test_the_band_position_can_leave_at_zero() -> None:
    state = BandState(v=0.5, band=1.0, position=-1)
    state, decision = band_step(state, 0.1, 1.0, BandRules(exit_at_zero=True))
    assert decision.position == -1
    _, decision = band_step(state, -0.1, 1.0, BandRules(exit_at_zero=True))
    assert (decision.event, decision.position) == (PairEvent.EXIT, 0)


def test_the_band_position_can_leave_after_so_many_bars() -> None:
    rules = BandRules(max_bars=3)
    state, decision = band_step(BandState(v=2.0, band=1.0), 0.9, 1.0, rules)
    positions = []
    for _ in range(3):
        state, decision = band_step(state, 0.5, 1.0, rules)
        positions.append(decision.position)
    assert positions == [-1, -1, 0]
    assert decision.event is PairEvent.STOP


@pytest.mark.parametrize("side", [1, -1])
def test_the_band_position_can_stop_far_against_it(side: int) -> None:
    rules = BandRules(stop_multiple=2.0)
    state = BandState(v=0.0, band=1.0, position=side)
    _, inside = band_step(state, -2.0 * side, 1.0, rules)
    _, outside = band_step(state, -2.1 * side, 1.0, rules)
    _, in_favour = band_step(state, 2.1 * side, 1.0, rules)
    assert (inside.position, outside.position, in_favour.position) == (side, 0, side)
    assert outside.event is PairEvent.STOP


@given(st.lists(st.floats(-6.0, 6.0), max_size=60))
def test_a_z_position_is_always_against_the_sign_of_its_entry(path: list[float]) -> None:
    state, rules = ZState(), ZRules(1.5, 0.2, 3.5)
    for z in path:
        before = state
        state, decision = z_step(state, z, rules)
        if decision.event is PairEvent.ENTRY:
            assert before.position == 0
            assert state.position == -np.sign(z)
            assert 1.5 <= abs(z) < 3.5


def test_legs_keep_the_ratio_and_the_gross_limit() -> None:
    assert pair_legs(1, 1.5, 50_000.0) == PairLegs(40_000.0, -60_000.0)
    assert pair_legs(-1, 1.0, 1e9) == PairLegs(-100_000.0, 100_000.0)
    assert pair_legs(0, 1.0, 1e9).z_usd == 0.0
    assert pair_legs(1, 1.0, -5.0).z_usd == 0.0


@pytest.mark.parametrize("levels", [(1.5, 1.5, 2.0), (1.5, -0.1, 2.0), (2.0, 0.0, 2.0)])
def test_z_levels_out_of_order_are_refused(levels: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="exit < entry < stop"):
        ZRules(*levels)
