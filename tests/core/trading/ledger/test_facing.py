"""Sleeves that cancel out at expiry: no delivery comes, so the ledger makes its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.clock import NS_PER_MS, NS_PER_S
from core.domain.instrument import Instrument, Kind
from core.domain.position import Position
from core.market.ticker import Ticker
from core.trading.journal import FillRecord, NoteRecord, Restored
from tests.core.trading.market import EXPIRY_NS, INSTRUMENTS, OPTION, PERP
from tests.core.trading.rig import START_NS, Rig

PUT = next(one for one in INSTRUMENTS if one.name == OPTION)
FUTURE = replace(
    INSTRUMENTS[0], name="BTC-25DEC26", kind=Kind.FUTURE, expiry_ns=EXPIRY_NS, strike=None
)


def facing(it: Instrument, first: str, second: str) -> Rig:
    """The pair sold what the hedger bought; the venue holds none of it."""
    size = Decimal(2)
    lots = (
        ("hedger", Position(it.name, size, Decimal(first))),
        ("pair", Position(it.name, -size, Decimal(second))),
    )
    rig = Rig(restored=Restored(lots, since_ns=START_NS, contracts=(it,)), is_connected=False)
    rig.board.list_instruments((*INSTRUMENTS, FUTURE))
    stamp(rig)
    rig.connect()
    return rig


def stamp(rig: Rig) -> None:
    """The venue says what time it is."""
    now_ns = rig.clock.now_ns()
    rig.board.touch("feed", now_ns, now_ns)


def estimate(rig: Rig, name: str, price: float | None) -> None:
    """The ticker says what the contract would be delivered at; the ledger looks at it."""
    at_ns = rig.clock.now_ns()
    ticker = Ticker(name, at_ns // NS_PER_MS, "open", 1.0, 60_000.0, estimated_delivery_price=price)
    rig.board.put_ticker(ticker, at_ns)
    rig.tick(seconds=1, times=16)


def expire(rig: Rig) -> None:
    """The contract ends and is listed no more."""
    rig.clock.set_ns(EXPIRY_NS + NS_PER_S)
    rig.board.list_instruments([one for one in INSTRUMENTS if one.expiry_ns is None])
    stamp(rig)
    rig.tick(seconds=1, times=16)


def realised(rig: Rig) -> dict[str, Decimal]:
    results = rig.engine.parts.ledger.results()
    return {one.sleeve: one.realised for one in results if one.currency == "BTC"}


def test_options_settle_at_what_they_pay_and_the_sum_is_unchanged() -> None:
    rig = facing(PUT, "0.03", "0.05")
    before = rig.engine.parts.ledger.earned("BTC")
    estimate(rig, OPTION, 51_200.0)
    assert rig.engine.parts.ledger.facing() == [OPTION]
    expire(rig)
    assert rig.view.sleeves == ()
    assert rig.engine.parts.ledger.earned("BTC") == before
    # A put on 64,000 pays (64,000 - 51,200) / 51,200 coins.
    assert realised(rig) == {"hedger": Decimal("0.44"), "pair": Decimal("-0.4")}
    assert sum(realised(rig).values()) == before.realised
    assert [one.text for one in rig.journal.of(NoteRecord) if one.kind == "delivered"] == [
        "BTC-25DEC26-64000-P expired; sleeves that held against each other settled at 0.25, "
        "by the venue's estimate of 51200"
    ]
    assert [(one.sleeve, one.origin) for one in rig.journal.of(FillRecord)] == [
        ("hedger", "delivered"),
        ("pair", "delivered"),
    ]


def test_a_worthless_option_takes_what_was_paid_for_it() -> None:
    rig = facing(PUT, "0.03", "0.05")
    estimate(rig, OPTION, 70_000.0)
    expire(rig)
    assert realised(rig) == {"hedger": Decimal("-0.06"), "pair": Decimal("0.10")}


def test_futures_settle_at_the_estimate_itself() -> None:
    rig = facing(FUTURE, "40000", "50000")
    earned = rig.engine.parts.ledger.earned("BTC").realised
    estimate(rig, FUTURE.name, 80_000.0)
    expire(rig)
    assert rig.view.sleeves == ()
    assert realised(rig)["hedger"] == Decimal(2) * (1 / Decimal(40_000) - 1 / Decimal(80_000))
    assert sum(realised(rig).values()) == pytest.approx(earned, abs=Decimal("1E-24"))


def test_an_estimate_from_after_the_expiry_is_the_next_ones() -> None:
    rig = facing(PUT, "0.03", "0.05")
    estimate(rig, OPTION, 51_200.0)
    rig.clock.set_ns(EXPIRY_NS + NS_PER_S)
    stamp(rig)
    estimate(rig, OPTION, 60_000.0)
    assert realised(rig)["hedger"] == Decimal("0.44")


def test_without_an_estimate_they_meet_in_the_middle() -> None:
    rig = facing(PUT, "0.03", "0.05")
    estimate(rig, OPTION, None)
    expire(rig)
    assert realised(rig) == {"hedger": Decimal("0.02"), "pair": Decimal("0.02")}


def test_a_perpetual_never_ends() -> None:
    rig = facing(INSTRUMENTS[0], "50000", "60000")
    expire(rig)
    assert rig.engine.parts.ledger.facing() == [PERP]


def test_our_own_clock_alone_ends_nothing() -> None:
    price = Decimal("0.03")
    lots = (
        ("hedger", Position(OPTION, Decimal(1), price)),
        ("pair", Position(OPTION, Decimal(-1), price)),
    )
    blind = Rig(restored=Restored(lots, since_ns=START_NS))
    blind.clock.set_ns(EXPIRY_NS + NS_PER_S)
    blind.tick(seconds=1, times=20)
    assert blind.engine.parts.ledger.facing() == [OPTION]
