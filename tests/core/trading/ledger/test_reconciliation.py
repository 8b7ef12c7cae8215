"""The ledger against the venue: adopted at the start, alarmed later, never hidden."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.desk.journal import books_of
from core.domain.booking import Booking, BookingKind
from core.domain.events import Booked, Filled, Reconciled, TradingLinkChanged
from core.domain.label import new_label
from core.domain.order import Side
from core.domain.position import AccountFigures, Position, VenuePosition
from core.store.rows.journal import StoredFill
from core.trading.commands import AcceptPosition, ClosePosition, SwitchAutomation
from core.trading.journal import FillRecord, KeptRecord, NoteRecord, Restored
from core.trading.ledger.reconciliation import RESTATED, is_as_printed
from tests.core.trading.fake_venue import ENTRY
from tests.core.trading.market import EXPIRY_NS, INSTRUMENTS, LINEAR, OPTION, PERP
from tests.core.trading.programs import Wants
from tests.core.trading.rig import START_NS, Rig, decimals, limit


def lot(amount: str, name: str = PERP, price: str = "50000") -> Position:
    return Position(name, Decimal(amount), Decimal(price))


def notes(rig: Rig, kind: str) -> list[str]:
    return [one.text for one in rig.journal.of(NoteRecord) if one.kind == kind]


def test_what_the_venue_held_before_the_start_belongs_to_manual_and_is_flagged() -> None:
    rig = Rig(is_connected=False)
    rig.venue.positions[PERP] = Decimal(700)
    rig.connect()
    assert rig.engine.parts.ledger.held("manual", PERP) == 700
    assert rig.view.positions[0].average_price == 100
    assert notes(rig, "adopted") == [
        "BTC-PERPETUAL: +700 was there before this start and now belongs to the manual sleeve"
    ]
    assert rig.view.alarms == ()
    assert rig.view.gate.is_open
    ((_, found),) = rig.view.sleeves
    assert (found.found, rig.view.positions[0].found) == decimals(700, 700)


def test_what_was_found_is_told_apart_until_it_is_traded_away() -> None:
    rig = Rig(is_connected=False)
    rig.venue.positions[PERP] = Decimal(700)
    rig.connect()
    shares = []
    for amount in ("300", "-400", "-100", "-600", "-50"):
        rig.hold(PERP, amount, "60000")
        shares.append((rig.engine.parts.ledger.total(PERP), rig.view.sleeves[0][1].found))
    assert shares == [decimals(*one) for one in SHARES]


SHARES = ((1000, 700), (600, 600), (500, 500), (-100, 0), (-150, 0))
"""(held, of it found): what is sold was ours first."""


def test_a_restart_still_tells_what_was_found() -> None:
    rig = Rig(is_connected=False)
    rig.venue.positions[PERP] = Decimal(700)
    rig.connect()
    rig.hold(PERP, "300", "60000")
    written = [StoredFill(one.sleeve, one.fill, one.origin) for one in rig.journal.of(FillRecord)]
    again = Rig(restored=books_of(tuple(written), (), rig.board), is_connected=False)
    again.venue.positions[PERP] = Decimal(1000)
    again.connect()
    ((_, held),) = again.view.sleeves
    assert (held.amount, held.found) == decimals(1000, 700)


def test_a_label_made_elsewhere_moves_no_lot_of_a_program() -> None:
    rig = Rig()
    rig.venue.place(limit(Side.BUY, label="hedger:foo"))
    rig.drain()
    rig.venue.trade(rig.venue.working()[-1].order_id, Decimal(100))
    rig.drain()
    ledger = rig.engine.parts.ledger
    assert (ledger.held("manual", PERP), ledger.held("hedger", PERP)) == decimals(100, 0)


def test_an_order_of_an_earlier_run_moves_the_lot_of_its_program() -> None:
    rig = Rig()
    rig.venue.place(limit(Side.BUY, label="hedger:0a1b2c-7"))
    rig.drain()
    rig.venue.trade(rig.venue.working()[-1].order_id, Decimal(100))
    rig.drain()
    assert rig.engine.parts.ledger.held("hedger", PERP) == 100


def test_restored_lots_come_back_to_their_sleeves_and_only_the_rest_is_adopted() -> None:
    restored = Restored((("hedger", lot("-500")), ("pair", lot("200"))), since_ns=START_NS)
    rig = Rig(restored=restored, is_connected=False)
    rig.venue.positions[PERP] = Decimal(-200)
    rig.connect()
    ledger = rig.engine.parts.ledger
    assert ledger.held("hedger", PERP) == -500
    assert ledger.held("pair", PERP) == 200
    assert ledger.held("manual", PERP) == 100


def test_fills_made_while_the_desk_was_down_reach_their_sleeve_once() -> None:
    old, new = new_label("hedger"), new_label("hedger")
    restored = Restored(
        (("hedger", lot("100")),), frozenset({(PERP, "t-2")}), since_ns=START_NS - 10
    )
    rig = Rig(restored=restored, is_connected=False)
    for label in (old, new):
        rig.venue.place(limit(Side.BUY, label=label))
        rig.venue.trade(rig.venue.working()[-1].order_id, Decimal(100))
    rig.facts.clear()
    assert [one.trade_id for one in rig.venue.fills] == ["t-2", "t-4"]
    rig.connect()
    assert rig.engine.parts.ledger.held("hedger", PERP) == 200
    assert rig.engine.parts.ledger.held("manual", PERP) == 0


def test_at_a_first_start_old_executions_are_history_not_news() -> None:
    rig = Rig(is_connected=False)
    rig.venue.place(limit(Side.BUY, label=new_label("hedger")))
    rig.venue.trade(rig.venue.working()[-1].order_id, Decimal(100))
    rig.facts.clear()
    rig.connect()
    ledger = rig.engine.parts.ledger
    assert (ledger.held("manual", PERP), ledger.held("hedger", PERP)) == decimals(100, 0)
    assert rig.view.fills == ()


def test_an_order_of_this_run_counts_even_before_the_first_comparison() -> None:
    rig = Rig(is_connected=False)
    rig.venue.mode = "lose"
    order = limit(Side.BUY, label=new_label("pair"), reduce_only=True)
    rig.place(order)
    rig.venue.trade(rig.venue.working()[0].order_id, Decimal(100))
    rig.facts.clear()
    rig.connect()
    ledger = rig.engine.parts.ledger
    assert (ledger.held("pair", PERP), ledger.held("manual", PERP)) == decimals(100, 0)


def test_an_execution_older_than_the_start_that_is_listed_later_stays_history() -> None:
    rig = Rig(is_connected=False)
    rig.venue.place(limit(Side.BUY, label=new_label("hedger")))
    first = rig.venue.trade(rig.venue.working()[-1].order_id, Decimal(100))
    rig.facts.clear()
    rig.connect()
    rig.venue.fills.append(replace(first, trade_id="older", at_ns=first.at_ns - 5))
    rig.post(rig.venue.truth())
    assert rig.engine.parts.ledger.total(PERP) == 100


def test_a_later_difference_is_asked_again_and_then_alarmed_with_both_numbers() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=15)
    assert list(rig.view.alarms) == []
    assert not rig.view.gate.is_open

    rig.tick(seconds=1, times=2)
    text = "BTC-PERPETUAL: the ledger holds 300, the venue says 350"
    assert rig.view.alarms == (text,)
    assert text in rig.view.gate.reason
    assert notes(rig, "alarm") == [text]
    assert rig.engine.parts.ledger.total(PERP) == 300


def test_the_alarm_ends_when_both_agree_again() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=20)
    rig.venue.positions[PERP] = Decimal(300)
    rig.tick(seconds=1, times=20)
    assert rig.view.alarms == ()
    assert rig.view.gate.is_open
    assert notes(rig, "alarm over") == ["BTC-PERPETUAL: ledger and venue agree again"]


def test_an_answer_overtaken_by_a_fill_raises_no_alarm() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY))
    old = rig.venue.truth()
    rig.venue.trade(rig.view.working[0].order_id, Decimal(100))
    rig.drain()
    rig.post(old)
    rig.tick(seconds=1, times=20)
    assert notes(rig, "alarm") == []
    assert rig.view.gate.is_open


def test_a_fill_lost_on_the_way_is_found_in_the_next_comparison() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, label=new_label("hedger")))
    rig.venue.trade_unseen(rig.view.working[0].order_id, Decimal(100))
    rig.tick(seconds=1, times=16)
    assert rig.engine.parts.ledger.held("hedger", PERP) == 100
    assert rig.view.alarms == ()


def test_closing_a_position_in_dispute_closes_what_the_venue_holds() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=20)
    rig.ask(ClosePosition(PERP))
    assert sum(one.amount for one in rig.venue.placed if one.reduce_only) == 350
    assert rig.venue.positions[PERP] == 0


def expired() -> Rig:
    """Two options held past their expiry, which the venue does not hold any more."""
    rig = Rig()
    rig.hold(OPTION, "2", "0.03")
    rig.clock.set_ns(EXPIRY_NS + 5_000_000_000)
    rig.board.list_instruments([one for one in INSTRUMENTS if not one.is_option])
    rig.venue.positions.clear()
    rig.tick(seconds=1, times=20)
    return rig


def test_an_expired_contract_waits_for_its_delivery_price_without_an_alarm() -> None:
    rig = expired()
    assert rig.view.alarms == ()
    assert rig.view.gate.is_open
    paid = Booking(
        "7",
        BookingKind.DELIVERED,
        "BTC",
        OPTION,
        change=Decimal("0.1599"),
        at_ns=EXPIRY_NS,
        price=Decimal("0.08"),
        fee=Decimal("0.0001"),
    )
    rig.post(Booked("BTC", (paid,)))
    rig.post(Booked("BTC", (paid,)))
    assert rig.view.positions == ()
    assert notes(rig, "delivered") == [
        "BTC-25DEC26-64000-P: 2 expired and was delivered at 0.08, profit 0.1 BTC, fee 0.0001"
    ]
    records = [(one.origin, one.fill.price) for one in rig.journal.of(FillRecord)]
    assert records == [("venue", Decimal("0.03")), ("delivered", Decimal("0.08"))]
    assert rig.engine.parts.ledger.earned("BTC").net == Decimal("0.0999")


def test_a_delivery_the_venue_never_tells_of_books_no_profit_and_says_so() -> None:
    rig = expired()
    rig.tick(seconds=1, times=100)
    assert rig.view.positions == ()
    assert rig.view.alarms == ()
    assert "did not say at what price" in notes(rig, "delivered")[0]
    assert rig.engine.parts.ledger.earned("BTC").realised == 0


def test_a_restored_lot_of_a_contract_that_is_gone_is_dropped() -> None:
    restored = Restored((("hedger", lot("3", "BTC-27NOV26-50000-C", "0.01")),))
    rig = Rig(restored=restored)
    rig.tick(seconds=1, times=120)
    assert rig.view.positions == ()
    assert rig.view.sleeves == ()
    assert rig.view.alarms == ()


def test_a_restated_average_is_said_once_and_again_only_with_other_numbers() -> None:
    def start(price: str, kept: tuple[tuple[str, str], ...] = ()) -> Rig:
        lots = (("hedger", lot("100", price=price)),)
        rig = Rig(restored=Restored(lots, since_ns=START_NS, kept=kept), is_connected=False)
        rig.venue.positions[PERP] = Decimal(100)
        rig.connect()
        assert rig.engine.parts.ledger.average(PERP) == ENTRY
        return rig

    def kept(rig: Rig) -> tuple[tuple[str, str], ...]:
        return tuple((one.name, one.text) for one in rig.journal.of(KeptRecord))

    first = start("50000")
    text = "BTC-PERPETUAL: our average price is 50000, the venue says 100"
    assert notes(first, "restated") == [text]
    again = start("50000", kept(first))
    assert (notes(again, "restated"), kept(again)) == ([], ())
    other = start("49000", kept(first))
    assert notes(other, "restated") == [text.replace("50000", "49000")]
    agreed = start("100", kept(first))
    assert kept(agreed) == ((RESTATED, ""),)


def test_an_accepted_difference_is_booked_to_manual_and_opens_the_gate() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000", "hedger")
    rig.venue.positions[PERP] = Decimal(350)
    rig.tick(seconds=1, times=20)
    reply = rig.say(AcceptPosition(PERP))
    assert reply.is_ok
    assert "the ledger holds 300, the venue says 350; +50 booked to manual" in reply.text
    assert rig.view.alarms == ()
    assert rig.view.gate.is_open
    assert dict(rig.engine.parts.ledger.sleeves_in(PERP)) == {
        "hedger": Decimal(300),
        "manual": Decimal(50),
    }
    position = rig.view.position(PERP)
    assert position is not None
    assert position.average_price == ENTRY
    assert notes(rig, "accepted")
    rig.tick(seconds=1, times=40)
    assert rig.view.alarms == ()


def test_a_difference_that_is_not_there_cannot_be_accepted() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    reply = rig.say(AcceptPosition(PERP))
    assert not reply.is_ok
    assert reply.text.endswith("do not differ, there is nothing to accept")


def test_another_average_price_is_shown_and_closes_nothing() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.tick(seconds=1, times=40)
    text = "BTC-PERPETUAL: our average price is 60000, the venue says 100"
    assert list(rig.view.checks) == [text]
    assert notes(rig, "average") == [text]
    assert rig.view.gate.is_open
    assert rig.say(AcceptPosition(PERP)).is_ok
    rig.tick(seconds=1, times=40)
    assert not rig.view.checks


@pytest.mark.parametrize(
    ("stated", "is_equal"),
    [
        ("60000.1", True),
        ("60000.2", True),
        ("60000.12", True),
        ("60000.123", False),
        ("60000", False),
        ("60001", False),
    ],
)
def test_an_average_is_compared_to_the_printed_digits(stated: str, is_equal: bool) -> None:
    assert is_as_printed(Decimal("60000.1262"), Decimal(stated), 1) == is_equal


def test_positions_wait_until_the_contracts_are_listed() -> None:
    rig = Rig(is_connected=False)
    rig.board.list_instruments([])
    rig.venue.positions[PERP] = Decimal(700)
    rig.connect()
    assert not rig.view.is_reconciled
    assert rig.view.positions == ()
    rig.board.list_instruments(INSTRUMENTS)
    rig.tick(seconds=1, times=2)
    assert rig.view.is_reconciled
    assert rig.view.position(PERP) is not None


def test_a_comparison_that_never_came_is_asked_for_again_soon() -> None:
    rig = Rig(is_connected=False)
    rig.venue.is_silent = True
    rig.post(TradingLinkChanged(True))
    rig.tick(seconds=1, times=7)
    assert rig.venue.reconciled == 3


def test_a_position_in_a_contract_that_is_not_listed_is_shown_and_named() -> None:
    rig = Rig(is_connected=False)
    rig.venue.positions["SOL_USDC-PERPETUAL"] = Decimal(5)
    rig.connect()
    assert rig.view.alarms == ("SOL_USDC-PERPETUAL is held but not listed: no limit counts it",)
    assert rig.view.gate.is_open


def test_a_broken_average_of_the_venue_breaks_nothing() -> None:
    rig = Rig(is_connected=False)
    broken = VenuePosition(PERP, Decimal(100), Decimal(0))
    rig.post(Reconciled((broken,), (), (), (), START_NS))
    rig.venue.positions[PERP] = Decimal(100)
    rig.connect()
    rig.hold(PERP, "100", "50000")
    rig.hold(PERP, "-300", "50000")
    assert rig.engine.parts.ledger.total(PERP) == -100


def test_the_venue_is_compared_every_fifteen_seconds_while_the_link_is_up() -> None:
    rig = Rig()
    rig.tick(seconds=1, times=61)
    assert rig.venue.reconciled == 4
    rig.venue.disconnect()
    rig.drain()
    rig.tick(seconds=1, times=60)
    assert rig.venue.reconciled == 4


def test_programs_wait_when_the_venue_confirms_nothing_for_a_minute() -> None:
    rig = Rig([Wants("500")])
    rig.venue.is_silent = True
    rig.tick(seconds=1, times=62)
    assert "has not confirmed positions" in rig.view.gate.reason
    rig.ask(SwitchAutomation("hedger", True))
    rig.tick(times=3)
    assert rig.venue.placed == []


def test_the_newest_figures_of_an_account_are_kept() -> None:
    rig = Rig()
    one, zero = Decimal(1), Decimal(0)
    new = AccountFigures(
        "BTC", one, one, one, zero, zero, zero, zero, zero, zero, at_ns=2 * START_NS
    )
    old = replace(new, equity=zero, at_ns=START_NS + 10)
    rig.post(Reconciled((), (), (), (new, old), START_NS))
    assert rig.view.accounts == (new,)
    assert rig.engine.parts.holdings.account("BTC") == new
    assert rig.engine.parts.holdings.account("ETH") is None


def test_a_fill_without_a_label_belongs_to_its_orders_sleeve() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "1", "2900", LINEAR, new_label("pair")))
    fill = rig.venue.trade_unseen(rig.view.working[0].order_id, Decimal(1))
    rig.post(Filled(replace(fill, label="")))
    assert rig.engine.parts.ledger.held("pair", LINEAR) == 1
