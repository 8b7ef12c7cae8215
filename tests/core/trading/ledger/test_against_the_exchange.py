"""The ledger equals the simulated exchange: sizes, averages, and every change of the equity."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from core.desk.journal import books_of
from core.domain.position import Result
from core.simulator.markets.market import Market
from core.store.rows.journal import StoredBooking, StoredFill
from core.trading.journal import BookingRecord, FillRecord, NoteRecord, Restored
from tests.core.trading.ledger.indoor_desk import CURRENCIES, IndoorDesk, indoor_desk

PRINTED = Decimal("0.00000001")
"""The last digit the exchange prints."""
SLEEVES = ("manual", "hedger", "pair")
HOUR_S = 3_600
START_HOUR = 12


@pytest.fixture
def desk() -> Iterator[IndoorDesk]:
    with indoor_desk() as opened:
        yield opened


def markets(desk: IndoorDesk) -> list[Market]:
    """One of every kind: perpetuals, dated, options of the next expiry and later ones."""
    names = ["BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL", "SOL_USDC-PERPETUAL"]
    chain = desk.still.exchange.floor.options_of("BTC")
    dated = [
        market
        for market in desk.still.exchange.floor.markets
        if market.instrument.kind == "future" and not market.instrument.is_perpetual
    ]
    first = min(market.instrument.expiry_ms for market in chain)
    deep = [m for m in chain if m.instrument.expiry_ms == first and m.instrument.is_call]
    inverse = [m for m in deep if not m.instrument.is_linear]
    linear = [m for m in deep if m.instrument.is_linear]
    found = [desk.still.market(name) for name in names]
    found += sorted(dated, key=lambda market: market.instrument.expiry_ms)[:2]
    for group in (inverse, linear):
        by_strike = sorted(group, key=lambda market: market.instrument.strike)
        found += by_strike[:1] + by_strike[len(by_strike) // 2 :][:1]
    return [*found, desk.still.option("BTC"), desk.still.option("ETH", is_call=False)]


def trade_at_random(desk: IndoorDesk, seed: int, times: int) -> None:
    """Add, reduce, close and flip, in every sleeve."""
    chance, choice = random.Random(seed), markets(desk)
    for _ in range(times):
        market = chance.choice(choice)
        most = 400 if "PERPETUAL" in market.name else 8
        units = chance.randint(1, most) * chance.choice((1, -1))
        desk.trade(market, units, chance.choice(SLEEVES))
        check_positions(desk)


def check_positions(desk: IndoorDesk) -> None:
    """Every position as printed, and its sleeves."""
    desk.compare()
    ledger = desk.engine.parts.ledger
    stated = desk.stated()
    assert {one.instrument for one in ledger.positions()} == set(stated)
    for name, (size, average) in stated.items():
        assert ledger.total(name) == size
        assert abs(ledger.average(name) - average) <= PRINTED
        assert sum(held for _, held in ledger.sleeves_in(name)) == size
    assert desk.engine.parts.truth.alarms == ()
    assert desk.engine.parts.truth.averages == ()


def check_money(desk: IndoorDesk, hairs: int) -> None:
    """Equity's change is what we booked, to some of the last digits the exchange rounds to."""
    explained = {one.currency: one for one in desk.engine.parts.explanation.newest}
    assert set(explained) == set(CURRENCIES)
    for one in explained.values():
        assert abs(one.unexplained) <= hairs * PRINTED, one


def fees_of(desk: IndoorDesk, currency: str) -> Decimal:
    """What the exchange says it took in fees."""
    return desk.still.ann.purses[currency].fees


@pytest.mark.parametrize("seed", [1, 2])
def test_after_every_trade_positions_are_as_the_exchange_prints_them(
    desk: IndoorDesk, seed: int
) -> None:
    trade_at_random(desk, seed, 60)
    check_money(desk, 5)
    for currency in CURRENCIES:
        assert desk.engine.parts.ledger.earned(currency).fees == fees_of(desk, currency)


def test_a_day_with_settlement_and_expiries_is_explained(desk: IndoorDesk) -> None:
    trade_at_random(desk, 3, 50)
    held = {one.instrument for one in desk.engine.parts.ledger.positions()}
    desk.leap((24 - START_HOUR + 8) * HOUR_S)
    check_positions(desk)
    check_money(desk, 20)
    gone = held - {one.instrument for one in desk.engine.parts.ledger.positions()}
    assert gone
    delivered = [one for one in desk.journal.of(FillRecord) if one.origin == "delivered"]
    assert {one.fill.instrument for one in delivered} >= gone
    trade_at_random(desk, 4, 20)
    desk.leap(24 * HOUR_S)
    check_positions(desk)
    check_money(desk, 40)
    check_sums(desk)


