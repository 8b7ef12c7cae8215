"""What the venue tells any stranger, decoded: executions and delivery prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.clock import NS_PER_MS
from core.domain.order import Side
from core.errors import MarketDataError
from core.venues.paper.matching.orders import MarketTrade


class _Row(msgspec.Struct, frozen=True, gc=False):
    instrument_name: str
    direction: str
    price: Decimal
    amount: Decimal
    timestamp: int
    block_trade_id: str | None = None
    combo_id: str | None = None


class _Price(msgspec.Struct, frozen=True, gc=False):
    date: str
    delivery_price: float


class _Prices(msgspec.Struct, frozen=True):
    data: list[_Price]


_rows: Final = msgspec.json.Decoder(list[_Row], strict=False).decode
_prices: Final = msgspec.json.Decoder(_Prices, strict=False).decode


def trades_of(data: bytes | msgspec.Raw) -> list[MarketTrade]:
    """The executions of a trades frame that went through the instrument's own book.

    Block trades and the legs of combos were matched elsewhere and move no queue.

    Raises:
        MarketDataError: the text is no list of trades.
    """
    try:
        return [
            MarketTrade(
                row.instrument_name,
                Side(row.direction),
                row.price,
                row.amount,
                row.timestamp * NS_PER_MS,
            )
            for row in _rows(data)
            if row.block_trade_id is None and row.combo_id is None
        ]
    except (msgspec.MsgspecError, ValueError) as error:
        raise MarketDataError(f"a frame of trades is unreadable: {error}") from error


def delivery_prices_of(data: bytes | msgspec.Raw) -> dict[str, float]:
    """An index's delivery prices by date (2026-12-25).

    Raises:
        MarketDataError: the text is no list of prices.
    """
    try:
        return {one.date: one.delivery_price for one in _prices(data).data}
    except msgspec.MsgspecError as error:
        raise MarketDataError(f"a list of delivery prices is unreadable: {error}") from error
