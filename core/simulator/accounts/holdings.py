"""Positions as the venue prints them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.deltas import position_greeks
from core.simulator.accounts.funds import exposures, margin_terms
from core.simulator.accounts.margin import Exposure, Margin, margin_of
from core.simulator.accounts.money import ZERO, coins_of, eight
from core.simulator.accounts.position import Position
from core.simulator.accounts.ruin import liquidation_price
from core.simulator.markets.market import Market


def position_row(account: Account, market: Market) -> dict[str, Any]:
    """One position, also when its size is zero."""
    held = account.positions.get(market.name)
    position = held if held is not None else Position(market, funding_from=market.funding.paid)
    if position.size and market.instrument.is_perpetual:
        account.take_funding()
    row = _common(account, position)
    row |= _option(position) if market.instrument.is_option else _future(account, position)
    return row


def _common(account: Account, position: Position) -> dict[str, Any]:
    market, size = position.market, position.size
    table = exposures(account, market.instrument.settlement)
    exposure = table.get(market, Exposure(float(size)))
    margin = margin_of(market.instrument, exposure, margin_terms(market))
    bound = margin_of(market.instrument, Exposure(float(size)), margin_terms(market))
    return {
        "instrument_name": market.name,
        "kind": market.instrument.kind,
        "user_id": account.user_id,
        "direction": _direction(size),
        "average_price": round(float(position.average_price), 8),
        "mark_price": market.mark,
        "index_price": market.index,
        "settlement_price": market.settlement_mark,
        "realized_profit_loss": float(eight(position.realized)),
        "total_profit_loss": float(eight(position.total_upl())),
        "floating_profit_loss": float(eight(position.session_upl())),
        **_margins(margin, bound),
    }


def _margins(with_orders: Margin, bound: Margin) -> dict[str, float]:
    return {
        "initial_margin": round(bound.initial, 9),
        "maintenance_margin": round(bound.maintenance, 9),
        "open_orders_margin": round(with_orders.orders, 9),
    }


def _future(account: Account, position: Position) -> dict[str, Any]:
    market, it = position.market, position.market.instrument
    mark = position.mark()
    coins = coins_of(it, position.size, mark)
    size = position.size * mark if it.is_linear else position.size
    return {
        "size": float(eight(size)),
        "size_currency": float(eight(coins)),
        "delta": float(eight(coins)),
        "leverage": it.terms.leverage,
        "realized_funding": float(eight(position.funding)),
        "interest_value": market.funding.total_interest,
        "estimated_liquidation_price": liquidation_price(account, position),
    }


def _option(position: Position) -> dict[str, Any]:
    row: dict[str, Any] = {"size": float(position.size)}
    if position.size:
        row |= {name: round(v, 5) for name, v in position_greeks(position).items()}
    else:
        row |= dict.fromkeys(("delta", "gamma", "vega", "theta"), 0.0)
    market = position.market
    if not market.instrument.is_linear:
        now_usd = market.mark * market.index
        floating = float(position.size) * (now_usd - float(position.average_usd))
        row["average_price_usd"] = round(float(position.average_usd), 2)
        row["floating_profit_loss_usd"] = round(floating, 6) if position.size else 0.0
    return row


def _direction(size: Decimal) -> str:
    if size == ZERO:
        return "zero"
    return "buy" if size > 0 else "sell"
