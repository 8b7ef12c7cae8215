"""The figures of one purse, worked out so that the venue's identities hold to the last digit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from core.quant.black import greeks
from core.simulator.accounts.account import Account
from core.simulator.accounts.margin import Exposure, Margin, Terms, margin_of
from core.simulator.accounts.money import ZERO, coins_of, eight, exact
from core.simulator.accounts.order import Order
from core.simulator.accounts.position import Position
from core.simulator.markets.market import Market
from core.simulator.world.makers.options import OptionBoard

HAIR = Decimal("0.00000001")
GREEKS = ("delta", "gamma", "vega", "theta")


@dataclass(frozen=True, slots=True)
class Funds:
    """What margin checks look at, in one currency."""

    equity: Decimal
    margin_balance: Decimal
    initial: Decimal
    maintenance: Decimal
    futures_upl: Decimal
    options_value: Decimal

    @property
    def available(self) -> Decimal:
        """Money free for new orders."""
        return self.margin_balance - self.initial


def exposures(
    account: Account, currency: str, extra: Order | None = None
) -> dict[Market, Exposure]:
    """Position and open orders of every instrument.

    `extra` counts as one more open order, in place of the one with its id.
    """
    sizes = {p.market: p.size for p in account.positions_in(currency) if p.size}
    working: defaultdict[Market, list[Order]] = defaultdict(list)
    for order in account.orders.values():
        replaced = extra is not None and order.order_id == extra.order_id
        is_here = order.market.instrument.settlement == currency
        if order.state == "open" and is_here and not replaced:
            working[order.market].append(order)
    if extra is not None:
        working[extra.market].append(extra)
    markets = list(sizes) + [m for m in working if m not in sizes]
    return {m: _exposure(sizes.get(m, ZERO), working.get(m, [])) for m in markets}


def margins(table: Mapping[Market, Exposure]) -> dict[Market, Margin]:
    """Margin of each instrument."""
    return {m: margin_of(m.instrument, e, margin_terms(m)) for m, e in table.items()}


def margin_terms(market: Market) -> Terms:
    """The prices its margin is computed at."""
    board = market.board
    if isinstance(board, OptionBoard):
        return Terms(market.mark, float(board.forward[market.row]))
    return Terms(market.mark, market.index)


def funds(account: Account, currency: str, extra: Order | None = None) -> Funds:
    """The purse valued at the marks."""
    futures_upl, options_value = account.futures_upl(currency), account.options_value(currency)
    equity = account.equity(currency)
    needs = margins(exposures(account, currency, extra)).values()
    return Funds(
        equity,
        equity - options_value,
        eight(exact(sum(m.initial for m in needs))),
        eight(exact(sum(m.maintenance for m in needs))),
        futures_upl,
        options_value,
    )


def position_greeks(position: Position) -> dict[str, float]:
    """Totals of one option position: contracts x greek."""
    market = position.market
    board, i = market.board, market.row
    assert isinstance(board, OptionBoard)
    g = greeks(
        float(board.forward[i]), float(board.strike[i]), float(max(board.tau[i], 1e-9)),
        float(board.iv[i]) / 100.0, bool(board.is_call[i]),
    )  # fmt: skip
    size = float(position.size)
    return {name: float(np.nan_to_num(getattr(g, name))) * size for name in GREEKS}


def summary_row(account: Account, currency: str) -> dict[str, Any]:
    """The account summary of one currency, without `extended` and `limits`."""
    account.take_funding()
    purse, money = account.purses[currency], funds(account, currency)
    held = [p for p in account.positions_in(currency) if p.size]
    options = [p for p in held if p.market.instrument.is_option]
    futures = [p for p in held if not p.market.instrument.is_option]
    options_upl = eight(sum((p.session_upl() for p in options), ZERO))
    futures_pl = eight(sum((p.total_upl() for p in futures), ZERO))
    options_pl = eight(sum((p.total_upl() for p in options), ZERO))
    futures_rpl, options_rpl = account.futures_rpl(currency), account.options_rpl(currency)
    profit = max(ZERO, money.futures_upl + futures_rpl)
    row = {
        "balance": eight(purse.balance),
        "equity": money.equity,
        "margin_balance": money.margin_balance,
        "available_funds": money.available,
        "available_withdrawal_funds": max(ZERO, money.available - profit),
        "initial_margin": money.initial,
        "maintenance_margin": money.maintenance,
        "projected_initial_margin": money.initial,
        "projected_maintenance_margin": money.maintenance,
        "session_upl": money.futures_upl + options_upl,
        "session_rpl": futures_rpl + options_rpl,
        "total_pl": futures_pl + options_pl,
        "futures_pl": futures_pl,
        "futures_session_upl": money.futures_upl,
        "futures_session_rpl": futures_rpl,
        "options_pl": options_pl,
        "options_value": money.options_value,
        "options_session_upl": options_upl,
        "options_session_rpl": options_rpl,
    }
    figures = {key: float(value) for key, value in row.items()}
    return {"currency": currency} | figures | _deltas(currency, futures, options) | _fixed()


def _deltas(currency: str, futures: list[Position], options: list[Position]) -> dict[str, Any]:
    """Deltas and greeks, total and per index."""
    per_index: defaultdict[str, float] = defaultdict(float)
    totals = dict.fromkeys(GREEKS, 0.0)
    maps: dict[str, defaultdict[str, float]] = {n: defaultdict(float) for n in GREEKS}
    for position in options:
        index = position.market.instrument.index_name
        for name, value in position_greeks(position).items():
            totals[name] += value
            maps[name][index] += value
    totals["delta"] = round(totals["delta"], 5)
    for index, value in maps["delta"].items():
        per_index[index] += round(value, 5)
    money = 0.0
    for position in futures:
        coins = float(coins_of(position.market.instrument, position.size, position.mark()))
        per_index[position.market.instrument.index_name] += coins
        money += coins * position.market.index if currency == "USDC" else coins
    worth = float(sum((p.size * p.mark() for p in options), ZERO))
    total = round(money + totals["delta"] - worth, 8)
    near = round(total - _next_expiry(futures, options), 8)
    row: dict[str, Any] = {f"options_{name}": round(totals[name], 5) for name in GREEKS}
    row |= {f"options_{n}_map": {k: round(v, 5) for k, v in maps[n].items()} for n in GREEKS[1:]}
    row |= {"delta_total": total, "projected_delta_total": near}
    row["delta_total_map"] = {key: round(value, 9) for key, value in per_index.items()}
    return row


def _next_expiry(futures: list[Position], options: list[Position]) -> float:
    """delta_total of what expires next."""
    dated = [p for p in futures + options if not p.market.instrument.is_perpetual]
    if not dated:
        return 0.0
    nearest = min(p.market.instrument.expiry_ms for p in dated)
    total = 0.0
    for p in dated:
        it = p.market.instrument
        if it.expiry_ms == nearest and it.is_option:
            total += position_greeks(p)["delta"] - float(p.size * p.mark())
        elif it.expiry_ms == nearest:
            total += float(coins_of(it, p.size, p.mark()))
    return total


def _exposure(size: Decimal, orders: list[Order]) -> Exposure:
    buys = [order for order in orders if order.sign > 0]
    sells = [order for order in orders if order.sign < 0]
    cost = sum(_cost(order) for order in buys if order.market.instrument.is_option)
    return Exposure(float(size), _amount(buys), _amount(sells), cost)


def _amount(orders: list[Order]) -> float:
    return sum(o.left * float(o.market.instrument.terms.min_amount) for o in orders)


def _cost(order: Order) -> float:
    """Premium an open buy would pay."""
    it = order.market.instrument
    return it.price_of(order.tick) * it.amount_of(order.left)


def _fixed() -> dict[str, Any]:
    """Fields that never move here."""
    return {
        "estimated_liquidation_ratio": 0.0,
        "estimated_liquidation_ratio_map": {},
        "margin_model": "segregated_sm",
        "portfolio_margining_enabled": False,
        "cross_collateral_enabled": False,
        "spot_reserve": 0.0,
        "additional_reserve": 0.0,
        "fee_balance": 0.0,
        "locked_balance": 0.0,
    }
