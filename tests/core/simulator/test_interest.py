"""Open interest is the sum of all longs, and of all shorts, whoever trades with whom."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.simulator.markets.book import BID
from core.simulator.markets.interest import Interest
from core.simulator.markets.market import Market
from tests.core.simulator.still import Desk


@given(st.integers(0, 2**32), st.lists(st.integers(-40, 40), max_size=60))
def test_longs_and_shorts_stay_even_and_never_below_zero(seed: int, sizes: list[int]) -> None:
    interest, held = Interest(30, 30, np.random.default_rng(seed)), 0
    for units in sizes:
        if units % 3 == 0:
            interest.strangers_traded(abs(units))
        else:
            interest.client_moved(held, held + units)
            interest.street_moved(-units)
            held += units
        assert interest.is_even
        assert min(interest.counts().values()) >= 0
        assert interest.client_longs - interest.client_shorts == held


def client_units(desk: Desk, market: Market) -> tuple[int, int]:
    """(longs, shorts) of all clients in one market, in smallest orders."""
    lot = market.instrument.terms.min_amount
    sizes = [int(account.size_in(market) / lot) for account in desk.exchange.accounts]
    return sum(max(s, 0) for s in sizes), sum(max(-s, 0) for s in sizes)


def test_the_printed_figure_moves_by_what_clients_and_strangers_really_open() -> None:
    desk = Desk()
    market = desk.market("BTC-PERPETUAL")
    desk.send(desk.ann, market, "buy", 700)
    desk.send(desk.ben, market, "sell", 90)
    bid = market.book.best(BID)
    desk.send(desk.ann, market, "buy", 40, "limit", bid)
    desk.run(30.0)
    desk.send(desk.ann, market, "sell", 900)
    interest = market.interest
    assert (interest.client_longs, interest.client_shorts) == client_units(desk, market)
    assert interest.is_even
    assert market.open_interest == 10.0 * interest.units


def test_nothing_is_open_in_an_expired_contract() -> None:
    desk = Desk()
    first = min(desk.exchange.floor.options_of("BTC"), key=lambda m: m.instrument.expiry_ms)
    desk.clock.advance(20 * 3_600 + 1)
    desk.run(0.2)
    assert first.state == "delivered"
    assert first.open_interest == 0.0
