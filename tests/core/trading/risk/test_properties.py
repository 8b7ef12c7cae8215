"""Whatever the settings and the world: what shrinks passes, and no limit breaks when all fill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.label import new_label
from core.domain.order import NewOrder, Side
from core.settings import RiskSettings
from tests.core.trading.market import LINEAR, OPTION, PERP
from tests.core.trading.rig import Rig, limit
from tests.core.trading.risk.asking import refusal

PRICE = {PERP: ("60000", "60000"), LINEAR: ("3000", "3000"), OPTION: ("0.03", "0.03")}
STEP = {PERP: 1_000, LINEAR: 1, OPTION: 1}
UNIT_USD = {PERP: Decimal(1), LINEAR: Decimal("3000.025"), OPTION: Decimal(60_000)}
MARK, PREMIUM = Decimal("60000.25"), Decimal("0.03025")
UNIT_DELTA_USD = {
    PERP: 60_000 / MARK,
    LINEAR: Decimal(3_000),
    OPTION: (Decimal("-0.45") - PREMIUM) * 60_000,
}
COIN = {PERP: "BTC", OPTION: "BTC", LINEAR: "ETH"}
LOOSE = RiskSettings(max_orders_per_s=10_000)
usd = st.integers(1, 400).map(lambda thousands: Decimal(1_000 * thousands))


@dataclass(frozen=True)
class Wish:
    """An order somebody wants to place."""

    name: str
    side: Side
    steps: int
    fills: bool
    """It is filled at once; else it rests."""

    def order(self) -> NewOrder:
        amount = str(self.steps * STEP[self.name])
        return limit(self.side, amount, PRICE[self.name][0], self.name)


wishes = st.builds(
    Wish, st.sampled_from([PERP, LINEAR, OPTION]), st.sampled_from(Side), st.integers(1, 60),
    st.booleans(),
)  # fmt: skip
INFINITE = Decimal("inf")
OFF = dict.fromkeys(
    (
        "max_order_usd",
        "max_position_usd",
        "max_net_usd",
        "max_gross_usd",
        "max_total_usd",
        "max_delta_usd",
        "max_vega_usd",
    ),
    INFINITE,
)
tight = st.fixed_dictionaries(
    {},
    optional={
        "max_position_usd": usd,
        "max_net_usd": usd,
        "max_gross_usd": usd,
        "max_total_usd": usd,
        "max_delta_usd": usd,
        "max_vega_usd": usd.map(lambda one: one / 1_000),
    },
)
counts = st.fixed_dictionaries(
    {}, optional={"max_positions": st.integers(0, 3), "max_open_orders": st.integers(0, 6)}
)
limits = st.builds(
    lambda sizes, numbers: replace(LOOSE, **{**OFF, **sizes}, **numbers), tight, counts
)


class Slow:
    """A plain book of what is held and what rests; tries every way the resting orders can fill."""

    def __init__(self) -> None:
        self.held: dict[str, Decimal] = dict.fromkeys(STEP, Decimal(0))
        self.resting: list[NewOrder] = []

    def worst(self) -> dict[str, Decimal]:
        """The largest value of every measure over all ways to fill some of what rests."""
        found: dict[str, Decimal] = {}
        for taken in product((False, True), repeat=len(self.resting)):
            held = dict(self.held)
            for one, is_taken in zip(self.resting, taken, strict=True):
                if is_taken:
                    held[one.instrument] += one.signed_amount
            for name, value in measures(held).items():
                found[name] = max(found.get(name, Decimal(0)), value)
        found["max_positions"] = Decimal(
            len({one.instrument for one in self.resting} | {k for k, v in self.held.items() if v})
        )
        found["max_open_orders"] = Decimal(len(self.resting))
        return found


def measures(held: dict[str, Decimal]) -> dict[str, Decimal]:
    """Every limit's figure of a set of positions."""
    size = {name: abs(amount) * UNIT_USD[name] for name, amount in held.items()}
    delta = {name: amount * UNIT_DELTA_USD[name] for name, amount in held.items()}
    return {
        "max_position_usd": max(size.values()),
        "max_net_usd": max(size[PERP], size[LINEAR]),
        "max_gross_usd": max(size[PERP] + size[OPTION], size[LINEAR]),
        "max_total_usd": sum(size.values(), Decimal(0)),
        "max_delta_usd": max(abs(delta[PERP] + delta[OPTION]), abs(delta[LINEAR])),
        "max_vega_usd": abs(held[OPTION]) * 90,
    }


def breached(slow: Slow, risk: RiskSettings) -> list[str]:
    """Limits that can break, a ten-thousandth of rounding aside."""
    return [
        name
        for name, value in slow.worst().items()
        if value > Decimal(getattr(risk, name)) * Decimal("1.0001")
    ]


@settings(max_examples=120, deadline=None)
@given(risk=limits, asked=st.lists(wishes, max_size=10))
def test_no_accepted_orders_breach_a_limit_whichever_of_them_fill(
    risk: RiskSettings, asked: list[Wish]
) -> None:
    rig, slow = Rig(risk=risk), Slow()
    for wish in asked:
        order = wish.order()
        is_exit = rig.engine.parts.gate.is_exit(order)
        before = set(breached(slow, risk))
        rig.place(order)
        if order not in rig.venue.placed:
            continue
        slow.resting.append(order)
        if not is_exit:
            assert set(breached(slow, risk)) <= before
        if wish.fills:
            order_id = next(one.order_id for one in rig.view.working if one.label == order.label)
            rig.venue.trade(order_id, order.amount)
            rig.drain()
            slow.resting.remove(order)
            slow.held[order.instrument] += order.signed_amount
            assert rig.engine.parts.ledger.total(order.instrument) == slow.held[order.instrument]


@settings(max_examples=60, deadline=None)
@given(
    risk=limits,
    held=st.dictionaries(
        st.tuples(st.sampled_from(["manual", "pair"]), st.sampled_from([PERP, LINEAR, OPTION])),
        st.integers(-50, 50).filter(bool),
        min_size=1,
    ),
    part=st.floats(0.01, 1.0),
    is_down=st.booleans(),
    is_locked=st.booleans(),
)
def test_what_only_shrinks_its_sleeve_passes_whatever_the_limits(
    risk: RiskSettings,
    held: dict[tuple[str, str], int],
    part: float,
    is_down: bool,
    is_locked: bool,
) -> None:
    rig = Rig(risk=risk)
    for (sleeve, name), steps in held.items():
        rig.hold(name, str(steps * STEP[name]), PRICE[name][0], sleeve)
    if is_locked:
        rig.venue.worth("BTC", "0")
        rig.drain()
        rig.tick(seconds=1)
    if is_down:
        rig.venue.disconnect()
        rig.drain()
    for (sleeve, name), steps in held.items():
        side = Side.SELL if steps > 0 else Side.BUY
        amount = max(1, int(abs(steps) * part)) * STEP[name]
        order = limit(side, str(amount), PRICE[name][0], name, new_label(sleeve))
        assert refusal(rig, order) == ""


@settings(max_examples=40, deadline=None)
@given(risk=limits, asked=st.lists(wishes, max_size=8))
def test_the_gate_refuses_only_with_numbers_or_what_is_missing(
    risk: RiskSettings, asked: list[Wish]
) -> None:
    rig = Rig(risk=risk)
    for wish in asked:
        if text := refusal(rig, wish.order()):
            assert "(risk.max_" in text
            assert any(char.isdigit() for char in text)
        else:
            rig.place(wish.order())
