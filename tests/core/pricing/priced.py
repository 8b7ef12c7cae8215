"""A hand-made market, priced."""

from __future__ import annotations

from core.pricing.chain_pricing import PricedMarket, price_market
from core.pricing.options.engine import ENGINES
from core.pricing.rows import option_rows
from core.pricing.view import OptionPricing
from tests.core.pricing.market import HandMarket


def priced(market: HandMarket, engine: str = "own") -> PricedMarket:
    """Everything, from no fits."""
    rows = option_rows(market.board.catalog)
    return price_market(market.board, rows, market.clock.now_ns(), {}, ENGINES[engine])


def option(market: HandMarket, name: str) -> OptionPricing:
    """What is published of one option."""
    return priced(market).view.options[name]
