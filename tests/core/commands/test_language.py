"""Controls, questions, and the promise that every line of the help works."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.commands.answers import ANSWERS, answer
from core.commands.language import parse
from core.commands.reading import (
    Choose,
    Leave,
    Reading,
    SetMultiplier,
    SetTheme,
    Show,
    ShowHelp,
)
from core.commands.table import GROUPS, PANES, TABLE, entry
from core.domain.label import sleeve_of
from core.errors import CommandError
from core.trading.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    CancelScope,
    CloseEverything,
    ClosePosition,
    Kill,
    PlaceOrders,
    SwitchAutomation,
)
from tests.core.commands.market import CALL, PERPETUAL, context

PLACES = {
    "AMOUNT": "200",
    "NAME": "btc-perpetual",
    "WORD": "ladder",
    "COIN": "eth",
    "DAY": "2026-11-19",
    "TIME": "08:00",
    "FAULT": "silent",
    "VALUE": "5",
    "P1": "66000",
    "P2": "67000",
    "ID": "1",
    "K": "5",
    "N": "100",
}


def typed(usage: str) -> str:
    """A usage line with its placeholders filled in, as a user would."""
    text = usage
    for place, value in PLACES.items():
        text = text.replace(place, value)
    is_buy = text.startswith(("a", "buy"))
    is_stop = text.endswith("Ps")
    price = "68000" if is_buy == is_stop else "66000"
    return text.replace("P", price)


@pytest.mark.parametrize("usage", [usage for one in TABLE for usage in one.usages])
def test_every_line_of_the_help_can_be_typed(usage: str) -> None:
    reading = parse(typed(usage), context())
    assert reading.words
    assert entry(reading.entry)
    assert usage.split()[-1].endswith("c") is reading.is_dry or not reading.orders


@pytest.mark.parametrize("one", [one for one in TABLE if one.text], ids=lambda one: one.id)
def test_what_a_key_or_the_palette_runs_is_its_own_command(one: object) -> None:
    assert any(one is candidate for candidate in TABLE)
    text = next(candidate.text for candidate in TABLE if candidate is one)
    own = next(candidate for candidate in TABLE if candidate is one)
    assert parse(text, context()).entry == own.id


def test_the_table_is_in_order() -> None:
    ids = [one.id for one in TABLE]
    assert len(ids) == len(set(ids))
    assert {one.group for one in TABLE} == set(GROUPS)
    assert all(one.help.endswith(".") for one in TABLE)
    assert all(one.usages or one.key for one in TABLE)
    for place in ("desk", "volatility"):
        there = [one for one in TABLE if one.place in ("", place)]
        keys = [key for one in there for key in one.key.split(",") if key]
        assert len(keys) == len(set(keys)), place
    assert [one.id for one in TABLE if one.is_priority] == ["desk.kill"]
    assert entry("go.log").key == "0"
    assert len(PANES) == 10


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("ca", CancelOrders(CancelScope.ALL)),
        ("cc", CancelOrders(CancelScope.LAST)),
        ("cb", CancelOrders(CancelScope.BUYS)),
        ("cs", CancelOrders(CancelScope.SELLS)),
        ("cstops", CancelOrders(CancelScope.STOPS)),
        ("cancel 70002", CancelOrder("70002")),
        ("cancel 1", CancelOrder("70003")),
        ("amend 2 150", AmendOrder("70002", Decimal(150), Decimal(67_000))),
        ("amend 70002 150 66999.9", AmendOrder("70002", Decimal(150), Decimal("66999.5"))),
        ("close", ClosePosition(PERPETUAL)),
        ("close 25dec 70000c", ClosePosition(CALL)),
        ("close btc-25dec26-70000-c", ClosePosition(CALL)),
        ("close eth perp", ClosePosition("ETH-PERPETUAL")),
        ("close all", CloseEverything()),
        ("kill", Kill()),
        ("kill flatten", Kill(True)),
        ("activate delta hedging", SwitchAutomation("hedger", True)),
        ("deactivate delta hedging", SwitchAutomation("hedger", False)),
        ("activate pair", SwitchAutomation("pair", True)),
        ("deactivate pair", SwitchAutomation("pair", False)),
        ("orders", Show("orders")),
        ("pair status", Show("pair")),
        ("show size multiplier", Show("multiplier")),
        ("size multiplier 2.5", SetMultiplier("2.5")),
        ("reset size multiplier", SetMultiplier("1")),
        ("change instrument", Choose()),
        ("change instrument eth perp", Choose("ETH-PERPETUAL")),
        ("theme", SetTheme()),
        ("theme desk-light", SetTheme("desk-light")),
        ("help ladder", ShowHelp("ladder")),
        ("quit", Leave()),
        ("shutdown", Leave(True)),
    ],
)
def test_a_control_does_this(text: str, does: object) -> None:
    assert parse(text, context()).does == does


def test_a_reading_says_which_orders_a_cancel_hits() -> None:
    assert parse("cc", context()).words == (
        "CANCEL the last order: BUY 80 BTC-PERPETUAL at 67,000.0"
    )
    assert parse("cs", context()).words == "CANCEL sells: 2 orders"
    assert parse("kill flatten", context()).words.endswith("cancel 3 orders, close 2 positions")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing to read"),
        ("cancel 9", r"9 is no working order; there are: lines 1 to 3"),
        ("amend 2 15", r"15 is no multiple of 10"),
        ("amend 2 20", r"not above the 20 already filled"),
        ("change instrument btc-perptual", r"near: BTC-PERPETUAL"),
        ("size multiplier 0", r"is not from 0.0001"),
        ("theme pink", r"pink is no theme; there are: desk,"),
        ("activate delta hedge", r"near: activate delta hedging"),
        ("posit", r"near: positions"),
        ("a" * 300, r"has 300 characters"),
    ],
)
def test_a_wrong_text_is_refused_and_near_ones_are_offered(text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        parse(text, context())


def test_each_order_gets_a_label_of_its_own_when_it_is_sent() -> None:
    request = parse("a100 66000 67000 3", context()).request()
    assert isinstance(request, PlaceOrders)
    assert len({order.label for order in request.orders}) == 3
    assert {sleeve_of(order.label) for order in request.orders} == {"manual"}


@pytest.mark.parametrize("topic", sorted(ANSWERS))
def test_every_question_has_an_answer(topic: str) -> None:
    lines = answer(topic, context())
    assert lines
    assert all(lines)


def test_answers_carry_the_numbers() -> None:
    assert answer("price", context())[0].startswith("BTC-PERPETUAL bid 67,400.0 · ask 67,400.5")
    assert "STALE" in answer("price", context(stale=True))[0]
    assert answer("multiplier", context(multiplier="100")) == ("size multiplier 100: a2 sends 200",)
    # -5 x (0.45 - 0.0370) and -27,800 / 67,400.2
    assert answer("exposure", context())[0].startswith("BTC delta -2.4775")


def read(text: str) -> Reading | None:
    try:
        return parse(text, context(CALL))
    except CommandError:
        return None


WORDS = st.sampled_from(
    [
        "a",
        "d",
        "as",
        "dw",
        "aw",
        "ds",
        "c",
        "buy",
        "sell",
        "@",
        "stop",
        "post",
        "ioc",
        "market",
        "close",
        "all",
        "amend",
        "cancel",
        "kill",
        "$",
        "v",
        "25dec",
        "70000c",
        "70000",
        "btc",
        "eth",
        "perp",
        "-perpetual",
        ".0375",
        "$1200",
        "55v",
        "0",
        "1",
        "99999999999",
        ".0",
        "help",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.lists(WORDS, max_size=8).map(" ".join))
def test_no_text_raises_anything_but_a_command_error(text: str) -> None:
    reading = read(text)
    assert reading is None or reading.words


@settings(max_examples=100, deadline=None)
@given(
    st.integers(100, 2_000_000),
    st.integers(2, 4_000),
    st.integers(2, 50),
    st.sampled_from("ad"),
)
def test_ladder_bounds_are_exact(low: int, width: int, count: int, letter: str) -> None:
    first, last = Decimal(low) / 2, Decimal(low + max(width, count)) / 2
    reading = parse(f"{letter}10 {first} {last} {count}", context())
    prices = [order.price for order in reading.orders if order.price is not None]
    assert len(prices) == count
    assert (min(prices), max(prices)) == (first, last)
    assert prices[0] == (first if letter == "a" else last)
    assert all(price % Decimal("0.5") == 0 for price in prices)
