"""The daily settlement and the delivery of what expires."""

from __future__ import annotations

from decimal import Decimal

from core.simulator.accounts.account import Account
from core.simulator.accounts.money import FEE_CAP, ZERO, eight, exact, profit
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import settlement_record
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import CURRENCIES, Instrument

DAILY = "day"
WEEKLY = "week"


def payoff(it: Instrument, delivery: Decimal) -> Decimal:
    """What one long option pays: coin for inverse, USDC for linear."""
    strike = exact(it.strike)
    usd = max(ZERO, delivery - strike if it.is_call else strike - delivery)
    return usd if it.is_linear else usd / delivery


def deliver(account: Account, market: Market, delivery: float, at_ms: int, with_fee: bool) -> None:
    """End a position in an expired instrument at its delivery price."""
    position = account.positions.pop(market.name, None)
    if position is None or not position.size:
        return
    price = exact(delivery)
    if market.instrument.is_option:
        _exercise(account, position, price, at_ms, with_fee)
    else:
        _deliver_future(account, position, price, at_ms, with_fee)


def settle_sessions(account: Account, at_ms: int) -> None:
    """Move the session's profit of futures into the balance; sessions start anew."""
    account.take_funding()
    for currency in CURRENCIES:
        purse = account.purses[currency]
        futures = [p for p in account.positions_in(currency) if not p.market.instrument.is_option]
        upl = sum((p.session_upl() for p in futures), ZERO)
        moved = eight(upl + purse.futures_rpl)
        for position in futures:
            _record_session(account, position, at_ms)
        purse.balance += moved
        if moved or any(p.size for p in futures):
            _log_settlement(account, currency, at_ms, purse.futures_rpl, upl, moved)
        purse.futures_rpl = purse.options_rpl = ZERO
    for position in list(account.positions.values()):
        position.start_session()
        if not position.size:
            del account.positions[position.market.name]


def _exercise(
    account: Account, position: Position, delivery: Decimal, at_ms: int, with_fee: bool
) -> None:
    it = position.market.instrument
    worth = payoff(it, delivery)
    cash = eight(position.size * worth)
    fee = ZERO
    if with_fee and it.period != DAILY and worth:
        fee = eight(abs(position.size) * min(it.terms.settlement_fee, FEE_CAP * worth))
    purse = account.purses[it.settlement]
    gained = profit(it, position.size, position.session_price, worth)
    purse.balance += cash - fee
    purse.fees += fee
    purse.options_rpl += gained
    _log_expiry(account, it, position.size, delivery, worth, cash, fee, at_ms)
    record = settlement_record(
        it, at_ms, "exercise", position.size, 0.0, float(delivery),
        profit(it, position.size, position.average_price, worth), ZERO, None,
    )  # fmt: skip
    account.settlements.append(record)


def _deliver_future(
    account: Account, position: Position, delivery: Decimal, at_ms: int, with_fee: bool
) -> None:
    it = position.market.instrument
    gained = profit(it, position.size, position.session_price, delivery)
    fee = ZERO
    if with_fee and it.period != WEEKLY:
        notional = abs(position.size) * (delivery if it.is_linear else 1 / delivery)
        fee = eight(notional * it.terms.settlement_fee)
    purse = account.purses[it.settlement]
    purse.futures_rpl += gained
    purse.balance -= fee
    purse.fees += fee
    _log_expiry(account, it, position.size, delivery, delivery, ZERO, fee, at_ms)
    record = settlement_record(
        it, at_ms, "delivery", position.size, float(delivery), float(delivery), gained,
        purse.futures_rpl, None,
    )  # fmt: skip
    account.settlements.append(record)


def _record_session(account: Account, position: Position, at_ms: int) -> None:
    it, market = position.market.instrument, position.market
    purse = account.purses[it.settlement]
    funding = position.funding if it.is_perpetual else None
    account.settlements.append(
        settlement_record(
            it, at_ms, "settlement", position.size, market.mark, market.index,
            position.realized + position.funding + position.session_upl(), purse.futures_rpl,
            funding,
        )
    )  # fmt: skip


def _log_settlement(
    account: Account, currency: str, at_ms: int, rpl: Decimal, upl: Decimal, moved: Decimal
) -> None:
    row = {
        "type": "settlement",
        "side": "-",
        "change": float(moved),
        "cashflow": float(moved),
        "session_rpl": float(eight(rpl)),
        "session_upl": float(eight(upl)),
        "commission": None,
        "order_id": None,
        "trade_id": None,
        "price_currency": currency,
    }
    account.add_log(None, currency, at_ms, row)


def _log_expiry(
    account: Account, it: Instrument, size: Decimal, delivery: Decimal, worth: Decimal,
    cash: Decimal, fee: Decimal, at_ms: int,
) -> None:  # fmt: skip
    row = {
        "type": "expiry" if it.is_option else "delivery",
        "side": "close sell" if size > 0 else "close buy",
        "amount": float(abs(size)),
        "contracts": it.contracts_of(abs(size)),
        "position": 0.0,
        "price": float(worth),
        "settlement_price": float(delivery),
        "index_price": float(delivery),
        "commission": float(fee),
        "change": float(cash - fee),
        "cashflow": float(cash),
        "order_id": None,
        "trade_id": None,
        "price_currency": it.quote,
    }
    account.add_log(it, it.settlement, at_ms, row)
