"""The ledger: every trade once, sleeves that sum to the total, lots that survive a restart."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.position import Position
from core.trading.journal import FillRecord, Restored
from core.trading.ledger.ledger import Delivery, Ledger, shares
from tests.core.trading.market import INSTRUMENTS, LINEAR, OPTION, PERP
from tests.core.trading.rig import MemoryJournal, decimals

NAMES = {one.name: one for one in INSTRUMENTS}
ZERO = Decimal(0)


def find(name: str) -> Instrument | None:
    return NAMES.get(name)


def new_ledger(restored: Restored | None = None) -> tuple[Ledger, MemoryJournal]:
    journal = MemoryJournal()
    return Ledger(find, journal, restored or Restored()), journal


def fill(amount: int, trade_id: str = "t-1", name: str = PERP, price: int = 50_000) -> Fill:
    return Fill(name, trade_id, "o", "", Decimal(amount), Decimal(price), ZERO, 1)


def test_a_trade_is_taken_once_however_often_it_is_told() -> None:
    ledger, journal = new_ledger()
    assert ledger.take(fill(100), "manual", 1)
    assert not ledger.take(fill(100), "manual", 2)
    assert not ledger.take(fill(100), "hedger", 3)
    assert ledger.total(PERP) == 100
    assert journal.of(FillRecord) == [FillRecord("manual", fill(100))]
    assert list(ledger.fills) == [fill(100)]


def test_the_same_number_on_another_instrument_is_another_trade() -> None:
    ledger, _ = new_ledger()
    assert ledger.take(fill(100), "manual", 1)
    assert ledger.take(fill(100, name=LINEAR), "manual", 1)


trades = st.lists(
    st.tuples(
        st.sampled_from(["manual", "hedger", "pair"]),
        st.sampled_from([PERP, LINEAR]),
        st.integers(-300, 300).filter(bool),
        st.integers(1_000, 90_000),
        st.integers(1, 30),
    ),
    max_size=40,
)


@given(trades)
def test_sleeves_always_sum_to_the_total(
    steps: list[tuple[str, str, int, int, int]],
) -> None:
    ledger, _ = new_ledger()
    expected: defaultdict[tuple[str, str], int] = defaultdict(int)
    seen: set[tuple[str, int]] = set()
    for sleeve, name, amount, price, trade_id in steps:
        ledger.take(fill(amount, f"t-{trade_id}", name, price), sleeve, 1)
        if (name, trade_id) not in seen:
            seen.add((name, trade_id))
            expected[sleeve, name] += amount
    for (sleeve, name), amount in expected.items():
        assert ledger.held(sleeve, name) == amount
    for name in (PERP, LINEAR):
        assert sum(held for _, held in ledger.sleeves_in(name)) == ledger.total(name)


@given(trades)
def test_the_records_of_a_run_restore_the_same_lots(
    steps: list[tuple[str, str, int, int, int]],
) -> None:
    ledger, journal = new_ledger()
    for sleeve, name, amount, price, trade_id in steps:
        ledger.take(fill(amount, f"t-{trade_id}", name, price), sleeve, 1)
    seen = frozenset((one.fill.instrument, one.fill.trade_id) for one in journal.of(FillRecord))
    again, _ = new_ledger(Restored(ledger.sleeves(), seen))
    assert again.sleeves() == ledger.sleeves()
    for record in journal.of(FillRecord):
        assert not again.take(record.fill, record.sleeve, 2)
    for position in ledger.positions():
        assert again.total(position.instrument) == position.amount


def test_restored_lots_keep_profit_and_fees() -> None:
    lot = Position(PERP, Decimal(100), Decimal(50_000), Decimal("0.5"), Decimal("0.1"))
    ledger, _ = new_ledger(Restored((("hedger", lot),)))
    assert ledger.sleeves() == (("hedger", lot),)
    assert ledger.positions() == (lot,)


def test_restored_sleeves_that_face_each_other_keep_their_profit_in_the_total() -> None:
    lots = (
        ("hedger", Position(PERP, *decimals(100, 50_000))),
        ("manual", Position(PERP, *decimals(-100, 60_000, "0.3"))),
    )
    ledger, _ = new_ledger(Restored(lots))
    facing = Decimal(100) * (1 / Decimal(50_000) - 1 / Decimal(60_000))
    assert ledger.total(PERP) == 0
    assert ledger.earned("BTC").realised == pytest.approx(facing + Decimal("0.3"))


def test_an_adopted_amount_is_booked_to_manual_under_an_id_of_our_own() -> None:
    ledger, journal = new_ledger()
    ledger.adopt(PERP, Decimal(250), Decimal(48_000), 9)
    assert ledger.held("manual", PERP) == ledger.total(PERP) == 250
    (record,) = journal.of(FillRecord)
    assert (record.origin, record.sleeve) == ("adopted", "manual")
    assert record.fill.amount == 250


def test_a_delivered_contract_pays_every_sleeve_at_the_delivery_price() -> None:
    ledger, journal = new_ledger()
    ledger.take(option(3, "0.03"), "manual", 1)
    ledger.take(option(-1, "0.05", "t-2"), "hedger", 1)
    ledger.deliver(Delivery(OPTION, Decimal("0.1"), Decimal("0.0004")), 2)
    assert not ledger.positions()
    assert not ledger.sleeves()
    records = journal.of(FillRecord)[2:]
    assert {one.sleeve: one.fill.amount for one in records} == {"manual": -3, "hedger": 1}
    earned = {one.sleeve: (one.realised, one.fees) for one in ledger.results()}
    assert earned == {
        "hedger": decimals("-0.05", "0.0001"),
        "manual": decimals("0.21", "0.0003"),
    }
    assert ledger.earned("BTC").net == Decimal("0.16") - Decimal("0.0004")
    assert [one.fill.profit for one in records] == [Decimal("-0.05"), Decimal("0.21")]


def test_a_delivery_without_a_price_realises_nothing_altogether() -> None:
    ledger, _ = new_ledger()
    ledger.take(option(3, "0.03"), "manual", 1)
    ledger.deliver(Delivery(OPTION, None), 2)
    assert ledger.earned("BTC").realised == 0
    assert ledger.sleeves() == ()


def test_funding_is_divided_by_what_the_sleeves_hold() -> None:
    ledger, _ = new_ledger()
    ledger.take(fill(300), "manual", 1)
    ledger.take(fill(-100, "t-2"), "hedger", 1)
    ledger.earn(PERP, Decimal("-0.0002"))
    assert dict(ledger.earn(PERP, Decimal("0.0001"))) == {
        "hedger": Decimal("-0.00005"),
        "manual": Decimal("0.00015"),
    }
    assert ledger.earned("BTC").funding == Decimal("-0.0001")
    assert [one.funding for one in ledger.results()] == list(decimals("0.00005", "-0.00015"))


def test_funding_told_after_the_close_belongs_to_who_held_it() -> None:
    ledger, _ = new_ledger()
    ledger.take(fill(300), "pair", 1)
    ledger.earn(PERP, Decimal("0.1"))
    ledger.take(fill(-300, "t-2"), "pair", 2)
    assert ledger.earn(PERP, Decimal("0.2")) == (("pair", Decimal("0.2")),)
    fresh, _ = new_ledger()
    assert fresh.earn(PERP, Decimal("0.2")) == (("manual", Decimal("0.2")),)


@given(
    st.decimals(-10, 10, places=8),
    st.lists(st.integers(-900, 900).filter(bool).map(Decimal), min_size=1, max_size=6),
)
def test_parts_sum_up_to_the_last_digit(whole: Decimal, weights: list[Decimal]) -> None:
    assert sum(shares(whole, weights)) == whole


def option(amount: int, price: str, trade_id: str = "t-1") -> Fill:
    return Fill(OPTION, trade_id, "o", "", Decimal(amount), Decimal(price), ZERO, 1)


def test_sleeves_settle_only_when_the_total_is_flat() -> None:
    ledger, _ = new_ledger()
    ledger.take(fill(100), "manual", 1)
    ledger.take(fill(-50, "t-2"), "hedger", 1)
    ledger.net_out(PERP, Decimal(50_000), 2)
    assert len(ledger.sleeves()) == 2
    ledger.take(fill(-50, "t-3"), "manual", 1)
    ledger.net_out(PERP, Decimal(55_000), 2)
    assert ledger.sleeves() == ()


def test_a_contract_is_remembered_after_it_vanished_from_the_list() -> None:
    known = dict(NAMES)
    ledger = Ledger(known.get, MemoryJournal(), Restored())
    ledger.take(fill(100), "manual", 1)
    known.clear()
    ledger.take(fill(100, "t-2", price=40_000), "manual", 1)
    assert ledger.average(PERP) == pytest.approx(Decimal(400_000) / 9)
