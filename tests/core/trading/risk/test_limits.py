"""The gate: openings are refused with the numbers, exits pass in every state."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.label import new_label
from core.domain.order import NewOrder, OrderType, Side
from core.market.ticker import Ticker
from core.settings import RiskSettings
from core.trading.commands import CancelOrders, CancelScope
from core.trading.journal import NoteRecord
from tests.core.trading.market import GREEKS, LINEAR, OPTION, PERP
from tests.core.trading.rig import Rig, limit, nothing_allowed, stop
from tests.core.trading.risk.asking import refusal

NOTHING = nothing_allowed()


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (limit(Side.BUY, "500010"), "order of 500,010 USD is above the limit of 500,000 USD"),
        (
            limit(Side.BUY, "167", "2999.95", LINEAR),
            "order of 501,004 USD is above the limit of 500,000 USD (risk.max_order_usd)",
        ),
        (
            limit(Side.BUY, "8.4", "0.03", OPTION),
            "order of 504,000 USD is above the limit of 500,000 USD (risk.max_order_usd)",
        ),
    ],
)
def test_the_size_of_an_order_is_limited_in_usd(order: NewOrder, text: str) -> None:
    assert refusal(Rig(), order).startswith(text)


def test_the_position_after_the_fill_is_limited_with_working_orders_counted() -> None:
    rig = Rig(risk=RiskSettings(max_position_usd=Decimal(1_000)))
    rig.hold(PERP, "500", "60000")
    rig.place(limit(Side.BUY, "300"))
    assert refusal(rig, limit(Side.BUY, "200")) == ""
    assert refusal(rig, limit(Side.BUY, "210")) == (
        "BTC-PERPETUAL position of 1,010 USD is above the limit of 1,000 USD "
        "(risk.max_position_usd)"
    )
    assert refusal(rig, limit(Side.SELL, "1500", "61000")) == ""
    assert "1,010 USD" in refusal(rig, limit(Side.SELL, "1510", "61000"))


def test_all_positions_together_are_limited() -> None:
    rig = Rig(risk=RiskSettings(max_total_usd=Decimal(10_000)))
    rig.hold(LINEAR, "-2", "3000")
    rig.place(limit(Side.SELL, "1", "3001", LINEAR))
    assert refusal(rig, limit(Side.BUY, "990")) == ""
    assert refusal(rig, limit(Side.BUY, "1010")) == (
        "total position of 10,010 USD is above the limit of 10,000 USD (risk.max_total_usd)"
    )


@pytest.mark.parametrize(
    ("order", "is_refused"),
    [
        (limit(Side.BUY, price="63000"), False),
        (limit(Side.BUY, price="63001"), True),
        (limit(Side.BUY, price="1000"), False),
        (limit(Side.SELL, price="57000.5"), False),
        (limit(Side.SELL, price="57000"), True),
        (limit(Side.SELL, price="99000"), False),
        (limit(Side.BUY, "1", "0.045", OPTION), False),
        (limit(Side.BUY, "1", "0.046", OPTION), True),
    ],
)
def test_a_limit_may_not_stand_too_far_on_the_wrong_side_of_mark(
    order: NewOrder, is_refused: bool
) -> None:
    text = refusal(Rig(), order)
    assert bool(text) == is_refused
    assert not is_refused or "collar_pct" in text


def test_a_cheap_option_has_ten_ticks_of_room() -> None:
    rig = Rig()
    ticker = Ticker(OPTION, 0, mark_price=0.0002, index_price=6e4, greeks=GREEKS)
    rig.board.put_ticker(ticker, rig.clock.now_ns())
    assert refusal(rig, limit(Side.BUY, "1", "0.0012", OPTION)) == ""
    assert refusal(rig, limit(Side.BUY, "1", "0.0013", OPTION)) == (
        "price 0.0013 is 0.0011 above mark 0.0002, the limit is 0.001 (risk.option_collar_pct)"
    )


def test_orders_per_second_are_limited() -> None:
    rig = Rig(risk=RiskSettings(max_orders_per_s=3))
    for _ in range(3):
        rig.place(limit(Side.BUY))
    assert refusal(rig, limit(Side.BUY)) == (
        "3 orders went out within a second already (risk.max_orders_per_s)"
    )
    rig.tick(seconds=1.1)
    assert refusal(rig, limit(Side.BUY)) == ""


def test_open_orders_are_limited() -> None:
    rig = Rig(risk=RiskSettings(max_open_orders=2))
    rig.place(limit(Side.BUY), limit(Side.BUY))
    assert refusal(rig, limit(Side.BUY)) == (
        "2 orders are open, the limit is 2 (risk.max_open_orders)"
    )
    rig.ask(CancelOrders(CancelScope.ALL))
    assert refusal(rig, limit(Side.BUY)) == ""


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (limit(Side.BUY, name="BTC-PERPETUAR"), "BTC-PERPETUAR is not listed"),
        (
            limit(Side.BUY, "105"),
            "amount 105 is no multiple of 10, the smallest of BTC-PERPETUAL",
        ),
        (
            limit(Side.BUY, price="59000.3"),
            "price 59000.3 is not on the tick of BTC-PERPETUAL, 0.5",
        ),
        (limit(Side.BUY, price="-5"), "price -5 is not on the tick of BTC-PERPETUAL, 0.5"),
        (stop(Side.BUY, "61000.2"), "price 61000.2 is not on the tick of BTC-PERPETUAL, 0.5"),
    ],
)
def test_what_breaks_a_rule_of_the_contract_is_refused(order: NewOrder, text: str) -> None:
    assert refusal(Rig(), order) == text


@pytest.mark.parametrize(
    ("side", "trigger", "fires"),
    [
        (Side.BUY, "60000", True),
        (Side.BUY, "60000.5", False),
        (Side.SELL, "60000.5", True),
        (Side.SELL, "60000", False),
    ],
)
def test_a_stop_that_would_fire_at_once_is_refused(side: Side, trigger: str, fires: bool) -> None:
    text = refusal(Rig(), stop(side, trigger))
    assert bool(text) == fires
    assert not fires or "would fire at once: mark is 60000.25" in text


def test_a_stop_limit_is_measured_from_its_trigger() -> None:
    order = replace(
        limit(Side.BUY, price="70000"),
        type=OrderType.STOP_LIMIT,
        trigger_price=Decimal(69_000),
    )
    assert refusal(Rig(), order) == ""


@pytest.mark.parametrize("sleeve", ["manual", "pair"])
def test_exits_pass_every_limit(sleeve: str) -> None:
    rig = Rig(risk=NOTHING)
    rig.hold(PERP, "3000000", "60000", sleeve)
    absurd = limit(Side.SELL, "3000000", "10000", label=new_label(sleeve))
    assert refusal(rig, absurd) == ""
    assert refusal(rig, limit(Side.BUY, "10", label=new_label(sleeve))) != ""
    assert refusal(rig, limit(Side.SELL, "3000010", "10000", label=new_label(sleeve))) != ""


def test_manual_exits_pass_while_everything_is_wrong() -> None:
    rig = Rig(risk=NOTHING)
    rig.hold(PERP, "300", "60000")
    rig.is_feed_alive = False
    rig.tick(seconds=10)
    rig.venue.disconnect()
    rig.drain()
    assert refusal(rig, limit(Side.SELL, "300", "60000")) == ""
    assert refusal(rig, limit(Side.SELL, "300", "60000", reduce_only=True)) == ""


def test_two_exits_together_may_not_turn_the_position() -> None:
    rig = Rig(risk=NOTHING)
    rig.hold(PERP, "300", "60000")
    rig.place(limit(Side.SELL, "200", "61000"))
    assert refusal(rig, limit(Side.SELL, "100", "61000")) == ""
    assert refusal(rig, limit(Side.SELL, "200", "61000")) != ""


def test_a_protective_stop_does_not_hinder_an_exit() -> None:
    rig = Rig(risk=NOTHING)
    rig.hold(PERP, "300", "60000")
    rig.place(stop(Side.SELL, "58000", "300"))
    assert len(rig.view.working) == 1
    assert refusal(rig, limit(Side.SELL, "300", "60000")) == ""


def test_a_programs_exit_is_measured_by_its_own_sleeve() -> None:
    rig = Rig(risk=NOTHING)
    rig.hold(PERP, "500", "60000", "pair")
    rig.hold(PERP, "-800", "60000")
    assert refusal(rig, limit(Side.SELL, "500", "60000", label=new_label("pair"))) == ""
    assert refusal(rig, limit(Side.BUY, "100", "60000", label=new_label("pair"))) != ""
    assert refusal(rig, limit(Side.BUY, "300", "60000")) == ""


def test_nothing_is_opened_on_a_stale_book() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000", "pair")
    rig.is_feed_alive = False
    rig.tick(seconds=10)
    by_hand = refusal(rig, limit(Side.BUY))
    by_program = refusal(rig, limit(Side.SELL, "300", "60000", label=new_label("pair")))
    assert by_hand == "the book of BTC-PERPETUAL is stale: nothing is opened on it"
    assert by_program == "the book of BTC-PERPETUAL is stale: no program prices from it"


def test_by_hand_orders_pass_when_only_programs_must_wait() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=20)
    assert refusal(rig, limit(Side.BUY)) == ""
    assert "ledger and venue disagree" in refusal(rig, limit(Side.BUY, label=new_label("pair")))


@pytest.mark.parametrize("sleeve", ["manual", "pair"])
def test_nobody_opens_while_the_link_is_down(sleeve: str) -> None:
    rig = Rig()
    rig.venue.disconnect("no route")
    rig.drain()
    assert "the trading link is down: no route" in refusal(
        rig, limit(Side.BUY, label=new_label(sleeve))
    )


def test_a_size_that_cannot_be_measured_is_refused() -> None:
    rig = Rig()
    rig.board.put_ticker(Ticker(OPTION, 0, mark_price=0.03, greeks=GREEKS), rig.clock.now_ns())
    assert refusal(rig, limit(Side.BUY, "1", "0.03", OPTION)) == (
        "BTC-25DEC26-64000-P has no index yet: its size in USD cannot be checked"
    )
    rig.board.put_index("btc_usd", 60_000.0, rig.clock.now_ns())
    assert refusal(rig, limit(Side.BUY, "1", "0.03", OPTION)) == ""


def test_a_limit_without_a_mark_cannot_be_checked() -> None:
    rig = Rig()
    rig.board.put_ticker(Ticker(PERP, 0), rig.clock.now_ns())
    assert "no mark price" in refusal(rig, limit(Side.BUY))


def test_a_refusal_is_written_down() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "750000"))
    (note,) = [one for one in rig.journal.of(NoteRecord) if one.kind == "refusal"]
    assert "750,000 USD" in note.text
