"""The table of states: every transition it allows happens, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, Side
from core.trading.orders.machine import OrderMachine, sent_report
from core.trading.orders.states import FOLLOWS, TAKEN_BACK, may_follow, with_filled
from tests.core.trading.market import PERP
from tests.core.trading.rig import START_NS, limit

ORDER = limit(Side.BUY, "100", "59000")
S = OrderState
FILLED_IN = {S.PARTIAL: "40", S.FILLED: "100"}
Deed = Callable[[OrderMachine], object]


def shown(state: S, at: int = 1, amount: str = "100", filled: str = "") -> OrderReport:
    """A report of the venue."""
    return replace(
        sent_report(ORDER, START_NS),
        order_id="id-1",
        state=state,
        amount=Decimal(amount),
        filled=Decimal(filled or FILLED_IN.get(state, "0")),
        updated_ns=START_NS + at,
    )


def report(state: S, **changes: str) -> Deed:
    return lambda machine: machine.take_report(shown(state, at=9, **changes))


def trade(amount: str) -> Deed:
    fill = Fill(
        PERP, "t", "id-1", ORDER.label, Decimal(amount), Decimal(59_000), Decimal(0), START_NS
    )
    return lambda machine: machine.take_fill(fill, START_NS)


def refuse(machine: OrderMachine) -> object:
    return machine.refuse("no", START_NS)


def vanish(machine: OrderMachine) -> object:
    return machine.vanish("gone", START_NS)


def machine_in(state: S, is_concluded: bool = False) -> OrderMachine:
    """An order in `state`; the venue said so where it can say so, unless we concluded it."""
    first = S.NEW if state is S.NEW else S.SENT
    machine = OrderMachine(sent_report(ORDER, START_NS, first), 1, is_own=True)
    if state is S.UNKNOWN:
        machine.doubt("cut", START_NS)
    elif is_concluded:
        conclude(machine, state)
    elif state not in (S.NEW, S.SENT):
        machine.take_report(shown(state))
    assert machine.report.state is state
    return machine


def conclude(machine: OrderMachine, state: S) -> None:
    """End it by what we believe, not by what the venue said."""
    if state is S.REFUSED:
        refuse(machine)
        return
    machine.take_report(shown(S.OPEN))
    (trade("100") if state is S.FILLED else vanish)(machine)


def _ordered(states: Iterable[S]) -> list[S]:
    """One order in every process, so that tests can be shared out."""
    return sorted(states, key=list(S).index)


DEEDS: dict[tuple[S, S], Deed] = {
    (S.NEW, S.SENT): lambda machine: machine.send(START_NS),
    (S.NEW, S.CANCELLED): lambda machine: machine.withdraw(START_NS),
    (S.NEW, S.REFUSED): refuse,
    (S.SENT, S.UNKNOWN): lambda machine: machine.doubt("cut", START_NS),
    (S.SENT, S.REFUSED): refuse,
    (S.UNKNOWN, S.REFUSED): refuse,
    (S.CANCELLED, S.FILLED): trade("100"),
    **{
        (old, new): report(new)
        for old in (S.SENT, S.UNKNOWN, S.UNTRIGGERED, S.OPEN, S.PARTIAL)
        for new in _ordered(FOLLOWS[old] - {S.UNKNOWN, S.REFUSED})
    },
}
REVIVALS: dict[tuple[S, S], Deed] = {
    (S.FILLED, S.PARTIAL): report(S.PARTIAL, amount="200", filled="100"),
    (S.FILLED, S.CANCELLED): report(S.CANCELLED, amount="200", filled="100"),
    **{(S.CANCELLED, new): report(new) for new in _ordered(TAKEN_BACK[S.CANCELLED])},
    **{(S.REFUSED, new): report(new) for new in _ordered(TAKEN_BACK[S.REFUSED])},
}


def name(pair: tuple[S, S]) -> str:
    return f"{pair[0].value}-{pair[1].value}"


@pytest.mark.parametrize("pair", DEEDS, ids=name)
def test_every_transition_of_the_table_happens(pair: tuple[S, S]) -> None:
    machine = machine_in(pair[0])
    DEEDS[pair](machine)
    assert machine.report.state is pair[1]


@pytest.mark.parametrize("pair", REVIVALS, ids=name)
def test_an_end_only_we_believed_in_is_taken_back(pair: tuple[S, S]) -> None:
    machine = machine_in(pair[0], is_concluded=True)
    REVIVALS[pair](machine)
    assert machine.report.state is pair[1]


def test_the_tests_above_cover_the_whole_table() -> None:
    allowed = {(old, new) for old, news in FOLLOWS.items() for new in news}
    assert allowed == set(DEEDS)
    assert {(old, new) for old, news in TAKEN_BACK.items() for new in news} == set(REVIVALS)
    assert set(FOLLOWS) == set(S)


ANYTHING: list[Deed] = [
    *(report(state) for state in S if state not in (S.NEW, S.SENT, S.UNKNOWN)),
    report(S.PARTIAL, amount="200", filled="100"),
    trade("40"),
    trade("100"),
    refuse,
    vanish,
    lambda machine: machine.doubt("cut", START_NS),
    lambda machine: machine.withdraw(START_NS),
]


@pytest.mark.parametrize("is_concluded", [False, True])
def test_nothing_leads_where_the_table_does_not(is_concluded: bool) -> None:
    for old, deed in product(TAKEN_BACK if is_concluded else FOLLOWS, ANYTHING):
        machine = machine_in(old, is_concluded)
        believed = not machine.is_final
        deed(machine)
        assert may_follow(old, machine.report.state, believed), (old, machine.report.state)


def test_the_venues_own_end_is_never_taken_back() -> None:
    for old, deed in product((S.FILLED, S.CANCELLED, S.REFUSED), ANYTHING):
        machine = machine_in(old)
        deed(machine)
        assert not machine.is_working


def test_open_and_partial_are_told_apart_by_what_is_filled() -> None:
    assert with_filled(shown(S.OPEN), Decimal(1)).state is S.PARTIAL
    assert with_filled(shown(S.PARTIAL, filled="40"), Decimal(0)).state is S.OPEN
    assert with_filled(shown(S.CANCELLED), Decimal(40)).state is S.CANCELLED
