"""Whatever order the news of an order come in, what is known ends as the venue's truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_MS, NS_PER_S
from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, Side
from core.domain.outcome import Accepted, Outcome, Refused, Unknown
from core.trading.orders.blotter import Blotter
from core.trading.orders.machine import OrderMachine, sent_report
from tests.core.trading.market import PERP
from tests.core.trading.rig import START_NS, limit

ORDER = limit(Side.BUY, "100", "59000")
ENDS = ("works", "filled", "cancelled", "rejected", "refused", "dropped")
ZERO = Decimal(0)


@dataclass
class Life:
    """What happened to one order at the venue, and everything that was ever said about it."""

    end: str
    reports: list[OrderReport] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)

    @property
    def truth(self) -> OrderReport | None:
        """How the venue knows it in the end; None when it never arrived."""
        return self.reports[-1] if self.reports else None

    def open_orders(self) -> list[OrderReport]:
        """The venue's list in the end."""
        return [one for one in self.reports[-1:] if one.state.is_working]

    def told(self, **changes: object) -> None:
        """The venue reports the next state."""
        last = self.reports[-1] if self.reports else BORN
        stamp = last.updated_ns + NS_PER_MS
        self.reports.append(replace(last, updated_ns=stamp, **changes))  # type: ignore[arg-type]


BORN = replace(sent_report(ORDER, START_NS), order_id="id-1", state=OrderState.OPEN)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A life: born, traded in parts and amended in between, and an end."""
    life = Life(draw(st.sampled_from(ENDS)))
    if life.end in ("refused", "dropped"):
        return life
    if life.end == "rejected":
        life.told(state=OrderState.REFUSED)
        return life
    life.told()
    for step in draw(st.lists(st.sampled_from(["trade", "raise", "lower", "move"]), max_size=5)):
        _happen(life, step)
    if life.end == "cancelled":
        life.told(state=OrderState.CANCELLED, reason="user request")
    elif life.end == "filled":
        _trade(life, life.reports[-1].remaining)
    return life


def _happen(life: Life, step: str) -> None:
    last = life.reports[-1]
    if step == "raise":
        life.told(amount=last.amount + 50)
    elif step == "move":
        life.told(price=(last.price or ZERO) + 10)
    elif step == "lower" and last.remaining > 20:
        life.told(amount=last.amount - 10)
    elif step == "trade" and last.remaining > 20:
        _trade(life, Decimal(20))


def _trade(life: Life, size: Decimal) -> None:
    trade_id = f"t-{len(life.fills)}"
    price = Decimal(59_000)
    life.fills.append(Fill(PERP, trade_id, "id-1", ORDER.label, size, price, ZERO, START_NS))
    last = life.reports[-1]
    filled = last.filled + size
    state = OrderState.FILLED if filled == last.amount else OrderState.PARTIAL
    life.told(filled=filled, state=state, average_price=price)


class Desk:
    """A blotter that sent the order, and the fills it was told, each counted once."""

    def __init__(self) -> None:
        self.now_ns = START_NS
        self.blotter = Blotter(lambda *_: None)
        self.machine = self.blotter.sent(ORDER, START_NS)
        self._seen: set[str] = set()
        self._is_denied = False

    def fill(self, one: Fill) -> None:
        if one.trade_id not in self._seen:
            self._seen.add(one.trade_id)
            self.blotter.take_fill(one, self.now_ns)

    def deny(self) -> None:
        """A label query from before the order arrived is answered now; there was only one."""
        if not self._is_denied:
            self._is_denied = True
            self.blotter.take_answer(ORDER.label, [], self.now_ns)

    def calm_down(self, life: Life) -> None:
        """From now on every question is answered with the truth."""
        for _ in range(8):
            self.now_ns += 10 * NS_PER_S
            self.blotter.doubt_silence(self.now_ns)
            for one in life.fills:
                self.fill(one)
            self.blotter.take_list(life.open_orders(), self.now_ns)
            self.now_ns += 10 * NS_PER_S
            for machine in self.blotter.unsettled():
                if machine.ask.is_due(self.now_ns):
                    machine.ask.tried(self.now_ns)
                    self.blotter.take_answer(ORDER.label, life.reports[-1:], self.now_ns)


News = Callable[[Desk], object]


def news_of(life: Life) -> list[News]:
    """Everything that may be said, true at its time."""
    said: list[News] = [lambda desk, one=one: desk.fill(one) for one in life.fills]  # type: ignore[misc]
    for one in life.reports:
        said += [
            lambda desk, one=one: desk.blotter.take_report(one, desk.now_ns),  # type: ignore[misc]
            lambda desk, one=one: desk.blotter.take_answer(ORDER.label, [one], desk.now_ns),  # type: ignore[misc]
        ]
        if one.state.is_working:
            said.append(lambda desk, one=one: desk.blotter.take_list([one], desk.now_ns))  # type: ignore[misc]
    said += [
        lambda desk: desk.blotter.take_list([], desk.now_ns),
        Desk.deny,
        lambda desk: desk.blotter.take_outcome(Unknown(ORDER.label, "cut"), desk.now_ns),
        lambda desk: desk.blotter.take_outcome(outcome_of(life), desk.now_ns),
        lambda desk: desk.blotter.doubt_silence(desk.now_ns),
    ]
    return said


def outcome_of(life: Life) -> Outcome:
    """What the answer to the order said, if there was one."""
    if life.end == "dropped":
        return Unknown(ORDER.label, "the socket was cut")
    if life.end in ("refused", "rejected"):
        return Refused(ORDER.label, "not enough funds", 10009)
    return Accepted(ORDER.label, life.reports[0])


@given(lives(), st.data())
def test_any_order_of_any_news_ends_in_the_venues_truth(life: Life, data: st.DataObject) -> None:
    desk, said = Desk(), news_of(life)
    for index in data.draw(st.lists(st.integers(0, len(said) - 1), max_size=25)):
        filled, was_final = desk.machine.report.filled, desk.machine.is_final
        said[index](desk)
        desk.now_ns += data.draw(st.sampled_from([0, NS_PER_S, 11 * NS_PER_S]))
        assert desk.machine.report.filled >= filled
        assert not (was_final and desk.machine.is_working)
    desk.calm_down(life)
    assert_true(desk.machine, life)


def test_one_late_answer_more_does_not_bury_an_order_that_works() -> None:
    life, desk = Life("works"), Desk()
    life.told()
    _trade(life, Decimal(20))
    desk.blotter.take_report(life.reports[-1], desk.now_ns)
    desk.blotter.take_list([], desk.now_ns)
    desk.deny()
    desk.calm_down(life)
    assert_true(desk.machine, life)


def assert_true(machine: OrderMachine, life: Life) -> None:
    """What is known is what is."""
    known, truth = machine.report, life.truth
    if truth is None or truth.state is OrderState.REFUSED:
        assert (known.state, known.filled) == (OrderState.REFUSED, ZERO)
        return
    assert (known.state, known.filled, known.order_id) == (truth.state, truth.filled, "id-1")
    if machine.is_final or known.state.is_working or known.filled:
        # Nobody asks how large an order was that ended untraded, once its label was denied.
        assert (known.amount, known.price) == (truth.amount, truth.price)
    assert machine.traded == known.filled
    assert machine.outstanding == truth.remaining
