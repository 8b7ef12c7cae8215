"""What an order would cost and change."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.commands.language import parse
from core.commands.preview import initial_margin, preview_of
from tests.core.commands.market import CALL, PERPETUAL, context

D = Decimal


def test_a_short_call_receives_its_premium_and_sells_delta() -> None:
    now = context()
    preview = preview_of(parse("sell 5 25dec 70000c @ .0380 post", now).orders, now)
    assert preview.currency == "BTC"
    assert preview.premium == D("-0.19")
    assert preview.fee == D("0.0015")  # 5 x 0.0003, below 12.5 % of the price
    assert preview.is_maker
    assert preview.notional_usd == D(5 * 67_390)
    assert preview.change.delta == pytest.approx(-5 * (0.45 - 0.0370))
    assert preview.after.delta == pytest.approx(-10 * (0.45 - 0.0370) - 27_800 / 67_400.2)
    # Black-76 inverted by plain bisection: F 67,500, K 70,000, 35 days, price 0.0380 coin.
    assert preview.iv == pytest.approx(0.433744, abs=1e-5)


def test_a_buy_beyond_the_ask_is_valued_at_the_ask_and_pays_the_taker_fee() -> None:
    now = context()
    preview = preview_of(parse("a1000", now).orders, now)
    assert preview.price == D("67400.5")
    assert preview.premium is None
    assert preview.fee == D("0.0005") * 1000 / D("67400.5")
    assert not preview.is_maker
    assert preview.notional_usd == D(1000)


def test_reducing_a_position_frees_margin() -> None:
    now = context()
    preview = preview_of(parse("a27800", now).orders, now)
    assert preview.margin is not None
    assert preview.margin < 0


def test_margin_follows_the_standard_model() -> None:
    now = context()
    call = now.listed(CALL)
    # 0.15 - 2,500 / 67,500 = 0.112963, plus the mark of 0.0370, per coin.
    margin = initial_margin(call, D(-5), now.quote(call))
    assert margin == pytest.approx(D("0.749815"), abs=D("0.00001"))
    assert initial_margin(call, D(5), now.quote(call)) == 0
    perpetual = now.listed(PERPETUAL)
    coins = D(100_000) / D("67400.2")
    expected = coins * (D("0.02") + D("0.00005") * coins)
    assert initial_margin(perpetual, D(-100_000), now.quote(perpetual)) == expected


def test_a_ladder_is_valued_as_a_whole() -> None:
    now = context()
    preview = preview_of(parse("a100 66000 67000 3", now).orders, now)
    assert (preview.price, preview.notional_usd) == (D(66_500), D(300))


def test_what_is_not_known_is_none() -> None:
    now = context("BTC-26MAR27-70000-C")
    preview = preview_of(parse("a1 .05", now).orders, now)
    assert preview.notional_usd is None
    assert preview.margin == 0
    assert preview.iv != preview.iv
