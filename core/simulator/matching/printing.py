"""Executions as the venue prints them: the user trade and its transaction log row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulator.accounts.money import eight
from core.simulator.accounts.order import Order
from core.simulator.markets.starbase import nanoseconds, number_of
from core.simulator.markets.tape import Trade
from core.simulator.world.makers.options import OptionBoard


def fill_row(
    order: Order, trade: Trade, fee: Decimal, gained: Decimal, is_maker: bool
) -> dict[str, Any]:
    """The user trade object."""
    spec, it = order.spec, order.market.instrument
    row = trade.row()
    row |= {
        "label": spec.label,
        "user_id": order.account.user_id,
        "direction": spec.direction,
        "state": "filled" if order.left == 0 else "open",
        "order_id": order.order_id,
        "order_type": order.original_type or order.order_type,
        "matching_id": None,
        "profit_loss": float(eight(gained)),
        "fee": float(fee),
        "fee_currency": it.settlement,
        "liquidity": "M" if is_maker else "T",
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "mmp": spec.mmp,
        "self_trade": False,
        "api": True,
        "risk_reducing": False,
        **_core(order, trade),
    }
    if spec.advanced is not None:
        row["advanced"] = spec.advanced
    if order.is_quote:
        row |= {"quote_id": order.quote_id, "quote_set_id": order.quote_set_id}
    if it.is_spot:
        del row["profit_loss"]
    board = order.market.board
    if isinstance(board, OptionBoard):
        row["underlying_price"] = float(board.forward[order.market.row])
    return row


def trade_log_row(
    order: Order, trade: Trade, fee: Decimal, moved: tuple[Decimal, Decimal], is_maker: bool
) -> dict[str, Any]:
    """The transaction log row; `change` is what really moved the balance.

    `moved` is (profit realised, cash); the profit of futures is shown as cashflow, its cash comes
    at the next settlement.
    """
    it, role = order.market.instrument, "maker" if is_maker else "taker"
    position = order.account.position(order.market)
    opening = position.size * order.sign > 0
    (gained, cash), interest = moved, position.unlogged_funding()
    return {
        "type": "trade",
        "side": f"{'open' if opening else 'close'} {order.spec.direction}",
        "amount": it.amount_of(trade.units),
        "contracts": it.contracts_of(trade.units * it.terms.min_amount),
        "position": float(position.size),
        "price": it.price_of(trade.tick),
        "price_currency": it.quote,
        "index_price": trade.index,
        "mark_price": trade.mark,
        "commission": float(fee),
        "change": float(cash - fee),
        "cashflow": float(cash if it.is_option else eight(gained)),
        "order_id": order.order_id,
        "trade_id": trade.trade_id,
        "user_role": role,
        "fee_role": role,
        "interest_pl": float(eight(interest)) if it.is_perpetual else None,
        "profit_as_cashflow": not it.is_option and not opening,
        "info": f"Source: 'api:{order.account.client_id}'",
        "ip": "127.0.0.1",
        **_core(order, trade),
    }


def spot_log_rows(
    order: Order, trade: Trade, is_maker: bool
) -> tuple[tuple[str, dict[str, Any]], ...]:
    """(currency, transaction log row) of the two purses an exchange of currencies moves."""
    it, role = order.market.instrument, "maker" if is_maker else "taker"
    bought = order.sign * trade.units * it.terms.min_amount
    paid = -bought * it.decimal_price(trade.tick)
    row = {
        "type": "trade",
        "side": order.spec.direction,
        "amount": it.amount_of(trade.units),
        "contracts": it.contracts_of(trade.units * it.terms.min_amount),
        "position": None,
        "price": it.price_of(trade.tick),
        "price_currency": it.quote,
        "index_price": trade.index,
        "mark_price": trade.mark,
        "commission": 0.0,
        "order_id": order.order_id,
        "trade_id": trade.trade_id,
        "user_role": role,
        "fee_role": role,
        "interest_pl": None,
        "profit_as_cashflow": False,
        **_core(order, trade),
    }
    changes = ((it.base, eight(bought)), (it.settlement, eight(paid)))
    return tuple((c, row | {"change": float(m), "cashflow": float(m)}) for c, m in changes)


def _core(order: Order, trade: Trade) -> dict[str, int]:
    """Ids and time of the matching core."""
    return {
        "starbase_order_id": number_of(order.order_id),
        "starbase_match_id": number_of(trade.trade_id),
        "starbase_timestamp": nanoseconds(trade.at_ms, trade.trade_id),
    }
