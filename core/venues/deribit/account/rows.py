"""Orders, trades, positions and accounts as the wire has them, and their decoders.

Unknown fields are ignored; Decimals are read from the wire's text.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

_ZERO: Final = Decimal(0)


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """One order object of the wire."""

    order_id: str
    instrument_name: str
    direction: str
    order_state: str
    amount: Decimal = _ZERO
    label: str = ""
    filled_amount: Decimal | None = None
    average_price: Decimal | None = None
    price: msgspec.Raw = msgspec.Raw(b"")
    order_type: str = "limit"
    time_in_force: str = ""
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    trigger_order_id: str | None = None
    cancel_reason: str | None = None
    creation_timestamp: int = 0
    last_update_timestamp: int = 0


class TradeRow(msgspec.Struct, frozen=True, gc=False):
    """One trade of ours."""

    trade_id: str
    instrument_name: str
    direction: str
    amount: Decimal
    price: Decimal
    timestamp: int
    order_id: str = ""
    label: str = ""
    fee: Decimal = _ZERO
    liquidity: str = ""
    index_price: Decimal | None = None
    profit_loss: Decimal | None = None
    legs: list[Any] | None = None
    """Of a combo; each of them comes as a trade of its own as well."""


class PositionRow(msgspec.Struct, frozen=True, gc=False):
    """One position; flat ones have the direction zero."""

    instrument_name: str
    size: Decimal
    direction: str
    kind: str = ""
    size_currency: Decimal | None = None
    average_price: Decimal = _ZERO
    realized_funding: Decimal | None = None


class AccountRow(msgspec.Struct, frozen=True, gc=False):
    """One currency of the account."""

    currency: str
    equity: Decimal
    balance: Decimal
    available_funds: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    delta_total: Decimal = _ZERO
    session_upl: Decimal = _ZERO
    session_rpl: Decimal = _ZERO
    total_pl: Decimal = _ZERO
    options_value: Decimal = _ZERO
    options_delta: Decimal = _ZERO
    options_gamma: Decimal = _ZERO
    options_vega: Decimal = _ZERO
    options_theta: Decimal = _ZERO


class Summaries(msgspec.Struct, frozen=True):
    """The answer of get_account_summaries."""

    summaries: list[AccountRow]


class OrderAndTrades(msgspec.Struct, frozen=True):
    """The answer of buy, sell and edit."""

    order: OrderRow
    trades: list[TradeRow] = []


class TradePage(msgspec.Struct, frozen=True):
    """One page of trades."""

    trades: list[TradeRow]
    has_more: bool = False


def _decoder(kind: Any) -> Callable[[bytes | msgspec.Raw], Any]:
    return msgspec.json.Decoder(kind, strict=False).decode


read_order: Final = _decoder(OrderRow)
read_orders: Final = _decoder(list[OrderRow])
read_trades: Final = _decoder(list[TradeRow])
read_trade_page: Final = _decoder(TradePage)
read_order_and_trades: Final = _decoder(OrderAndTrades)
read_positions: Final = _decoder(list[PositionRow])
read_summaries: Final = _decoder(Summaries)
read_account: Final = _decoder(AccountRow)
