"""Funding, deliveries and transfers of the venue's own books: each once, divided, written down."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain.booking import Booking, BookingKind
from core.domain.fill import Fill
from core.domain.position import VenuePosition
from core.trading.journal import BookingRecord, NoteRecord, Restored
from core.trading.ledger.books import WRITTEN_EVERY_NS, VenueBooks
from core.trading.ledger.ledger import Ledger
from tests.core.trading.market import INSTRUMENTS, OPTION, PERP
from tests.core.trading.rig import START_NS, MemoryJournal

NAMES = {one.name: one for one in INSTRUMENTS}
ZERO = Decimal(0)
NUMBERS = itertools.count(1)


class Bench:
    """A ledger that holds 300 of the perpetual, and its books."""

    def __init__(self, restored: Restored | None = None) -> None:
        self.journal = MemoryJournal()
        self.clock = ManualClock(START_NS)
        told = restored or Restored()
        self.ledger = Ledger(NAMES.get, self.journal, told)
        self.books = VenueBooks(self.ledger, self.journal, told, self.clock.now_ns)
        self.trade("manual", 100)
        self.trade("pair", 200)

    def trade(self, sleeve: str, amount: int, name: str = PERP, price: str = "60000") -> None:
        fill = Fill(
            name, f"t{next(NUMBERS)}", "o", "", Decimal(amount), Decimal(price), ZERO, START_NS
        )
        self.ledger.take(fill, sleeve, START_NS)

    def state(self, funding: str, name: str = PERP) -> None:
        """The venue states the running session's funding."""
        position = VenuePosition(name, Decimal(300), Decimal(60_000), Decimal(funding))
        self.books.observe((position,), self.clock.now_ns())

    def tell(self, *bookings: Booking) -> None:
        self.books.take(bookings, self.clock.now_ns())

    @property
    def funding(self) -> Decimal:
        return self.ledger.earned("BTC").funding


def line(
    kind: BookingKind = BookingKind.SETTLED,
    name: str = PERP,
    funding: str | None = None,
    change: str = "0",
    id_: str = "",
    at_ns: int = START_NS + 1,
) -> Booking:
    told = None if funding is None else Decimal(funding)
    number = id_ or str(next(NUMBERS))
    return Booking(number, kind, "BTC", name, Decimal(change), at_ns, funding=told)


def begun(restored: Restored | None = None) -> Bench:
    bench = Bench(restored)
    bench.books.begin(())
    return bench


def test_funding_is_booked_as_it_grows_and_divided() -> None:
    bench = begun()
    bench.state("-0.0003")
    bench.state("-0.0006")
    bench.state("-0.0006")
    assert bench.funding == Decimal("-0.0006")
    assert [(one.sleeve, one.funding) for one in bench.ledger.results()] == [
        ("manual", Decimal("-0.0002")),
        ("pair", Decimal("-0.0004")),
    ]


def test_the_settlement_has_the_last_word_and_the_next_session_starts_from_zero() -> None:
    bench = begun()
    bench.state("-0.0003")
    settled = line(funding="-0.0005")
    bench.tell(settled, settled)
    bench.state("0.0001")
    bench.tell(settled)
    assert bench.funding == Decimal("-0.0004")


def test_the_order_of_statement_and_settlement_does_not_matter() -> None:
    bench = begun()
    bench.state("-0.0003")
    bench.state("0.0001")
    bench.tell(line(funding="-0.0005"))
    bench.state("0.0001")
    assert bench.funding == Decimal("-0.0004")


sessions = st.lists(
    st.lists(st.integers(-1_000, 1_000).map(lambda n: Decimal(n).scaleb(-8)), min_size=1),
    min_size=1,
    max_size=5,
)


@given(sessions)
def test_over_any_days_funding_is_what_the_sessions_sum_up_to(days: list[list[Decimal]]) -> None:
    bench = begun()
    total = ZERO
    for stated in days:
        for value in stated:
            bench.state(str(value))
        total += stated[-1]
        bench.tell(line(funding=str(stated[-1])))
    assert bench.funding == total
    assert sum(one.funding for one in bench.ledger.results()) == total


def test_funding_from_before_the_first_start_is_not_ours() -> None:
    bench = Bench()
    bench.books.begin((VenuePosition(PERP, Decimal(300), Decimal(60_000), Decimal("0.01")),))
    bench.state("0.015")
    bench.tell(line(funding="0.009", at_ns=START_NS - 1))
    assert bench.funding == Decimal("0.005")


def test_after_a_restart_only_what_came_since_is_booked() -> None:
    known = frozenset({("BTC", "41")})
    restored = Restored(bookings=known, funding=((PERP, Decimal("0.002")),), began_ns=START_NS - 9)
    bench = begun(restored)
    bench.tell(line(funding="7", id_="41"), line(funding="0.005", id_="42"))
    bench.state("0.001")
    assert bench.funding == Decimal("0.004")


def test_funding_is_written_down_in_pieces_and_whole_when_a_session_ends() -> None:
    bench = begun()
    bench.state("0.0001")
    bench.state("0.0003")
    bench.clock.advance_s(WRITTEN_EVERY_NS / 1e9)
    bench.state("0.0006")
    bench.state("0.0009")
    bench.tell(line(funding="0.0012", id_="77"))
    written = bench.journal.of(BookingRecord)
    funding = [one.amount for one in written if one.kind == "funding"]
    assert sum(funding) == bench.funding == Decimal("0.0012")
    assert [one.id for one in written if one.kind == "settled"] == ["77"]
    assert len({(one.id, one.sleeve) for one in written}) == len(written)


def test_transfers_are_counted_apart_and_noted() -> None:
    bench = begun()
    deposit = line(BookingKind.CASH, "", change="1.5")
    bench.tell(deposit, deposit, line(BookingKind.CASH, "", change="-0.25"))
    assert bench.books.transfers("BTC") == Decimal("1.25")
    assert bench.books.transfers("ETH") == 0
    texts = [one.text for one in bench.journal.of(NoteRecord)]
    assert texts[0] == "BTC: +1.5 came or went without a trade"


def test_a_trade_that_was_told_after_the_delivery_is_delivered_at_the_same_price() -> None:
    bench = begun()
    bench.trade("pair", 3, OPTION, "0.03")
    paid = Booking(
        "9", BookingKind.DELIVERED, "BTC", OPTION, ZERO, START_NS + 1, Decimal("0.05"), ZERO
    )
    bench.tell(paid)
    bench.trade("pair", 1, OPTION, "0.02")
    bench.books.expire(OPTION, bench.clock.now_ns())
    assert not bench.books.is_awaiting
    assert bench.ledger.held("pair", OPTION) == 0
    assert bench.ledger.realised(OPTION) == Decimal("0.09")


@pytest.mark.parametrize("has_past", [True, False])
def test_lines_of_another_time_are_not_booked_before_the_first_comparison(has_past: bool) -> None:
    bench = Bench(Restored(began_ns=START_NS - 5) if has_past else None)
    bench.tell(line(funding="0.001"))
    assert bench.funding == (Decimal("0.001") if has_past else 0)
