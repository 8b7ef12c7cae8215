"""The hedger's arithmetic against the reference tables: triggers, rounding, bands, hedged P&L."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.quant.black import greeks, price_coin
from core.quant.hedge_band import (
    hedge_mismatch,
    hedge_order,
    linear_hedge_order,
    risk_aversion_for,
    whalley_wilmott,
    zakamouline,
    zakamouline_k,
)

# Source: table 3.6 (i). id, price, option delta, position USD, contract, order USD, residual coin.
TRIGGERS = [
    ("T1", 20000.0, 0.0024, 0, 10, 0, 0.0024),
    ("T2", 20000.0, 0.0025, 0, 10, 0, 0.0025),
    ("T3", 20000.0, 0.00251, 0, 10, -50, 1.0e-5),
    ("T4", 98765.5, 1.73214, -171000, 10, 0, 0.000766190319494),
    ("T5", 98765.5, 1.73214, -171080, 10, 0, -4.38091236312e-5),
    ("T6", 98765.5, -0.8105, 50000, 10, 30050, 5.69277733622e-6),
    ("T7", 3412.25, 4.2075, -14000, 1, -357, 1.22719613158e-5),
    ("T8", 3412.25, 0.003, 0, 1, -10, 6.9382372335e-5),
    ("T9", 1500.0, 0.0031, 0, 10, 0, 0.0031),
]


@pytest.mark.parametrize("row", TRIGGERS, ids=lambda row: str(row[0]))
def test_orders_match_the_reference(
    row: tuple[str, float, float, int, int, int, float],
) -> None:
    _, price, delta, position, contract, order, residual = row
    assert hedge_order(delta, position, price, contract, 0.0025) == order
    assert hedge_mismatch(delta, position + order, price) == pytest.approx(residual, rel=1e-9)


@pytest.mark.parametrize("side", [1, -1])
def test_exactly_on_the_band_does_nothing(side: int) -> None:
    assert hedge_order(side * 0.0025, 0.0, 20000.0, 10.0, 0.0025) == 0.0
    assert hedge_order(side * 0.3, side * -0.2975 * 5000.0, 5000.0, 10.0, 0.0025) == 0.0


@pytest.mark.parametrize("side", [1, -1])
def test_the_edge_target_trades_just_back_inside(side: int) -> None:
    order = hedge_order(side * 0.1, 0.0, 20000.0, 10.0, 0.0025, "edge")
    assert order == side * -1950.0
    order = hedge_order(side * 0.1001, 0.0, 20000.0, 10.0, 0.0025, "edge")
    assert order == side * -1960.0


@given(
    st.floats(-50.0, 50.0),
    st.floats(-1e6, 1e6),
    st.floats(500.0, 2e5),
    st.sampled_from([1.0, 10.0]),
    st.floats(0.0, 0.5),
)
def test_orders_are_whole_contracts_and_never_overshoot(
    delta: float, position: float, price: float, contract: float, band: float
) -> None:
    before = hedge_mismatch(delta, position, price)
    half = 0.5 * contract / price
    centre = hedge_order(delta, position, price, contract, band)
    edge = hedge_order(delta, position, price, contract, band, "edge")
    assert centre % contract == 0.0
    assert edge % contract == 0.0
    if abs(before) <= band:
        assert centre == edge == 0.0
    if centre:
        assert abs(hedge_mismatch(delta, position + centre, price)) <= half * (1 + 1e-6)
    if edge:
        left = hedge_mismatch(delta, position + edge, price)
        assert abs(left) <= max(band, 2.0 * half) * (1 + 1e-6)
        assert abs(edge) <= abs(centre) + contract


def test_a_linear_contract_is_traded_in_coin() -> None:
    order = linear_hedge_order(0.8105, -0.5, 98765.5, 0.001, 0.0025)
    assert order == pytest.approx(-0.311)
    assert linear_hedge_order(0.502, -0.5, 98765.5, 0.001, 0.0025) == 0.0
    edge = linear_hedge_order(0.8105, -0.5, 98765.5, 0.001, 0.0025, "edge")
    assert edge == pytest.approx(-0.308)


@pytest.mark.parametrize(
    "values",
    [
        (float("nan"), 0.0, 1e5, 10.0, 0.01),
        (0.1, float("nan"), 1e5, 10.0, 0.01),
        (0.1, 0.0, 0.0, 10.0, 0.01),
        (0.1, 0.0, float("nan"), 10.0, 0.01),
        (0.1, 0.0, 1e5, 0.0, 0.01),
        (0.1, 0.0, 1e5, 10.0, -0.01),
        (0.1, 0.0, 1e5, 10.0, float("nan")),
    ],
)
def test_unknown_inputs_are_refused_not_hedged(values: tuple[float, ...]) -> None:
    delta, position, price, contract, band = values
    with pytest.raises(ValueError, match=r"known delta|must be"):
        hedge_order(delta, position, price, contract, band)
    with pytest.raises(ValueError, match=r"known delta|must be"):
        linear_hedge_order(delta, position, price, contract, band)


# Source: table 3.6 (ii). S, K, days, vol, cost, aversion, calls, gamma, WW, H0, H1, K,
# sigma long, sigma short, delta(sigma_m) x calls.
BANDS = """
100000 100000 30 0.60 0.0005 0.00001 1   2.310672127e-5  0.158798344881 0.0168981481481
    0.16179738335  -0.0171604994844 0.594829572387 0.605126251136 0.533975106649