def test_funding_is_what_the_exchange_booked(desk: IndoorDesk) -> None:
    perpetual = desk.still.market("BTC-PERPETUAL")
    desk.trade(perpetual, 3_000, "pair")
    desk.trade(perpetual, -1_000, "hedger")
    for _ in range(22):
        desk.leap(HOUR_S)
    booked = sum(
        Decimal(repr(row["funding"]))
        for row in (one.row for one in desk.still.ann.settlements)
        if row["instrument_name"] == perpetual.name
    )
    rows = desk.wire.call("private/get_positions", currency="BTC")
    running = Decimal(repr(rows[0]["realized_funding"]))
    earned = desk.engine.parts.ledger.earned("BTC")
    assert earned.funding == booked + running
    assert earned.funding != 0
    parts = {one.sleeve: one.funding for one in desk.engine.parts.ledger.results()}
    assert parts["pair"] == pytest.approx(earned.funding * Decimal("1.5"), abs=PRINTED)
    written = [one.amount for one in desk.journal.of(BookingRecord) if one.kind == "funding"]
    assert abs(sum(written) - earned.funding) <= abs(running)


def test_a_deposit_is_no_profit(desk: IndoorDesk) -> None:
    desk.trade(desk.still.market("BTC-PERPETUAL"), 300, "manual")
    desk.leap(5)
    ann = desk.still.ann
    ann.purses["BTC"].balance += 2
    ann.tills["BTC"].deposited += 2
    row = {"type": "deposit", "change": 2.0, "cashflow": 2.0}
    ann.add_log(None, "BTC", desk.still.clock.now_ms(), row)
    desk.leap(30)
    check_money(desk, 5)
    assert desk.engine.parts.books.transfers("BTC") == 2


def test_a_restart_over_a_settlement_finds_the_same_books(desk: IndoorDesk) -> None:
    trade_at_random(desk, 5, 40)
    desk.leap(2 * HOUR_S)
    told = restored(desk)
    before = desk.engine.parts.ledger
    desk.still.clock.advance(20 * HOUR_S)
    with indoor_desk(desk.still, told) as again:
        again.leap(60)
        desk.leap(60)
        check_positions(again)
        check_positions(desk)
        after = again.engine.parts.ledger
        adopted = [one for one in again.journal.of(FillRecord) if one.origin == "adopted"]
        assert adopted == []
        assert [one for one in again.journal.of(NoteRecord) if one.kind == "restated"] == []
        lots = zip(after.sleeves(), before.sleeves(), strict=True)
        for (sleeve, lot), (other, known) in lots:
            assert (sleeve, lot.amount) == (other, known.amount)
            assert lot.average_price == pytest.approx(known.average_price, abs=PRINTED)
        for ours, right in zip(after.results(), before.results(), strict=True):
            assert (ours.sleeve, ours.currency) == (right.sleeve, right.currency)
            assert ours.fees == right.fees
            assert ours.realised == pytest.approx(right.realised, abs=PRINTED / 1_000)
        for one in CURRENCIES:
            assert after.earned(one).funding == before.earned(one).funding


def restored(desk: IndoorDesk) -> Restored:
    """What a journal in the database would give back."""
    fills = [StoredFill(one.sleeve, one.fill, one.origin) for one in desk.journal.of(FillRecord)]
    now_ns = desk.clock.now_ns()
    bookings = [
        StoredBooking(
            now_ns, one.sleeve, one.kind, one.id, one.currency, one.instrument, one.amount
        )
        for one in desk.journal.of(BookingRecord)
    ]
    return books_of(tuple(fills), tuple(bookings), desk.board)


def check_sums(desk: IndoorDesk) -> None:
    """The sleeves' fees and funding are the totals'."""
    ledger = desk.engine.parts.ledger
    for currency in CURRENCIES:
        own = [one for one in ledger.results() if one.currency == currency]
        whole = ledger.earned(currency)
        assert isinstance(whole, Result)
        assert sum(one.fees for one in own) == whole.fees == fees_of(desk, currency)
        assert sum(one.funding for one in own) == whole.funding
