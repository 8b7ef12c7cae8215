"""What an account may still do with one currency: equity, margins, and what is left of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.simulator.accounts.account import Account
from core.simulator.accounts.margin import Exposure, Margin, Terms, margin_of
from core.simulator.accounts.money import ZERO, eight, exact
from core.simulator.accounts.order import Order, leg_orders
from core.simulator.markets.market import Market
from core.simulator.world.listing.calendar import DAY_MS, last_settlement_ms
from core.simulator.world.makers.options import OptionBoard

Table = dict[Market, Exposure]


@dataclass(frozen=True, slots=True)
class Funds:
    """What margin checks look at, in one currency."""

    equity: Decimal
    margin_balance: Decimal
    initial: Decimal
    maintenance: Decimal
    futures_upl: Decimal
    options_value: Decimal
    reserved: Decimal = ZERO
    """What the open spot orders may have to pay."""

    @property
    def available(self) -> Decimal:
        """Money free for new orders."""
        return self.margin_balance - self.initial - self.reserved


def exposures(account: Account, currency: str, extra: Order | None = None) -> Table:
    """Position and open orders of every instrument.

    `extra` counts as one more open order, in place of the one with its id.
    """
    sizes = {p.market: p.size for p in account.positions_in(currency) if p.size}
    working: defaultdict[Market, list[Order]] = defaultdict(list)
    for order in account.orders.values():
        replaced = extra is not None and order.order_id == extra.order_id
        is_here = _is_margined(order, currency)
        if order.state == "open" and is_here and not replaced:
            _spread(working, order)
    if extra is not None and _is_margined(extra, currency):
        _spread(working, extra)
    markets = list(sizes) + [m for m in working if m not in sizes]
    return {m: _exposure(sizes.get(m, ZERO), working.get(m, [])) for m in markets}


def _spread(working: defaultdict[Market, list[Order]], order: Order) -> None:
    """An order for a combo binds what its legs bind."""
    for leg in leg_orders(order):
        working[leg.market].append(leg)


def margins(table: Mapping[Market, Exposure]) -> dict[Market, Margin]:
    """Margin of each instrument."""
    return {m: margin_of(m.instrument, e, margin_terms(m)) for m, e in table.items()}


def margin_sums(table: Mapping[Market, Exposure]) -> tuple[Decimal, Decimal]:
    """(initial, maintenance) of everything together, 8 decimals."""
    needs = margins(table).values()
    initial, maintenance = sum(m.initial for m in needs), sum(m.maintenance for m in needs)
    return eight(exact(initial)), eight(exact(maintenance))


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
    initial, maintenance = margin_sums(exposures(account, currency, extra))
    margin_balance = equity - options_value
    reserved = spot_reserve(account, currency, extra)
    return Funds(equity, margin_balance, initial, maintenance, futures_upl, options_value, reserved)


def spendable(account: Account, currency: str, money: Funds) -> Decimal:
    """Cash that may leave the purse: profit of the running session does not pay yet."""
    profit = max(ZERO, money.futures_upl + account.futures_rpl(currency))
    return money.available - profit


def spot_reserve(account: Account, currency: str, extra: Order | None = None) -> Decimal:
    """What open spot orders may have to pay in one currency; `extra` as in `exposures`."""
    orders = [
        order
        for order in account.orders.values()
        if order.state == "open" and (extra is None or order.order_id != extra.order_id)
    ]
    if extra is not None:
        orders.append(extra)
    dues = [_due(order) for order in orders if order.market.instrument.is_spot]
    return sum((amount for paid, amount in dues if paid == currency), ZERO)


def _due(order: Order) -> tuple[str, Decimal]:
    """(currency, most it may have to pay) of a spot order."""
    it = order.market.instrument
    amount = order.left * it.terms.min_amount
    return (it.settlement, amount * it.decimal_price(order.tick)) if order.sign > 0 else (
        it.base, amount
    )  # fmt: skip


def _is_margined(order: Order, currency: str) -> bool:
    it = order.market.instrument
    return it.settlement == currency and not it.is_spot


def outliving(table: Table) -> Table:
    """The part that does not expire at the next settlement."""
    return {m: exposure for m, exposure in table.items() if not expires_next(m)}


def expires_next(market: Market) -> bool:
    """True when the next settlement is its last."""
    return market.instrument.expiry_ms <= last_settlement_ms(market.at_ms) + DAY_MS


def _exposure(size: Decimal, orders: Iterable[Order]) -> Exposure:
    """Reduce-only orders are left out: however many there are, they never open anything."""
    opening = [order for order in orders if not order.reduce_only]
    buys = [order for order in opening if order.sign > 0]
    sells = [order for order in opening if order.sign < 0]
    cost = sum(_cost(order) for order in buys if order.market.instrument.is_option)
    return Exposure(float(size), _amount(buys), _amount(sells), cost)


def _amount(orders: list[Order]) -> float:
    return sum(o.left * float(o.market.instrument.terms.min_amount) for o in orders)


def _cost(order: Order) -> float:
    """Premium an open buy would pay."""
    it = order.market.instrument
    return it.price_of(order.tick) * it.amount_of(order.left)
