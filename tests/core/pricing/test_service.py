from __future__ import annotations

from dataclasses import replace

import pytest

from core.pricing.service import Pricer
from core.settings import PricingSettings
from tests.core.pricing.market import FORWARD, HandMarket, skewed
from tests.eventually import eventually


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([7, 30])
    made.quote_chain()
    return made


def pricer(market: HandMarket) -> Pricer:
    return Pricer(market.board, market.clock, PricingSettings(every_s=0.2))


def test_it_publishes_what_the_board_says_and_how_long_it_took(market: HandMarket) -> None:
    service = pricer(market)
    assert service.view.at_ns == 0
    service.start()
    eventually(lambda: service.view.at_ns == market.clock.now_ns())
    assert 0 < service.view.took_ms < 5_000
    assert len(service.view.smiles) == 2
    assert service.stop()
    assert service.state().name == "pricing"
    assert not service.state().is_running


def test_it_starts_and_stops_twice(market: HandMarket) -> None:
    service = pricer(market)
    service.start()
    service.start()
    assert service.stop()
    assert service.stop()
    market.clock.advance_s(1)
    service.start()
    eventually(lambda: service.view.at_ns == market.clock.now_ns())
    assert service.stop()


def test_a_new_listing_is_priced_in_the_next_turn(market: HandMarket) -> None:
    service = pricer(market)
    assert len(service.turn().smiles) == 2
    market.list_chain([60])
    market.quote_chain(skewed)
    assert len(service.turn().smiles) == 3


def test_a_view_once_read_does_not_change(market: HandMarket) -> None:
    service = pricer(market)
    view = service.turn()
    name = market.option(30, 100_000, True)
    before = view.options[name]
    market.quote_chain(skewed, forward=FORWARD * 1.01)
    assert service.turn().options[name] != before
    assert view.options[name] == before


def test_who_asks_gets_the_moment_asked_for_priced(market: HandMarket) -> None:
    service = Pricer(market.board, market.clock, PricingSettings(every_s=60))
    assert service.price(market.board.still(), 5) is None
    service.start()
    eventually(lambda: service.view.at_ns > 0)
    still, name = market.board.still(), market.option(30, 100_000, True)
    market.quote_chain(skewed, forward=FORWARD * 1.01)
    view = service.price(still, 20)
    assert view is not None
    assert view.board is still
    assert still.quote(name) != market.board.quote(name)
    assert view.options[name] == pricer(market).turn(still).options[name]
    assert service.stop()


def test_a_moment_that_cannot_be_priced_is_answered_with_nothing(market: HandMarket) -> None:
    service = pricer(market)
    service.start()
    impossible = replace(market.board.still(), catalog=None)  # type: ignore[arg-type]  # no link can do that
    assert service.price(impossible, 20) is None
    assert service.price(market.board.still(), 20) is not None
    assert service.stop()


def test_a_turn_that_fails_keeps_the_last_view_and_the_next_one_recovers(
    market: HandMarket, caplog: pytest.LogCaptureFixture
) -> None:
    service = pricer(market)
    service.start()
    eventually(lambda: service.view.at_ns == market.clock.now_ns())
    name = market.option(30, 100_000, True)
    book = market.board.book(name)
    assert book is not None
    good = book.bids
    book.bids = None  # type: ignore[assignment]  # what no message can do
    book._version += 2
    market.clock.advance_s(1)
    market.touch()
    last = service.view
    eventually(lambda: any(record.exc_info for record in caplog.records))
    assert service.view is last
    assert service.state().is_running
    book.bids = good
    book._version += 2
    eventually(lambda: service.view.at_ns == market.clock.now_ns())
    assert service.stop()
