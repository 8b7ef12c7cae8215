"""Mass quotes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.deltas import position_greeks
from core.simulator.accounts.order import Order, order_row
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import Fill
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.checks import tick_of, units_of
from core.simulator.matching.guards import guard_key
from core.simulator.matching.quotes import QuoteSide, QuoteTag, quotes_of
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.methods.trading.cancels import (
    Wanted,
    cancel_those,
    currency_pair,
    kind_filter,
)
from core.simulator.methods.trading.orders import check_time, traded_market
from core.simulator.methods.trading.placing import read_rows
from core.simulator.rpc import RpcError, invalid

MOST_QUOTES = 100
CANCEL_TYPES = (
    "delta", "quote_set_id", "instrument", "kind", "instrument_kind", "currency",
    "currency_pair", "all",
)  # fmt: skip
Sides = dict[str, QuoteSide]
"""bid and ask of one quote; one may be missing."""


class Report:
    """What became of each side of a mass quote."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.errors: list[dict[str, Any]] = []
        self.sides: list[dict[str, str]] = []

    def refused(self, market: Market, side: str, error: RpcError) -> None:
        """One side was refused."""
        row = {"instrument_name": market.name, "side": side, "error": error.body()}
        self.errors.append(row)

    def result(self, params: Params) -> dict[str, Any]:
        """As `detailed` and `wait_for_response` ask for."""
        waits = params.truth("wait_for_response", True)
        if not params.truth("detailed"):
            row: dict[str, Any] = {"errors_count": len(self.errors)}
            return row if waits else row | {"pending_requests_count": len(self.sides)}
        if not waits:
            return {"errors": self.errors, "pending_requests": self.sides}
        return {
            "orders": [order_row(order) for order in self.orders],
            "trades": [fill.row for fill in self.fills],
            "errors": self.errors,
        }


def mass_quote(call: Call) -> object:
    """private/mass_quote: each side stands or falls alone."""
    check_session(call)
    account, params = call.account(), call.params
    group, quote_id = params.text("mmp_group"), params.text("quote_id")
    rows = [Params(row) for row in read_rows(params, "quotes")]
    if len(rows) > MOST_QUOTES:
        raise RpcError(13903, "too_many_quotes")
    markets = [traded_market(Call(call.exchange, call.connection, row)) for row in rows]
    _check_group(account, group, markets, call.exchange.clock.now_ms())
    check_time(call)
    report = Report()
    for row, market in zip(rows, markets, strict=True):
        tag = QuoteTag(group, quote_id, row.optional_text("quote_set_id"), call.connection)
        _put(call, account, tag, _sides(market, row, report), report)
    return report.result(params)


def cancel_quotes(call: Call) -> object:
    """private/cancel_quotes: a count, or the orders when `detailed`."""
    check_session(call)
    wanted = _wanted(call, call.params.choice("cancel_type", CANCEL_TYPES))
    quotes = quotes_of(call.account())
    return cancel_those(call, lambda order: order in quotes and wanted(order))


def check_session(call: Call) -> None:
    """Quotes need cancel-on-disconnect (13042)."""
    if not call.connection.cancel_on_disconnect:
        raise RpcError(13042, "cod_not_enabled")


def _check_group(account: Account, group: str, markets: list[Market], now_ms: int) -> None:
    """The whole request falls without a group, outside of its index, or while frozen."""
    guard = account.guards.get(guard_key("", group))
    if guard is None:
        raise RpcError(13040, "mmp_required")
    if not all(m.instrument.kind in ("future", "option") for m in markets):
        raise RpcError(10031, "invalid_args_for_instrument")
    if any(m.instrument.index_name != guard.config.index_name for m in markets):
        raise RpcError(11043, "bad_argument", "quotes")
    if now_ms < account.quotes_frozen_until_ms or guard.is_frozen(now_ms):
        raise RpcError(13043, "quotes_frozen")


def _sides(market: Market, row: Params, report: Report) -> Sides:
    """The sides of one quote that can be read; the others are reported."""
    sides: Sides = {}
    directions: tuple[tuple[str, Direction], ...] = (("bid", "buy"), ("ask", "sell"))
    for name, direction in directions:
        if name not in row:
            continue
        report.sides.append({"instrument_name": market.name, "side": name})
        try:
            sides[name] = _side(market, name, direction, row.raw(name))
        except RpcError as error:
            report.refused(market, name, error)
    if not sides and not any(name in row for name in ("bid", "ask")):
        raise invalid("quotes", "value required")
    bid, ask = sides.get("bid"), sides.get("ask")
    if bid and ask and bid.tick and ask.tick and bid.tick >= ask.tick:
        for name in ("bid", "ask"):
            report.refused(market, name, RpcError(13910, "quote_crossed"))
        return {}
    return sides


def _side(market: Market, name: str, direction: Direction, value: object) -> QuoteSide:
    if not isinstance(value, dict):
        raise invalid(name, "invalid format")
    params, it = Params(value), market.instrument
    amount, price = params.decimal("amount"), params.decimal("price")
    units = None if amount is None else 0 if amount == 0 else units_of(it, amount)
    return QuoteSide(
        market, direction, units, None if price is None else tick_of(it, price),
        params.truth("post_only"), params.truth("reject_post_only"),
    )  # fmt: skip


def _put(call: Call, account: Account, tag: QuoteTag, sides: Sides, report: Report) -> None:
    """Bid first, or the ask first when both move up, so that they never meet."""
    quotes, bid, ask = call.exchange.quotes, sides.get("bid"), sides.get("ask")
    is_rising = bid and ask and quotes.rising(account, bid, ask, tag.group)
    for name in ("ask", "bid") if is_rising else ("bid", "ask"):
        side = sides.get(name)
        if side is None:
            continue
        try:
            order, fills = quotes.put(account, side, tag)
        except RpcError as error:
            report.refused(side.market, name, error)
            continue
        report.orders.append(order)
        report.fills += fills


def _wanted(call: Call, cancel_type: str) -> Wanted:
    """Which quotes a `cancel_type` means."""
    params = call.params
    if cancel_type == "delta":
        low, high = params.decimal("min_delta"), params.decimal("max_delta")
        if low is None or high is None:
            raise invalid("min_delta" if low is None else "max_delta", "value required")
        return lambda order: _is_within(order, float(low), float(high))
    if cancel_type == "quote_set_id":
        name = params.text("quote_set_id")
        return lambda order: order.quote_set_id == name
    if cancel_type == "instrument":
        market = call.market()
        return lambda order: order.market is market
    if cancel_type in ("kind", "instrument_kind"):
        return kind_filter(call)
    if cancel_type == "currency":
        currency, is_kind = call.currency(), kind_filter(call)
        return lambda order: currency in order.market.instrument.currencies and is_kind(order)
    if cancel_type == "currency_pair":
        pair = currency_pair(call)
        return lambda order: order.market.instrument.index_name == pair
    return lambda _order: True


def _is_within(order: Order, low: float, high: float) -> bool:
    """Options by the delta of one contract; futures have none in this sense."""
    if not order.market.instrument.is_option:
        return False
    delta = position_greeks(Position(order.market, size=Decimal(1)))["delta"]
    return low <= delta <= high
