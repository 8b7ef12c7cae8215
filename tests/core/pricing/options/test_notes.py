"""A note per row, in words, for everything that can be wrong with a quote."""

from __future__ import annotations

import pytest

from core.market.ticker import Ticker
from core.pricing.options.notes import Note
from core.pricing.view import OptionPricing
from tests.core.pricing.market import FORWARD, HandMarket, skewed
from tests.core.pricing.priced import option


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([30])
    made.quote_chain(skewed)
    return made


def call_at(market: HandMarket, strike: int, bid: float, ask: float) -> OptionPricing:
    """The call of a strike with these quotes."""
    name = market.option(30, strike, True)
    market.quote(name, bid, ask)
    return option(market, name)


def test_a_good_out_of_the_money_quote_needs_no_words(market: HandMarket) -> None:
    found = option(market, market.option(30, 110_000, True))
    assert (found.status, found.is_low_confidence, found.iv_source) == ("", False, "mid")
    assert found.iv == found.mid_iv


@pytest.mark.parametrize(
    ("strike", "bid", "ask", "note"),
    [
        (110_000, 0.0, 0.0, Note.NO_QUOTE),
        (110_000, 0.0, 0.02, Note.NO_BID),
        (110_000, 0.02, 0.0, Note.NO_ASK),
        (110_000, 0.03, 0.02, Note.CROSSED),
        (60_000, 0.39, 0.45, Note.BID_AT_INTRINSIC),
        (60_000, 0.20, 0.21, Note.AT_INTRINSIC),
        (60_000, 0.0, 0.21, Note.AT_INTRINSIC),
        (110_000, 0.02, 1.01, Note.ASK_AT_BOUND),
        (110_000, 1.01, 1.02, Note.AT_BOUND),
        (60_000, 0.41, 0.42, Note.IN_THE_MONEY),
    ],
)
def test_every_quote_that_says_less_is_told_in_words(
    market: HandMarket, strike: int, bid: float, ask: float, note: Note
) -> None:
    found = call_at(market, strike, bid, ask)
    assert found.status == note.text
    assert found.status


def test_a_one_sided_quote_is_a_bound_and_no_mid(market: HandMarket) -> None:
    only_ask = call_at(market, 110_000, 0.0, 0.03)
    only_bid = call_at(market, 115_000, 0.01, 0.0)
    assert (only_ask.ask_iv > 0.1, only_bid.bid_iv > 0.1) == (True, True)
    for found in (only_ask, only_bid):
        assert found.mid_iv != found.mid_iv


def test_without_a_forward_or_with_no_time_left_it_says_so(market: HandMarket) -> None:
    name = market.option(30, 110_000, True)
    market.clock.advance_s(10)
    assert option(market, name).status == Note.NO_FORWARD.text
    market.quote_chain(with_tickers=False)
    market.clock.advance_s(31 * 86_400)
    market.touch()
    assert option(market, name).status == Note.EXPIRED.text


def test_in_the_money_the_other_side_of_the_strike_gives_the_greeks(market: HandMarket) -> None:
    call, put = (market.option(30, 80_000, is_call) for is_call in (True, False))
    market.quote(call, 0.205, 0.235)
    deep, cheap = option(market, call), option(market, put)
    assert deep.is_low_confidence
    assert not cheap.is_low_confidence
    assert (deep.iv_source, deep.iv) == ("other side", cheap.mid_iv)
    assert abs(deep.mid_iv - cheap.mid_iv) > 0.01
    assert deep.delta - cheap.delta == pytest.approx(1.0, abs=1e-12)


def test_in_the_money_alone_it_is_priced_by_itself(market: HandMarket) -> None:
    call, put = (market.option(30, 80_000, is_call) for is_call in (True, False))
    market.quote(put, 0.0, 0.0)
    found = option(market, call)
    assert found.is_low_confidence
    assert (found.iv_source, found.iv) == ("mid", found.mid_iv)


def test_near_the_money_both_sides_are_trusted(market: HandMarket) -> None:
    for is_call in (True, False):
        assert not option(market, market.option(30, 100_000, is_call)).is_low_confidence


def test_put_and_call_of_a_strike_have_nearly_the_same_volatility_and_opposite_deltas(
    market: HandMarket,
) -> None:
    for strike in range(70_000, 140_001, 10_000):
        call, put = (option(market, market.option(30, strike, one)) for one in (True, False))
        assert call.mid_iv == pytest.approx(put.mid_iv, abs=2e-3)
        assert call.delta - put.delta == pytest.approx(1.0, abs=5e-3)


def test_the_last_half_hour_is_settling(market: HandMarket) -> None:
    market.clock.advance_s(30 * 86_400 - 900)
    market.touch()
    name, other = market.option(30, 100_000, True), market.option(30, 105_000, False)
    at_ms = market.clock.now_ns() // 1_000_000
    for one, average in ((name, 98_000.0), (other, 98_000.0)):
        market.quote(one, 0.0001, 0.0003)
        told = Ticker(
            one,
            at_ms,
            underlying_price=FORWARD,
            mark_iv=60.0,
            estimated_delivery_price=average,
        )
        market.board.put_ticker(told, market.clock.now_ns())
    found = option(market, name)
    assert found.is_settling
    assert found.open_share == pytest.approx(0.5)
    assert found.status.startswith("settling")
    # Half the average is in: the forward of what is delivered is 99,000.
    assert 0.0 < found.delta < 0.5 * 0.2
