"""Executions: the public trade, the client's fill, and the house's side of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from core.simulator.accounts.account import Account
from core.simulator.accounts.money import ZERO, exact, fee_of, is_inverse_future, liquidation_fee_of
from core.simulator.accounts.order import Order, leg_order
from core.simulator.accounts.records import Fill
from core.simulator.markets.book import Hit
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction, Trade
from core.simulator.markets.tickers import implied_percent
from core.simulator.matching.ids import Ids
from core.simulator.matching.printing import fill_row, spot_log_rows, trade_log_row
from core.simulator.world.makers.options import OptionBoard


@dataclass(frozen=True, slots=True)
class Execution:
    """One match: its public trade, and of a combo the trade in each leg."""

    trade: Trade
    legs: tuple[tuple[Market, int, Trade], ...] = ()
    """(market, sign, trade); the sign is +1 where who bought the combo bought the leg."""


def public_trade(
    market: Market, direction: Direction, hit: Hit, ids: Ids, now_ms: int, taker: Order | None
) -> Execution:
    """Append one execution to the tapes; `taker` is None when the house took."""
    it, tape = market.instrument, market.tape
    trade = Trade(
        it, ids.next_trade(it), tape.seq + 1, now_ms, hit.tick, hit.units,
        direction, tape.next_direction(hit.tick), market.mark, market.index,
        _iv(market, it.price_of(hit.tick)), _liquidated(hit, taker),
    )  # fmt: skip
    legs = _leg_trades(market, trade, ids)
    if legs:
        trade = replace(trade, legs=[one.row() for _, _, one in legs])
    tape.append(trade)
    return Execution(trade, legs)


def _leg_trades(market: Market, trade: Trade, ids: Ids) -> tuple[tuple[Market, int, Trade], ...]:
    """A combo's trade on the tapes of its legs; nothing for others."""
    prices = market.leg_prices(trade.tick) if market.legs else []
    found = []
    for (leg, sign), tick in zip(market.legs, prices, strict=True):
        it, tape = leg.instrument, leg.tape
        buys = (trade.direction == "buy") == (sign > 0)
        one = Trade(
            it, ids.next_trade(it), tape.seq + 1, trade.at_ms, tick,
            market.leg_units(leg, trade.units), "buy" if buys else "sell",
            tape.next_direction(tick), leg.mark, leg.index, _iv(leg, it.price_of(tick)),
            combo_id=market.name, combo_trade_id=trade.trade_id,
        )  # fmt: skip
        tape.append(one)
        found.append((leg, sign, one))
    return tuple(found)


def book_client(
    order: Order, done: Execution, is_maker: bool
) -> tuple[Fill, list[tuple[Market, Fill]]]:
    """Book one execution on the order's account; `left` is lowered already.

    Returns its fill, and of a combo the fills of the legs.
    """
    trade, it = done.trade, order.market.instrument
    amount, price = amount_of(order.market, trade.units), it.decimal_price(trade.tick)
    if done.legs:
        order.worth += amount * price
        order.updated_ms = trade.at_ms
        return _book_combo(order, done, is_maker)
    index = exact(order.market.index)
    fee = fee_of(it, amount, price, index, is_maker)
    forced = order.spec.is_liquidation
    penalty = liquidation_fee_of(it, amount, price, index) - fee if forced else ZERO
    return _book(order, trade, (fee, penalty), is_maker), []


def _book_combo(
    order: Order, done: Execution, is_maker: bool
) -> tuple[Fill, list[tuple[Market, Fill]]]:
    """Each leg is booked by itself; the combo leaves nothing but the row that joins them."""
    fees, parts = _combo_fees(order, done, is_maker), []
    for (leg, sign, trade), fee in zip(done.legs, fees, strict=True):
        picture = leg_order(order, leg, order.sign * sign, trade.tick)
        parts.append((leg, _book(picture, trade, (fee, ZERO), is_maker)))
    it, trade = order.market.instrument, done.trade
    row = fill_row(order, trade, sum(fees, ZERO), ZERO, is_maker)
    row["profit_loss"] = round(sum(fill.row["profit_loss"] for _, fill in parts), 8)
    row["legs"] = [fill.row for _, fill in parts]
    fill = Fill(it.name, it.settlement, it.kind, trade.at_ms, trade.seq, row)
    order.account.fills.append(fill)
    return fill, parts


def _combo_fees(order: Order, done: Execution, is_maker: bool) -> list[Decimal]:
    """The legs' fees; of options those of the cheaper side, bought or sold, are waived."""
    fees = [
        fee_of(
            leg.instrument, amount_of(leg, trade.units), leg.instrument.decimal_price(trade.tick),
            exact(leg.index), is_maker,
        )
        for leg, _, trade in done.legs
    ]  # fmt: skip
    if order.market.instrument.kind != "option_combo":
        return fees
    signs = [sign for _, sign, _ in done.legs]
    both = list(zip(signs, fees, strict=True))
    bought, sold = (sum((fee for s, fee in both if s == side), ZERO) for side in (1, -1))
    waived = 1 if bought < sold else -1
    return [ZERO if sign == waived else fee for sign, fee in both]


def _book(order: Order, trade: Trade, costs: tuple[Decimal, Decimal], is_maker: bool) -> Fill:
    """Book one contract; `costs` are the fee and what a liquidation costs beyond it."""
    account, market, it = order.account, order.market, order.market.instrument
    amount, price = amount_of(market, trade.units), it.decimal_price(trade.tick)
    fee, penalty = costs
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


def book_house(house: Account, market: Market, done: Execution, sign: int) -> None:
    """Book the house's side: it bought (+1) or sold (-1) to a client."""
    for leg, leg_sign, trade in done.legs or ((market, 1, done.trade),):
        _book_house(house, leg, trade, sign * leg_sign)


def _book_house(house: Account, market: Market, trade: Trade, sign: int) -> None:
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
