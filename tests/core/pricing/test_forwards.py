from __future__ import annotations

from math import exp

import pytest

from core.pricing.forwards import SOURCE_WORDS, expiry_forwards
from core.pricing.quotes import read_quotes
from core.pricing.rows import option_rows
from tests.core.pricing.market import FORWARD, NOW_NS, HandMarket

NOTHING = ("", 0.0)


def forwards(market: HandMarket) -> list[tuple[str, float]]:
    """(source, forward) of every expiry; ("", 0) where there is none."""
    rows = option_rows(market.board.catalog)
    found = expiry_forwards(market.board, rows, read_quotes(market.board, rows), NOW_NS)
    return [("", 0.0) if one is None else (SOURCE_WORDS[one.source], one.value) for one in found]


@pytest.fixture
def market() -> HandMarket:
    made = HandMarket()
    made.list_chain([7])
    return made


def test_the_newest_ticker_of_the_expiry_comes_first(market: HandMarket) -> None:
    market.quote_chain(forward=FORWARD)
    market.clock.advance_s(0.5)
    market.ticker(market.option(7, 60_000, True), 100_500.0)
    assert forwards(market) == [("ticker", 100_500.0)]


def test_a_ticker_whose_feed_is_silent_does_not_count(market: HandMarket) -> None:
    market.quote_chain()
    market.clock.advance_s(10)
    assert forwards(market) == [NOTHING]


def test_the_future_of_the_expiry_comes_second(market: HandMarket) -> None:
    name = market.list_future(7)
    market.quote_chain(with_tickers=False)
    market.quote(name, 100_390.0, 100_410.0)
    assert forwards(market) == [("future", 100_400.0)]


def test_a_future_with_one_side_only_is_passed_over(market: HandMarket) -> None:
    name = market.list_future(7)
    market.quote_chain(forward=101_234.0, with_tickers=False)
    market.quote(name, 100_390.0, 0.0)
    [(source, forward)] = forwards(market)
    assert source == "parity"
    assert forward == pytest.approx(101_234.0, rel=1e-4)


def test_parity_of_a_linear_chain_is_in_its_own_currency() -> None:
    market = HandMarket()
    market.list_chain([7], chain="BTC_USDC")
    market.quote_chain(forward=101_234.0, with_tickers=False)
    [(source, forward)] = forwards(market)
    assert source == "parity"
    assert forward == pytest.approx(101_234.0, rel=1e-4)


def test_an_expiry_without_quotes_lies_between_its_neighbours() -> None:
    market = HandMarket()
    market.list_chain([10, 20, 30])
    market.board.put_index("btc_usd", 100_000.0, NOW_NS)
    carry = {10: 0.10, 30: 0.20}
    for day, rate in carry.items():
        market.ticker(market.option(day, 100_000, True), 100_000.0 * exp(rate * day / 365))
        market.quote(market.option(day, 100_000, True), 0.05, 0.06)
    first, between, last = forwards(market)
    assert (first[0], between[0], last[0]) == ("ticker", "interpolated", "ticker")
    assert between[1] == pytest.approx(100_000.0 * exp(0.15 * 20 / 365))


def test_nothing_known_is_no_forward(market: HandMarket) -> None:
    assert forwards(market) == [NOTHING]


def settling(market: HandMarket, minutes_left: float) -> None:
    market.clock.advance_s(7 * 86_400 - minutes_left * 60)
    market.touch()
    for is_call in (True, False):
        market.quote(market.option(7, 60_000, is_call), 0.1, 0.0)


def settled_forwards(market: HandMarket) -> list[tuple[float, float]]:
    """(forward, open share) of every expiry that has one."""
    rows = option_rows(market.board.catalog)
    now_ns = market.clock.now_ns()
    found = expiry_forwards(market.board, rows, read_quotes(market.board, rows), now_ns)
    return [(one.value, one.open_share) for one in found if one is not None]


def test_in_the_last_half_hour_the_known_part_of_the_average_is_in_the_forward(
    market: HandMarket,
) -> None:
    settling(market, minutes_left=6)
    market.ticker(market.option(7, 60_000, True), 100_000.0, estimated_delivery_price=98_000.0)
    [(forward, share)] = settled_forwards(market)
    assert share == pytest.approx(0.2)
    assert forward == pytest.approx(0.8 * 98_000 + 0.2 * 100_000)


def test_the_newest_ticker_tells_the_average(market: HandMarket) -> None:
    settling(market, minutes_left=15)
    market.ticker(market.option(7, 60_000, True), estimated_delivery_price=98_000.0)
    market.clock.advance_s(1)
    market.touch()
    market.ticker(market.option(7, 60_000, False), estimated_delivery_price=99_000.0)
    [(forward, _)] = settled_forwards(market)
    assert forward == pytest.approx(99_500.0, rel=1e-4)


def test_a_settling_expiry_without_an_average_keeps_its_forward_and_says_so(
    market: HandMarket,
) -> None:
    settling(market, minutes_left=15)
    market.ticker(market.option(7, 60_000, True), 100_000.0)
    [(forward, share)] = settled_forwards(market)
    assert forward == 100_000.0
    assert share == pytest.approx(0.5)


def test_before_the_half_hour_the_estimate_is_the_index_and_not_used(market: HandMarket) -> None:
    settling(market, minutes_left=31)
    market.ticker(market.option(7, 60_000, True), 100_000.0, estimated_delivery_price=98_000.0)
    assert settled_forwards(market) == [(100_000.0, 1.0)]
