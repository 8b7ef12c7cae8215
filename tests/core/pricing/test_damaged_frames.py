"""Whatever a frame holds and whenever an expiry passes, the market is priced without an error."""

from __future__ import annotations

import random
from math import inf, isfinite, nan

import numpy as np
import pytest

from core.market.ticker import Ticker
from core.pricing.service import Pricer
from core.settings import PricingSettings
from tests.core.pricing.market import FORWARD, STRIKES, HandMarket, skewed

ODD = (0.0, -1.0, 5e-324, 1e-300, 1e-9, 1e16, 1e308, -1e308, inf, nan)
STAMPS = (0, -5, 1_800_000_000_000, 10**300)
DAYS = (-1, -1e-9, 0, 1e-9, 1e-4, 0.01, 1, 7, 30, 300)
WAITS_S = (0.5, 60.0, 86_400.0)


def an_odd_market(dice: random.Random) -> HandMarket:
    """A few expiries around now, some of their quotes and tickers beyond all reason."""
    market = HandMarket()
    days = sorted(dice.sample(DAYS, dice.randint(1, 4)))
    chain = dice.choice(("BTC", "BTC_USDC"))
    market.list_chain(
        [day for day in days if day > 0.001], dice.sample(STRIKES, dice.choice((1, 2, 9))), chain
    )
    with_tickers = dice.random() < 0.8
    market.quote_chain(skewed, width=dice.choice((0.004, 0.1)), with_tickers=with_tickers)
    market.list_chain([day for day in days if day <= 0.001], dice.sample(STRIKES, 3), chain)
    market.list_future(days[-1], chain)
    for one in market.instruments:
        if dice.random() < 0.3:
            market.quote(one.name, dice.choice(ODD), dice.choice(ODD))
        if dice.random() < 0.3:
            market.board.put_ticker(an_odd_ticker(one.name, dice), 0)
    market.board.put_index("btc_usd", dice.choice((*ODD, FORWARD)), 0)
    return market


def an_odd_ticker(name: str, dice: random.Random) -> Ticker:
    return Ticker(
        name,
        dice.choice(STAMPS),
        mark_iv=dice.choice((*ODD, None, 60.0)),
        underlying_price=dice.choice((*ODD, None, FORWARD)),
        open_interest=dice.choice((*ODD, None)),
        estimated_delivery_price=dice.choice((*ODD, None)),
    )


@pytest.mark.parametrize("seed", range(40))
def test_nothing_a_venue_can_send_stops_the_pricing(seed: int) -> None:
    dice = random.Random(seed)
    market = an_odd_market(dice)
    service = Pricer(market.board, market.clock, PricingSettings())
    for _ in range(3):
        view = service.turn()
        assert view.board is not None
        market.clock.advance_s(dice.choice(WAITS_S))  # expiries pass
        market.touch()


def test_a_stamp_larger_than_any_float_costs_nothing_else() -> None:
    market = HandMarket()
    market.list_chain([30])
    market.quote_chain(skewed)
    name = market.option(30, 100_000, True)
    told = Ticker(name, 10**400, underlying_price=FORWARD, mark_iv=60.0)
    market.board.put_ticker(told, 0)
    view = Pricer(market.board, market.clock, PricingSettings()).turn()
    assert isfinite(view.options[name].mid_iv)


def test_a_figure_beyond_reason_is_no_figure() -> None:
    market = HandMarket()
    market.list_chain([30])
    market.quote_chain(skewed)
    name = market.option(30, 100_000, True)
    market.quote(name, 1e300, 1e301)
    view = Pricer(market.board, market.clock, PricingSettings()).turn()
    found = view.options[name]
    assert np.isnan([found.bid_iv, found.ask_iv, found.mid_iv]).all()
    assert len(view.smiles) == 1
