"""Positions, summaries, margins and the ledger of an account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.funds import exposures, margin_terms
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.margin import Exposure, margin_of
from core.simulator.accounts.order import Order, leg_orders
from core.simulator.accounts.summary import hypothetical, summary_row
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import band_of
from core.simulator.matching.checks import tick_of, units_of
from core.simulator.methods.call import Call
from core.simulator.methods.params import MAX_TIME_MS, Params
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.instruments import CURRENCIES

LIMITS = {
    "limits_per_currency": False,
    "non_matching_engine": {"rate": 20, "burst": 100},
    "matching_engine": {
        "trading": {"total": {"rate": 5, "burst": 20}},
        "cancel_all": {"rate": 5, "burst": 20},
        "spot": {"rate": 5, "burst": 20},
        "maximum_quotes": {"rate": 500, "burst": 500},
        "maximum_mass_quotes": {"rate": 10, "burst": 10},
        "guaranteed_mass_quotes": {"rate": 2, "burst": 2},
        "block_rfq_maker": {"rate": 10, "burst": 20},
    },
}
SETTLEMENT_TYPES = {
    "settlement": ("settlement",), "delivery": ("delivery", "exercise"),
    "bankruptcy": ("bankruptcy",),
}  # fmt: skip
"""What each value of `type` asks for."""
LONGEST_TOKEN = 9
PRODUCTS = ("perpetual", "future", "option", "future_combo", "option_combo", "spot")


def get_positions(call: Call) -> object:
    """private/get_positions."""
    account, kind = call.account(), call.kind()
    currency = call.currency("any", wildcard=True)
    return [
        position_row(account, p.market)
        for p in list(account.positions.values())
        if currency in (None, p.market.instrument.settlement)
        and kind in (None, p.market.instrument.kind)
    ]


def get_position(call: Call) -> object:
    """private/get_position: size zero when none is held; spot and combos have none."""
    account, market = call.account(), call.market()
    if not market.instrument.is_held:
        raise RpcError(10020, "invalid_or_unsupported_instrument")
    return position_row(account, market)


def get_account_summary(call: Call) -> object:
    """private/get_account_summary."""
    account, currency = call.account(), _purse(call)
    row = _full_summary(account, currency)
    if call.params.truth("extended"):
        row |= _extended(account) | {"fees": _fees(call, currency)}
    return row


def get_account_summaries(call: Call) -> object:
    """private/get_account_summaries."""
    account = call.account()
    summaries = [_full_summary(account, currency) for currency in CURRENCIES]
    if call.params.truth("extended"):
        for row in summaries:
            row["fees"] = _fees(call, row["currency"])
    return _extended(account) | {"summaries": summaries}


def get_subaccounts(call: Call) -> object:
    """private/get_subaccounts: the main account alone."""
    account = call.account()
    return [{
        "id": account.user_id, "username": account.client_id, "email": "", "type": "main",
        "system_name": account.client_id, "is_password": True, "login_enabled": True,
        "receive_notifications": False, "security_keys_enabled": False,
        "security_keys_assignments": [], "margin_model": "segregated_sm",
    }]  # fmt: skip


def get_margins(call: Call) -> object:
    """private/get_margins: what buying or selling so much binds on top of what is bound.

    0 on the side that reduces a position, as recorded.
    """
    account, market = call.account(), call.market()
    it = market.instrument
    if it.legs:
        raise RpcError(10020, "invalid_or_unsupported_instrument")
    amount, price = call.params.decimal("amount"), call.params.decimal("price")
    if amount is None or price is None:
        raise invalid("amount" if amount is None else "price", "value required")
    units_of(it, amount)
    tick_of(it, price)
    now = exposures(account, it.settlement).get(market, Exposure())
    cost = now.buying_cost + (float(amount * price) if it.is_option else 0.0)
    buying = replace(now, buying=now.buying + float(amount), buying_cost=cost)
    selling = replace(now, selling=now.selling + float(amount))
    terms, (low, high) = margin_terms(market), band_of(market)
    bound, buy, sell = (margin_of(it, e, terms).initial for e in (now, buying, selling))
    return {
        "buy": round(max(0.0, buy - bound), 8), "sell": round(max(0.0, sell - bound), 8),
        "min_price": it.price_of(low), "max_price": it.price_of(high),
    }  # fmt: skip


def get_order_margin_by_ids(call: Call) -> object:
    """private/get_order_margin_by_ids."""
    account, rows = call.account(), []
    for order_id in call.params.texts("ids"):
        order = account.orders.get(order_id)
        if order is None:
            raise RpcError(10004, "order_not_found")
        it = order.market.instrument
        margin = sum(_margin_alone(leg) for leg in leg_orders(order))
        rows.append({
            "order_id": order_id, "initial_margin": round(margin, 8),
            "initial_margin_currency": it.settlement,
        })  # fmt: skip
    return rows


def _margin_alone(order: Order) -> float:
    it = order.market.instrument
    amount = it.amount_of(order.left)
    cost = it.price_of(order.tick) * amount if it.is_option else 0.0
    alone = Exposure(0.0, amount, 0.0, cost) if order.sign > 0 else Exposure(0.0, 0.0, amount)
    return margin_of(it, alone, margin_terms(order.market)).initial


def simulate_portfolio(call: Call) -> object:
    """private/simulate_portfolio: the summary as if `simulated_positions` were held.

    Positions are added to those held unless add_positions is false; sizes as in amounts.
    """
    account, currency = call.account(), _purse(call)
    keep = call.params.truth("add_positions", True)
    return _full_summary(
        hypothetical(account, currency, _simulated(call, currency), keep), currency
    )


def get_settlement_history(call: Call) -> object:
    """private/get_settlement_history_by_currency and _by_instrument."""
    params = call.params
    name = params.optional_text("instrument_name")
    currency = None if name else call.currency()
    kind, count = params.optional_text("type"), params.count()
    if kind is not None and kind not in SETTLEMENT_TYPES:
        raise RpcError(11043, "bad_argument", "type")
    latest_ms = params.time_ms("search_start_timestamp", MAX_TIME_MS)
    chosen = [
        record
        for record in call.account().settlements
        if name in (None, record.instrument)
        and currency in (None, record.currency)
        and (kind is None or record.kind in SETTLEMENT_TYPES[kind])
        and record.at_ms <= latest_ms
    ]
    chosen.sort(key=lambda record: -record.at_ms)
    left = _left(params.optional_text("continuation"), len(chosen))
    shown = chosen[len(chosen) - left :][:count]
    more = str(left - len(shown)) if left > len(shown) else "none"
    return {"settlements": [record.row for record in shown], "continuation": more}


def _left(continuation: str | None, count: int) -> int:
    """How many of the oldest rows are still to be shown; newer ones do not move a token."""
    if continuation in (None, "", "none"):
        return count
    assert continuation is not None
    if not continuation.isdecimal() or len(continuation) > LONGEST_TOKEN:
        raise invalid("continuation", "invalid format")
    return min(count, int(continuation))


def get_transaction_log(call: Call) -> object:
    """private/get_transaction_log, newest first."""
    currency, params = call.currency(), call.params
    start_ms, end_ms = params.time_ms("start_timestamp"), params.time_ms("end_timestamp")
    query = params.optional_text("query")
    before = params.whole("continuation", 2**62)
    rows = [
        record.row
        for record in reversed(call.account().log)
        if record.currency == currency
        and start_ms <= record.at_ms <= end_ms
        and record.row["id"] < before
        and (query is None or set(query.lower().split()) <= _words(record.row))
    ]
    count = params.count(100)
    more = rows[count - 1]["id"] if len(rows) > count else None
    return {"logs": rows[:count], "continuation": more}


def _words(row: dict[str, Any]) -> set[str]:
    """What a query of the transaction log finds a row by."""
    words = {str(row["type"]), *str(row["type"]).split("_"), str(row.get("user_role"))}
    words.update(str(row.get("side")).split())
    if name := str(row.get("instrument_name") or ""):
        future = "future" if "-" in name else "spot"
        words.add("option" if name.endswith(("-C", "-P")) else future)
    return words


def get_nothing(call: Call) -> object:
    """Deposits, withdrawals and transfers: there are none here."""
    call.account()
    return {"count": 0, "data": []}


def _purse(call: Call) -> str:
    currency = call.currency()
    if currency not in CURRENCIES:
        raise invalid("currency", "invalid currency")
    return str(currency)


def _simulated(call: Call, currency: str) -> dict[Market, Decimal]:
    wanted = call.params.raw("simulated_positions") or {}
    if not isinstance(wanted, dict):
        raise invalid("simulated_positions", "invalid format")
    sizes: dict[Market, Decimal] = {}
    for name, size in wanted.items():
        market = call.exchange.floor.markets.find(name)
        if market is None or not market.instrument.is_held:
            raise invalid("simulated_positions", "instrument not found")
        number = Params({name: size}).decimal(name)
        if number is None:
            raise invalid("simulated_positions", "invalid format")
        if market.instrument.settlement == currency:
            sizes[market] = number
    return sizes


def _full_summary(account: Account, currency: str) -> dict[str, Any]:
    row = summary_row(account, currency)
    row |= {
        "limits": LIMITS,
        "available_spot_reserve": row["available_withdrawal_funds"],
        "close_out_margin": 0.0,
        "projected_close_out_margin": 0.0,
        "is_direct_access_allowed": False,
        "change_margin_model_api_limit": {"timeframe": 86_400_000, "rate": 10},
        "disable_kyc_verification": True,
    }
    return row


def _extended(account: Account) -> dict[str, Any]:
    return {
        "id": account.user_id,
        "email": f"{account.client_id}@localhost",
        "username": account.client_id,
        "system_name": account.client_id,
        "type": "main",
        "creation_timestamp": account.created_ms,
        "login_enabled": True,
        "security_keys_enabled": False,
        "mmp_enabled": True,
        "interuser_transfers_enabled": False,
        "self_trading_reject_mode": account.self_trading_mode,
        "self_trading_extended_to_subaccounts": account.self_trading_extended,
        "referrer_id": None,
        "trading_products_details": [
            {"product": product, "enabled": True, "overwriteable": False} for product in PRODUCTS
        ],
    }


def _fees(call: Call, currency: str) -> list[dict[str, Any]]:
    """What each kind of product costs on each index of a currency; spot and combos have no row."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for market in call.exchange.floor.markets:
        it = market.instrument
        kind = "perpetual" if it.is_perpetual else it.kind
        listed = it.kind in ("future", "option") and it.settlement == currency
        if listed and (it.index_name, kind) not in found:
            rates = {"maker": float(it.terms.maker_fee), "taker": float(it.terms.taker_fee)}
            value = {"default": {"type": "fixed"} | rates, "block_trade": rates["maker"]}
            row = {"index_name": it.index_name, "kind": kind, "value": value}
            found[it.index_name, kind] = row
    return list(found.values())
