"""Exits, cancels and the kill switch pass: in every closed state, with every limit at zero."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from core.domain.label import new_label
from core.domain.order import NewOrder, Side
from core.trading.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    CancelScope,
    CloseEverything,
    ClosePosition,
    Kill,
    Request,
)
from core.trading.inbox import Tick
from tests.core.trading.market import LINEAR, OPTION, PERP
from tests.core.trading.rig import Rig, limit, nothing_allowed

Closing = Callable[[Rig], None]


def nothing(rig: Rig) -> None:
    """Only the limits are at zero."""
    rig.tick()


def link_down(rig: Rig) -> None:
    rig.venue.disconnect("no route")
    rig.drain()


def not_reconciled(rig: Rig) -> None:
    rig.venue.is_silent = True
    rig.engine.parts.conditions.is_reconciled = False


def old_truth(rig: Rig) -> None:
    rig.venue.is_silent = True
    rig.tick(seconds=100)


def ledger_differs(rig: Rig) -> None:
    rig.venue.positions[LINEAR] += Decimal(7)
    rig.tick(seconds=1, times=20)


def loop_lags(rig: Rig) -> None:
    rig.engine.handle(Tick(), rig.clock.now_ns(), lag_ms=60_000)


def feed_stale(rig: Rig) -> None:
    rig.is_feed_alive = False
    rig.tick(seconds=10)


def no_feed(rig: Rig) -> None:
    rig.is_feed_alive = False
    rig.board.drop_feed("feed")
    rig.tick()


def locked_by_loss(rig: Rig) -> None:
    rig.venue.worth("BTC", "1")
    rig.drain()
    rig.tick(seconds=1)
    assert rig.engine.parts.losses.lock


def losses_unknown(rig: Rig) -> None:
    rig.venue.worth("SOL", "1")
    rig.drain()
    rig.tick(seconds=1)
    rig.venue.worth("SOL", "9")
    rig.drain()
    rig.tick(seconds=1)
    assert rig.engine.parts.losses.why


def journal_full(rig: Rig) -> None:
    rig.journal.trouble = "no space left on device"
    rig.tick()


def ending(rig: Rig) -> None:
    rig.engine.end(rig.clock.now_ns())


STATES: tuple[Closing, ...] = (
    nothing,
    link_down,
    not_reconciled,
    old_truth,
    ledger_differs,
    loop_lags,
    feed_stale,
    no_feed,
    locked_by_loss,
    losses_unknown,
    journal_full,
    ending,
)
every_state = pytest.mark.parametrize("close", STATES, ids=lambda one: one.__name__)


def closed(close: Closing) -> Rig:
    """A desk that holds something, has orders working, no limit above zero, and trouble."""
    rig = Rig(risk=nothing_allowed())
    rig.hold(PERP, "300", "60000")
    rig.hold(PERP, "500", "60000", "pair")
    rig.hold(OPTION, "-1", "0.03")
    for order in (limit(Side.SELL, "100", "61000"), limit(Side.BUY, "1", "0.03", OPTION)):
        rig.place(order)
    rig.venue.place(limit(Side.BUY, "100", "59000"))
    rig.drain()
    assert len(rig.view.working) == 3
    close(rig)
    return rig


@every_state
@pytest.mark.parametrize(
    "order",
    [
        limit(Side.SELL, "200", "10000"),
        limit(Side.SELL, "800", "10000", reduce_only=True),
        limit(Side.BUY, "1", "0.9", OPTION, reduce_only=True),
        limit(Side.SELL, "500", "10000", label=new_label("pair"), reduce_only=True),
    ],
    ids=["shrinking", "reduce-only", "reduce-only option", "reduce-only of a program"],
)
def test_an_exit_passes_in_every_state(close: Closing, order: NewOrder) -> None:
    rig = closed(close)
    before = len(rig.venue.placed)
    rig.engine.parts.gateway.submit(order, rig.clock.now_ns())
    assert rig.venue.placed[before:] == [order]


@every_state
def test_a_programs_shrinking_order_passes_wherever_its_book_is_live(close: Closing) -> None:
    rig = closed(close)
    order = limit(Side.SELL, "500", "10000", label=new_label("pair"))
    reason = rig.engine.parts.gateway.submit(order, rig.clock.now_ns())
    is_stale = rig.board.is_stale(PERP)
    assert (reason is None) != is_stale
    assert reason is None or "no program prices from it" in reason


@every_state
def test_what_opens_does_not_pass_in_any_of_them(close: Closing) -> None:
    rig = closed(close)
    for sleeve in ("manual", "pair", "hedger"):
        order = limit(Side.BUY, label=new_label(sleeve))
        assert rig.engine.parts.gate.refusal(order, rig.clock.now_ns()) is not None


@every_state
@pytest.mark.parametrize("scope", list(CancelScope))
def test_a_cancelled_set_is_cancelled_in_every_state(close: Closing, scope: CancelScope) -> None:
    rig = closed(close)
    expected = {
        CancelScope.ALL: 0,  # one request cancels all of them
        CancelScope.BUYS: 2,
        CancelScope.SELLS: 1,
        CancelScope.STOPS: 0,
        CancelScope.LAST: 1,
    }[scope]
    rig.ask(CancelOrders(scope))
    assert len(rig.venue.cancelled) == expected
    assert rig.venue.swept == (1 if scope is CancelScope.ALL else 0)


@every_state
def test_one_order_is_cancelled_and_made_smaller_in_every_state(close: Closing) -> None:
    rig = closed(close)
    order = next(one for one in rig.view.working if one.side is Side.SELL)
    rig.ask(AmendOrder(order.order_id, Decimal(50), order.price))
    assert rig.venue.amended == [(order.order_id, Decimal(50), order.price)]
    rig.ask(CancelOrder(order.order_id))
    assert order.order_id in rig.venue.cancelled


@every_state
@pytest.mark.parametrize(
    ("request_", "closes"),
    [
        (ClosePosition(PERP), {PERP}),
        (CloseEverything(), {PERP, OPTION}),
        (Kill(), set()),
        (Kill(flatten=True), {PERP, OPTION}),
    ],
    ids=["close", "close all", "kill", "kill and flatten"],
)
def test_closing_and_the_kill_switch_work_in_every_state(
    close: Closing, request_: Request, closes: set[str]
) -> None:
    rig = closed(close)
    before = len(rig.venue.placed)
    rig.ask(request_)
    if isinstance(request_, Kill):
        assert rig.venue.swept == 1
    if close is link_down:
        # A cut link takes nothing; a kill is finished as soon as it is back.
        assert rig.venue.placed[before:] == []
        if isinstance(request_, Kill):
            rig.connect()
    sent = rig.venue.placed[before:]
    is_told = close is not link_down or isinstance(request_, Kill)
    names = closes | ({LINEAR} if close is ledger_differs and len(closes) > 1 else set())
    assert {one.instrument for one in sent} == (names if is_told else set())
    assert all(one.reduce_only for one in sent)
