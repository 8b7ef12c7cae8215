"""The paper venue's own connection: public requests only, honest trades, published prices."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.clock import SystemClock
from core.domain.order import Side
from core.errors import MarketDataError
from core.settings import VenueSettings
from core.venues.paper.matching.orders import MarketTrade
from core.venues.paper.public_link import PublicLink, trades_of
from tests.core.venues.fake_deribit import FakeDeribit
from tests.eventually import eventually

NAME = "BTC-PERPETUAL"
ROW = {
    "trade_seq": 1, "trade_id": "1", "timestamp": 1_790_000_000_123, "tick_direction": 1,
    "price": 60_000.5, "mark_price": 60_000.1, "instrument_name": NAME, "index_price": 60_000.0,
    "direction": "sell", "amount": 120.0,
}  # fmt: skip
TRADE = MarketTrade(
    NAME, Side.SELL, Decimal("60000.5"), Decimal("120.0"), 1_790_000_000_123_000_000
)


def raw(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


def test_block_trades_and_legs_of_combos_move_no_queue() -> None:
    block, leg = ROW | {"block_trade_id": "BLOCK-1"}, ROW | {"combo_id": "BTC-FS-27NOV26_PERP"}
    assert trades_of(raw(ROW, block, leg)) == [TRADE]


@pytest.mark.parametrize("text", [b"{}", b"[{}]", raw(ROW | {"direction": "up"}), b"[1"])
def test_unreadable_trades_are_an_error_of_ours(text: bytes) -> None:
    with pytest.raises(MarketDataError, match="trades is unreadable"):
        trades_of(text)


def test_it_hears_trades_and_prices_and_never_says_a_private_word() -> None:
    heard: list[MarketTrade] = []
    prices: list[tuple[str, dict[str, float]]] = []
    with FakeDeribit().running() as venue:
        rows = [{"date": "2026-11-20", "delivery_price": 60_001.5}]
        venue.handlers["public/get_delivery_prices"] = lambda *_: {"data": rows}
        link = PublicLink(
            venue.url, VenueSettings(), SystemClock(), heard.extend,
            lambda index, found: prices.append((index, found)),
        )  # fmt: skip
        link.want_trades([NAME])
        link.want_prices(["btc_usd"])
        link.start()
        eventually(lambda: venue.clients and venue.clients[0].channels, within_s=10)
        venue.push(f"trades.{NAME}.100ms", [ROW])
        eventually(lambda: heard == [TRADE], within_s=10)
        eventually(lambda: prices == [("btc_usd", {"2026-11-20": 60_001.5})], within_s=10)
        link.want_trades([])
        eventually(lambda: not venue.clients[0].channels, within_s=10)
        assert link.stop()
        assert venue.requests
        assert all(method.startswith("public/") for method, _ in venue.requests)
        assert venue.asked("public/auth") == []
