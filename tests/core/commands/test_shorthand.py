"""Every short order with its numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.commands.language import parse
from core.commands.reading import Reading
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.errors import CommandError
from tests.core.commands.market import CALL, context

D = Decimal


def only(reading: Reading) -> NewOrder:
    (order,) = reading.orders
    return order


@pytest.mark.parametrize(
    ("text", "side", "price", "post_only", "tif"),
    [
        ("a100", Side.BUY, "67467.5", False, TimeInForce.IOC),  # 67,400.5 x 1.001 = 67,467.9005
        ("d100", Side.SELL, "67333", False, TimeInForce.IOC),  # 67,400 x 0.999 = 67,332.6, up
        ("as100", Side.BUY, "67400", True, TimeInForce.GTC),
        ("dw100", Side.SELL, "67400.5", True, TimeInForce.GTC),
        ("aw100", Side.BUY, "67400.5", False, TimeInForce.GTC),
        ("ds100", Side.SELL, "67400", False, TimeInForce.GTC),
        ("a100 67000", Side.BUY, "67000", True, TimeInForce.GTC),
        ("d100 67999.9", Side.SELL, "68000", True, TimeInForce.GTC),
        ("a100 66999.9", Side.BUY, "66999.5", True, TimeInForce.GTC),
    ],
)
def test_a_short_order_means_these_numbers(
    text: str, side: Side, price: str, post_only: bool, tif: TimeInForce
) -> None:
    order = only(parse(text, context()))
    assert (order.instrument, order.side, order.amount) == ("BTC-PERPETUAL", side, D(100))
    assert (order.price, order.post_only, order.time_in_force) == (D(price), post_only, tif)


def test_capital_letters_and_blanks_do_not_matter() -> None:
    assert only(parse("  A 100   67000 ", context())) == only(parse("a100 67000", context()))
    assert only(parse(":a100 67000", context())) == only(parse("a100 67000", context()))


@pytest.mark.parametrize(
    ("text", "side", "trigger"),
    [("a100 68000.2s", Side.BUY, "68000.5"), ("d100 66000.2s", Side.SELL, "66000")],
)
def test_a_stop_is_reduce_only_at_mark(text: str, side: Side, trigger: str) -> None:
    order = only(parse(text, context()))
    assert (order.side, order.type, order.price) == (side, OrderType.STOP_MARKET, None)
    assert (order.trigger_price, order.reduce_only) == (D(trigger), True)


@pytest.mark.parametrize("text", ["a100 67000s", "d100 68000s", "a100 67400s"])
def test_a_stop_that_would_fire_at_once_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match=r"would fire at once.*67,400\.2"):
        parse(text, context())


def test_a_ladder_of_buys_starts_on_the_low_bound_and_ends_on_the_high_one() -> None:
    reading = parse("a100 67000 66000 5", context())
    prices = [order.price for order in reading.orders]
    assert prices == [D(66_000), D(66_250), D(66_500), D(66_750), D(67_000)]
    assert {order.amount for order in reading.orders} == {D(100)}
    assert all(order.post_only for order in reading.orders)
    assert reading.side is Side.BUY
    assert reading.words == "BUY 5 x 100 = 500 BTC-PERPETUAL 66,000.0 to 67,000.0 post-only"


def test_a_ladder_of_sells_starts_on_the_high_bound() -> None:
    prices = [order.price for order in parse("d100 68000 69000 4", context()).orders]
    assert prices == [D(69_000), D(68_667), D("68333.5"), D(68_000)]


@pytest.mark.parametrize("count", [1, 51, 0])
def test_a_ladder_has_two_to_fifty_orders(count: int) -> None:
    with pytest.raises(CommandError, match=f"2 to 50 orders, not {count}"):
        parse(f"a100 66000 67000 {count}", context())


def test_a_ladder_too_narrow_for_its_count_is_refused() -> None:
    with pytest.raises(CommandError, match=r"10 orders do not fit"):
        parse("a100 67000 67001 10", context())


@pytest.mark.parametrize(
    "text", ["a100c", "a100 c", "as100c", "d100 68000c", "d100 66000sc", "a100 66000 67000 3c"]
)
def test_a_text_that_ends_in_c_sends_nothing(text: str) -> None:
    reading = parse(text, context())
    assert reading.is_dry
    assert reading.orders
    assert not reading.is_sendable


def test_the_size_is_multiplied() -> None:
    assert only(parse("a2", context(multiplier="100"))).amount == D(200)


def test_an_amount_off_the_step_names_the_nearest_ones() -> None:
    with pytest.raises(CommandError, match=r"15 is no multiple of 10.*nearest: 10 or 20"):
        parse("a15", context())
    with pytest.raises(CommandError, match=r"12 \(1.2 x 10\) is no multiple.*10 or 20"):
        parse("a1.2", context(multiplier="10"))
    with pytest.raises(CommandError, match=r"nearest: 10$"):
        parse("a3", context())


def test_decimal_sizes_and_coin_prices_work_for_options() -> None:
    order = only(parse("d1.5 .0381", context(CALL)))
    assert (order.amount, order.price) == (D("1.5"), D("0.0385"))
    assert only(parse("a1.5 .00419", context(CALL))).price == D("0.0041")


def test_an_option_can_be_priced_in_dollars_and_in_volatility() -> None:
    # 1,200 / 67,390 = 0.017807 coin; sells round up to the tick of 0.0005.
    assert only(parse("d1 $1200", context(CALL))).price == D("0.0180")
    # Black-76: F 67,500, K 70,000, 35 days, 55 % gives 0.052167 coin.
    assert only(parse("a1 55v", context(CALL))).price == D("0.0520")


def test_a_future_has_no_volatility() -> None:
    with pytest.raises(CommandError, match="is no option"):
        parse("a100 55v", context())


def test_an_option_at_once_is_capped_at_its_touch_when_the_tick_is_wider_than_the_cap() -> None:
    assert only(parse("a1", context(CALL))).price == D("0.0375")
    assert only(parse("d1", context(CALL))).price == D("0.0365")


def test_nothing_is_sent_from_a_stale_book_but_exits() -> None:
    held = parse("a100 67000", context(stale=True))
    assert not held.is_sendable
    assert held.refusals == (
        "the book of BTC-PERPETUAL is stale (last heard 4.2 s ago): only exits and cancels pass",
    )
    for text in ("d100 66000s", "ca", "kill", "close"):
        assert parse(text, context(stale=True)).is_sendable


def test_a_post_only_price_beyond_the_touch_is_noted() -> None:
    assert any("meet the ask" in note for note in parse("a100 67500", context()).notes)
    assert parse("a100 67400", context()).notes == ()


def test_no_quotes_no_order_at_the_touch() -> None:
    with pytest.raises(CommandError, match=r"has no ask now"):
        parse("a1", context("BTC-26MAR27-70000-C"))


def test_nothing_chosen_is_said() -> None:
    with pytest.raises(CommandError, match="no instrument is chosen"):
        parse("a100", context(""))
