from __future__ import annotations

from decimal import Decimal
from math import isnan

import pytest

from core.domain.position import Position
from core.market.ticker import Greeks, Ticker
from core.recorder.holdings import held_positions
from tests.core.pricing.market import FORWARD, HandMarket

PERPETUAL = "BTC-PERPETUAL"


def held(market: HandMarket, name: str, amount: str) -> tuple[float, float]:
    """(mark, delta) of one position of the manual sleeve."""
    sleeves = [("manual", Position(name, Decimal(amount), Decimal(1)))]
    found = held_positions(sleeves, market.board.still())[0]
    assert (found.sleeve, found.position) == sleeves[0]
    return found.mark, found.delta


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([30], strikes=(100_000,))
    made.quote_chain()
    made.quote(PERPETUAL, 99_999.0, 100_001.0)
    made.ticker(PERPETUAL, None, mark_price=FORWARD)
    return made


def test_an_inverse_future_is_its_usd_over_the_mark(market: HandMarket) -> None:
    assert held(market, PERPETUAL, "-50000") == (FORWARD, -0.5)


def test_an_inverse_option_is_the_venues_delta_less_the_premium(market: HandMarket) -> None:
    name = market.option(30, 100_000, True)
    greeks = Greeks(delta=0.55)
    market.board.put_ticker(Ticker(name, 1, mark_price=0.05, greeks=greeks), 0)
    mark, delta = held(market, name, "2")
    assert mark == 0.05
    assert delta == pytest.approx(2 * 0.50)


def test_what_is_stale_or_not_listed_has_no_delta(market: HandMarket) -> None:
    assert all(isnan(one) for one in held(market, "BTC-1JAN27", "10"))
    market.clock.advance_s(60)
    assert isnan(held(market, PERPETUAL, "10")[1])


def test_an_option_without_greeks_has_a_mark_and_no_delta(market: HandMarket) -> None:
    name = market.option(30, 100_000, False)
    market.board.put_ticker(Ticker(name, 1, mark_price=0.05), 0)
    mark, delta = held(market, name, "1")
    assert mark == 0.05
    assert isnan(delta)