100000 115000 30 0.62 0.0003 0.00005 10  0.0001759892124 0.30320628659  0.00189906347555
    0.169054653701 -0.0197258374049 0.61385453334  0.626085147483 2.40041527815
3500   3400   7  0.80 0.0005 0.0001  -20 -0.01956827954  2.15813296449  0.116390306122
    1.28837653932  -0.0233522249605 0.790603931198 0.809286984929 -12.4699785621
"""


@pytest.mark.parametrize("row", np.array(BANDS.split(), np.float64).reshape(3, 15).tolist())
def test_cost_aware_bands_match_the_reference(row: list[float]) -> None:
    spot, strike, days, vol, cost, aversion, calls, gamma, ww, h0, h1, k, long, short, used = row
    tau = days / 365
    exact = calls * float(greeks(spot, strike, tau, vol, True).gamma)
    assert exact == pytest.approx(gamma, rel=1e-9)
    assert whalley_wilmott(spot, exact, cost, aversion) == pytest.approx(ww, rel=1e-10)
    band = zakamouline(spot, exact, cost, aversion, vol, tau)
    assert (band.fixed, band.gamma_part) == pytest.approx((h0, h1), rel=1e-10)
    assert band.half_width == pytest.approx(h0 + h1, rel=1e-10)
    assert zakamouline_k(spot, exact, cost, aversion, vol, tau) == pytest.approx(k, rel=1e-10)
    assert band.vol == pytest.approx(long if calls > 0 else short, rel=1e-10)
    other = zakamouline(spot, -exact, cost, aversion, vol, tau)
    assert other.vol == pytest.approx(short if calls > 0 else long, rel=1e-10)
    centre = calls * float(greeks(spot, strike, tau, band.vol, True).delta)
    assert centre == pytest.approx(used, rel=1e-9)


def test_risk_aversion_inverts_the_band() -> None:
    aversion = risk_aversion_for(0.158798344881, 1e5, 2.31067212723885e-5, 0.0005)
    assert aversion == pytest.approx(1e-5, rel=1e-9)


def test_without_gamma_one_band_vanishes_and_the_other_keeps_its_floor() -> None:
    assert whalley_wilmott(1e5, 0.0, 0.0005, 1e-5) == 0.0
    flat = zakamouline(1e5, 0.0, 0.0005, 1e-5, 0.6, 30 / 365)
    assert flat.half_width == flat.fixed > 0.0
    with pytest.raises(ValueError, match="risk aversion must be positive"):
        whalley_wilmott(1e5, 1e-5, 0.0005, 0.0)


# Source: table 3.6 (iii). move, option change, net hedge P&L, sum, BS hedge P&L, sum, sum in USD.
HEDGED = """
-0.05  -0.214161976021 0.245121208636   0.030959233   0.281194580838    0.067032605   2941.127098
-0.01  -0.045870919946 0.0470434642837  0.0011725443  0.0539666367264   0.0080957168  116.0818894
-0.001 -0.00465039425  0.00466196492902 1.1570679e-5  0.00534804508099  0.00069765083 1.155910834
0.001  0.00466418633283 -0.00465265031377 1.1536019e-5 -0.00533735967624 -0.00067317334 1.154755507
0.01   0.0472498063627 -0.0461119105355 0.0011378958  -0.0528979904546  -0.0056481841 114.9274785
0.05   0.24843889124   -0.221776331623  0.02666256    -0.254414144567   -0.0059752533 2799.56876
"""


@pytest.mark.parametrize("row", np.array(HEDGED.split(), np.float64).reshape(6, 7).tolist())
def test_the_net_delta_hedge_leaves_only_gamma_in_coin(row: list[float]) -> None:
    move, option, net_pnl, net_sum, bs_pnl, bs_sum, usd_sum = row
    tau, f0 = 30 / 365, 1e5
    f1 = f0 * (1.0 + move)
    before = 10.0 * float(price_coin(f0, f0, tau, 0.6, True))
    after = 10.0 * float(price_coin(f1, f0, tau, 0.6, True))
    g = greeks(f0, f0, tau, 0.6, True)
    assert after - before == pytest.approx(option, rel=1e-9)
    net, bs = (
        -10.0 * float(delta) * f0 * (1.0 / f0 - 1.0 / f1) for delta in (g.net_delta, g.delta)
    )
    assert (net, bs) == pytest.approx((net_pnl, bs_pnl), rel=1e-10)
    assert option + net == pytest.approx(net_sum, rel=1e-6)
    assert option + bs == pytest.approx(bs_sum, rel=1e-6)
    assert (after + bs) * f1 - before * f0 == pytest.approx(usd_sum, rel=1e-8)
    exact = hedge_order(10.0 * float(g.net_delta), 0.0, f0, 10.0, 0.0025)
    assert exact == -465730.0
