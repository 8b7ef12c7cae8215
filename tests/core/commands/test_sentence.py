"""Orders in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.commands.language import parse
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.errors import CommandError
from tests.core.commands.market import CALL, MAR_NS, context

D = Decimal


def only(text: str, selected: str = CALL) -> NewOrder:
    (order,) = parse(text, context(selected)).orders
    return order


def test_the_sentence_of_the_picture() -> None:
    reading = parse("sell 5 25dec 70000c @ .0375 post", context())
    assert reading.words == "SELL 5.0 BTC-25DEC26-70000-C limit 0.0375 post-only"
    assert reading.side is Side.SELL
    assert reading.is_sendable


@pytest.mark.parametrize(
    "text",
    [
        "sell post 5 70000c 25dec @.0375",
        "sell 25dec26 70000 c 5 @ .0375 post",
        "sell 25dec 5 70000 call post @ .0375",
        "sell 5 btc-25dec26-70000-c @ 0.0375 post-only",
        "SELL 5 BTC 25DEC 70000C @ .0375 POST",
    ],
)
def test_the_words_may_stand_in_any_order(text: str) -> None:
    assert only(text, "BTC-PERPETUAL") == only("sell 5 25dec 70000c @ .0375 post")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("buy 100 perp @ 67000", "BTC-PERPETUAL"),
        ("buy 100 eth perp @ 3000", "ETH-PERPETUAL"),
        ("buy 100 sol_usdc-perpetual @ 150", "SOL_USDC-PERPETUAL"),
        ("buy 100 25dec @ 67000", "BTC-25DEC26"),
        ("buy 1 eth 26mar 3500p @ .1", "ETH-26MAR27-3500-P"),
        ("buy 1 65000p @ .01", "BTC-25DEC26-65000-P"),
        ("buy 1 @ .01", CALL),
        ("buy 1 eth 25dec 3000c @ .2", "ETH-25DEC26-3000-C"),
    ],
)
def test_instruments_are_found_from_few_words(text: str, name: str) -> None:
    assert only(text).instrument == name


def test_prices_in_dollars_and_volatility_need_no_sign_before_them() -> None:
    assert only("sell 5 25dec 70000c $1200").price == D("0.0180")
    assert only("buy 5 25dec 70000c 55v").price == D("0.0520")


def test_words_for_kind_and_life() -> None:
    order = only("buy 100 perp @ 67000 ioc reduce")
    assert (order.time_in_force, order.reduce_only) == (TimeInForce.IOC, True)
    assert only("buy 100 perp market").type is OrderType.MARKET
    stop = only("sell 100 perp stop 66000")
    assert (stop.type, stop.trigger_price) == (OrderType.STOP_MARKET, D(66000))
    both = only("sell 100 perp stop 66000 @ 65900")
    assert (both.type, both.price, both.reduce_only) == (OrderType.STOP_LIMIT, D(65900), True)


def test_without_a_price_it_takes_what_is_there() -> None:
    order = only("buy 100 perp")
    assert (order.price, order.time_in_force) == (D("67467.5"), TimeInForce.IOC)


@pytest.mark.parametrize(
    ("text", "is_dry"),
    [
        ("sell 5 25dec 70000c @ .0375 c", True),
        ("sell 5 25dec 70000c @ .0375c", True),
        ("sell 5 25dec 70000c @ .0375", False),
        ("sell 100 perp @ 68000 c", True),
        ("sell 100 perp c", True),
        ("sell 100 perp @ 68000 ioc", False),
        ("sell 100 perp @ 68000 gtc c", True),
        ("sell 5 25dec 70000c", True),
        ("sell 5 25dec 70000 c", True),
        ("sell 5 25dec 70000c c", True),
        ("sell @ .0375 5 25dec 70000c", True),
    ],
)
def test_a_sentence_that_ends_in_c_sends_nothing_even_after_a_call(text: str, is_dry: bool) -> None:
    reading = parse(text, context())
    assert reading.is_dry is is_dry
    assert len(reading.orders) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("buy 5 25dec 71000c @ .03", r"strike 71000 is not listed.*65000.*70000"),
        ("buy 5 24dec 70000c @ .03", r"no expiry 24DEC there; listed: 25DEC26, 26MAR27"),
        ("buy 5 doge @ .03", r"doge is no instrument"),
        ("buy 5 btc-perpetul @ 3", r"btc-perpetul is no instrument; near: BTC-PERPETUAL"),
        ("buy perp @ 67000", r"how many"),
        ("buy 5 25dec 70000c @ dear", r"dear after @ is no price"),
        ("buy 100 67000 perp", r"67000 is a second number"),
        ("buy 100 perp post", r"at what price"),
        ("buy 100 perp @ 67000 post ioc", r"cannot be ioc"),
        ("buy 100 perp market ioc", r"gtc or day"),
        ("buy 100 perp fok", r"without a price"),
        ("buy 100 perp market @ 3", r"has no price"),
        ("buy 1 25dec c @ .0375", r"not complete"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        parse(text, context())


def test_the_expiry_of_the_chain_completes_an_option_when_a_future_is_chosen() -> None:
    shown = replace(context("ETH-PERPETUAL"), expiry_ns=MAR_NS)
    (order,) = parse("buy 1 3500c @ .1", shown).orders
    assert order.instrument == "ETH-26MAR27-3500-C"
    with pytest.raises(CommandError, match="names no expiry"):
        parse("buy 1 3500c @ .1", context("ETH-PERPETUAL"))
