"""One order: whatever order the reports come in, the same truth comes out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_S
from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side
from core.trading.orders.machine import OrderMachine, Retry, sent_report
from tests.core.trading.market import PERP
from tests.core.trading.rig import START_NS, decimals, limit

ZERO = Decimal(0)
ORDER = limit(Side.BUY, "100", "59000")
SENT = sent_report(ORDER, START_NS)


def report(state: OrderState, filled: str = "0", at: int = 1, price: str = "59000") -> OrderReport:
    """A report of the venue at second `at`."""
    average = Decimal(59_000) if Decimal(filled) else None
    return replace(
        SENT,
        order_id="id-1",
        state=state,
        filled=Decimal(filled),
        average_price=average,
        price=Decimal(price),
        updated_ns=START_NS + at * NS_PER_S,
    )


OPEN = report(OrderState.OPEN)
PARTIAL = report(OrderState.PARTIAL, "40", 2)
FILLED = report(OrderState.FILLED, "100", 3)
CANCELLED = report(OrderState.CANCELLED, "40", 3)


def fill(amount: str, trade_id: str = "t-1") -> Fill:
    return Fill(
        PERP, trade_id, "id-1", ORDER.label, Decimal(amount), Decimal(59_000), ZERO, START_NS
    )


def machine() -> OrderMachine:
    return OrderMachine(SENT, 1, is_own=True)


@pytest.mark.parametrize("end", [FILLED, CANCELLED])
def test_reports_in_any_order_end_in_the_same_state(end: OrderReport) -> None:
    for order in itertools.permutations((OPEN, PARTIAL, end)):
        one = machine()
        for each in order:
            one.take_report(each)
        assert (one.report.state, one.report.filled) == (end.state, end.filled)


@pytest.mark.parametrize("end", [FILLED, CANCELLED])
def test_a_late_open_never_reopens(end: OrderReport) -> None:
    one = machine()
    one.take_report(end)
    assert not one.take_report(replace(OPEN, updated_ns=end.updated_ns + 1))
    assert one.report == end


def test_an_older_report_does_not_bring_back_an_older_price() -> None:
    one = machine()
    one.take_report(report(OrderState.OPEN, at=5, price="59100"))
    one.take_report(OPEN)
    assert one.report.price == Decimal(59_100)


def test_a_fill_before_its_report_counts_and_is_not_counted_twice() -> None:
    one = machine()
    one.take_fill(fill("40"), START_NS)
    assert (one.report.filled, one.report.state) == (Decimal(40), OrderState.PARTIAL)
    one.take_report(PARTIAL)
    assert (one.report.filled, one.outstanding) == decimals(40, 60)
    one.take_fill(fill("60", "t-2"), START_NS)
    assert one.report.state is OrderState.FILLED


def test_a_fill_that_completes_an_order_that_was_never_reported_binds_its_id_later() -> None:
    one = machine()
    one.take_fill(fill("100"), START_NS)
    assert one.report.state is OrderState.FILLED
    one.take_report(OPEN)
    assert (one.report.state, one.report.order_id) == (OrderState.FILLED, "id-1")


def test_a_report_before_the_outcome_settles_an_unknown_one() -> None:
    one = machine()
    one.take_report(OPEN)
    assert not one.doubt("timeout", START_NS)
    assert one.report.state is OrderState.OPEN
    assert one.ask.due_ns is None


def test_an_unknown_one_wants_to_be_asked_for() -> None:
    one = machine()
    assert one.doubt("timeout", START_NS)
    assert one.report.state is OrderState.UNKNOWN
    assert one.ask.is_due(START_NS)
    one.take_report(OPEN)
    assert not one.ask.is_due(START_NS + 60 * NS_PER_S)


def test_a_refusal_after_a_report_is_believed_less_than_the_report() -> None:
    one = machine()
    one.take_report(OPEN)
    assert not one.refuse("no", START_NS)
    assert one.is_working


def test_an_order_believed_refused_works_when_the_venue_shows_it() -> None:
    one = machine()
    one.refuse("never reached the venue", START_NS)
    assert not one.is_working
    one.take_report(OPEN)
    assert one.report.state is OrderState.OPEN


def test_an_order_the_venue_rejected_itself_stays_refused() -> None:
    one = machine()
    one.take_report(report(OrderState.REFUSED, at=2))
    one.take_report(OPEN)
    assert one.report.state is OrderState.REFUSED


def test_a_fill_names_an_order_that_was_never_reported_and_it_is_asked_for() -> None:
    one = machine()
    one.take_fill(fill("40"), START_NS)
    assert (one.report.order_id, one.is_unseen) == ("id-1", True)
    assert not one.ask.is_due(START_NS)
    one.doubt("the socket was cut", START_NS)
    assert (one.report.state, one.ask.is_due(START_NS)) == (OrderState.PARTIAL, True)


def test_a_fill_proves_that_an_order_believed_refused_works() -> None:
    one = machine()
    one.refuse("never reached the venue", START_NS)
    one.take_fill(fill("40"), START_NS)
    assert (one.report.state, one.report.reason) == (OrderState.PARTIAL, "")


def test_filled_by_its_fills_alone_it_works_on_when_its_amount_was_raised() -> None:
    one = machine()
    one.take_report(OPEN)
    one.take_fill(fill("100"), START_NS)
    assert one.report.state is OrderState.FILLED
    one.take_report(OPEN)
    assert one.report.state is OrderState.FILLED
    one.take_report(replace(report(OrderState.PARTIAL, "100", 3), amount=Decimal(200)))
    assert (one.is_working, one.report.remaining) == (True, Decimal(100))


def test_an_order_believed_gone_works_again_when_it_is_listed_or_newer() -> None:
    for again, is_listed in ((OPEN, True), (report(OrderState.OPEN, at=2), False)):
        one = machine()
        one.take_report(OPEN)
        one.vanish("the venue knows it no longer", START_NS)
        one.take_report(OPEN)
        assert not one.is_working
        one.take_report(again, is_listed)
        assert one.report.state is OrderState.OPEN


def test_an_order_shown_before_cannot_be_refused_any_more() -> None:
    one = machine()
    one.take_report(OPEN)
    one.take_report(report(OrderState.REFUSED, at=2))
    assert one.report.state is OrderState.CANCELLED


def test_an_ended_order_whose_fills_are_missing_is_outstanding() -> None:
    one = machine()
    one.take_report(FILLED)
    assert one.outstanding == 100
    one.take_fill(fill("100"), START_NS)
    assert one.outstanding == 0


def test_an_amendment_below_what_is_filled_ends_it() -> None:
    one = machine()
    one.take_report(PARTIAL)
    one.take_report(replace(report(OrderState.OPEN, "40", 4), amount=Decimal(40)))
    assert one.report.state is OrderState.FILLED


def test_the_mean_price_is_known_before_the_venue_states_it() -> None:
    one = machine()
    one.take_fill(fill("40"), START_NS)
    one.take_fill(replace(fill("60", "t-2"), price=Decimal(59_010)), START_NS)
    assert one.report.average_price == Decimal(59_006)


def test_a_fill_at_the_same_price_is_a_change_too() -> None:
    one = machine()
    one.take_report(OPEN)
    assert one.take_fill(fill("40"), START_NS)
    assert one.take_fill(fill("60", "t-2"), START_NS)
    assert one.report.state is OrderState.FILLED


states = st.sampled_from(
    [OPEN, PARTIAL, FILLED, CANCELLED, report(OrderState.OPEN, at=4), replace(FILLED, filled=ZERO)]
)


@given(st.lists(states, min_size=1, max_size=12))
def test_what_is_filled_only_grows_and_an_end_is_an_end(reports: list[OrderReport]) -> None:
    one = machine()
    for each in reports:
        before, was_final = one.report, one.is_final
        one.take_report(each)
        assert one.report.filled >= before.filled
        assert not (was_final and one.is_working)


@given(st.lists(states, min_size=1, max_size=6))
def test_a_report_taken_twice_changes_nothing(reports: list[OrderReport]) -> None:
    one = machine()
    for each in reports:
        one.take_report(each)
        assert not one.take_report(each)


def test_a_question_is_repeated_at_growing_distances() -> None:
    retry = Retry(0.5, 4.0)
    retry.want(0)
    gaps = []
    now_ns = 0
    for _ in range(6):
        assert retry.is_due(now_ns)
        retry.tried(now_ns)
        assert retry.due_ns is not None
        gaps.append((retry.due_ns - now_ns) / NS_PER_S)
        now_ns = retry.due_ns
    assert gaps == [0.5, 1, 2, 4, 4, 4]
    retry.want(now_ns)
    assert retry.tries == 6
    retry.hurry(7)
    assert (retry.due_ns, retry.tries) == (7, 0)
    retry.settle()
    retry.hurry(9)
    assert not retry.is_due(10**18)


def test_a_sent_order_shows_what_was_asked() -> None:
    assert (SENT.order_id, SENT.state, SENT.type) == ("", OrderState.SENT, OrderType.LIMIT)
    assert SENT.remaining == 100
