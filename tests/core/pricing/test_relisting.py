"""The list of instruments changes while the market is priced."""

from __future__ import annotations

import threading

from core.pricing.service import Pricer
from core.settings import PricingSettings
from tests.core.pricing.market import HandMarket, skewed


def test_a_list_replaced_in_mid_turn_belongs_to_the_next_turn() -> None:
    market = HandMarket()
    market.list_chain([7, 30])
    market.quote_chain(skewed)
    both = list(market.instruments)
    first = [
        one for one in both if one.name in market.board.catalog.by_name and "22JAN" not in one.name
    ]
    assert 0 < len(first) < len(both)
    stopping = threading.Event()

    def relist() -> None:
        while not stopping.is_set():
            market.board.list_instruments(first)
            market.board.list_instruments(both)

    lister = threading.Thread(target=relist)
    lister.start()
    try:
        service = Pricer(market.board, market.clock, PricingSettings())
        views = [service.turn() for _ in range(8)]
    finally:
        stopping.set()
        lister.join()
    for view in views:
        assert view.board is not None
        listed = {one.name for one in view.board.catalog.by_name.values() if one.is_option}
        assert set(view.options) == listed
        assert set(view.smiles) == {("BTC", one) for one in view.board.catalog.expiries["BTC"]}
