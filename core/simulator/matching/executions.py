"""Executions: the public trade, the client's fill, and the house's side of it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from core.simulator.accounts.account import Account
from core.simulator.accounts.money import ZERO, exact, fee_of, is_inverse_future, liquidation_fee_of
from core.simulator.accounts.order import Order
from core.simulator.accounts.records import Fill
from core.simulator.markets.book import Hit
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction, Trade
from core.simulator.markets.tickers import implied_percent
from core.simulator.matching.ids import Ids
from core.simulator.matching.printing import fill_row, spot_log_rows, trade_log_row
from core.simulator.world.makers.options import OptionBoard


def public_trade(
    market: Market, direction: Direction, hit: Hit, ids: Ids, now_ms: int, taker: Order | None
) -> Trade:
    """Append one execution to the tape; `taker` is None when the house took."""
    it, tape = market.instrument, market.tape
    trade = Trade(
        it, ids.next_trade(it), tape.seq + 1, now_ms, hit.tick, hit.units,
        direction, tape.next_direction(hit.tick), market.mark, market.index,
        _iv(market, it.price_of(hit.tick)), _liquidated(hit, taker),
    )  # fmt: skip
    tape.append(trade)
    return trade


def book_client(order: Order, trade: Trade, is_maker: bool) -> Fill:
    """Book one execution on the order's account; `left` is lowered already."""
    account, market, it = order.account, order.market, order.market.instrument
    amount, price = amount_of(market, trade.units), it.decimal_price(trade.tick)
    index = exact(market.index)
    fee = fee_of(it, amount, price, index, is_maker)
    forced = order.spec.is_liquidation
    penalty = liquidation_fee_of(it, amount, price, index) - fee if forced else ZERO
    before = account.size_in(market)
    moved = account.book_fill(market, order.sign * amount, price, fee, penalty)
    lot = it.terms.min_amount
    market.interest.client_moved(int(before / lot), int(account.size_in(market) / lot))
    order.worth += amount / price if is_inverse_future(it) else amount * price
    order.updated_ms = trade.at_ms
    row = fill_row(order, trade, fee + penalty, moved[0], is_maker)
    fill = Fill(it.name, it.settlement, it.kind, trade.at_ms, trade.seq, row)
    account.fills.append(fill)
    if it.is_spot:
        for currency, log_row in spot_log_rows(order, trade, is_maker):
            account.add_log(it, currency, trade.at_ms, log_row)
    else:
        log_row = trade_log_row(order, trade, fee + penalty, moved, is_maker)
        account.add_log(it, it.settlement, trade.at_ms, log_row)
    return fill


def book_house(house: Account, market: Market, trade: Trade, sign: int) -> None:
    """Book the house's side: it bought (+1) or sold (-1) to a client."""
    price, units = market.instrument.decimal_price(trade.tick), sign * trade.units
    house.book_fill(market, amount_of(market, units), price, ZERO)
    market.interest.street_moved(units)


def amount_of(market: Market, units: int) -> Decimal:
    """Smallest orders as an exact amount."""
    return units * market.instrument.terms.min_amount


def _liquidated(hit: Hit, taker: Order | None) -> str | None:
    """Which sides were forced: M, T, MT, or None."""
    maker = hit.resting
    sides = "M" if isinstance(maker, Order) and maker.spec.is_liquidation else ""
    sides += "T" if taker is not None and taker.spec.is_liquidation else ""
    return sides or None


def _iv(market: Market, price: float) -> float | None:
    """The volatility an option traded at, in percent."""
    board = market.board
    if not isinstance(board, OptionBoard):
        return None
    return float(implied_percent(board, np.array([market.row]), np.array([price]))[0])
