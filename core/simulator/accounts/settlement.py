"""The daily settlement and the delivery of what expires, with the rows they leave behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.money import (
    ZERO,
    delivery_fee_of,
    eight,
    exact,
    payoff,
    worth,
)
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import settlement_record
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import CURRENCIES, Instrument


def settle_futures(account: Account, at_ms: int) -> None:
    """Move the session's profit of futures that go on into the balance; their session restarts."""
    account.take_funding()
    for currency in CURRENCIES:
        for position in account.futures_in(currency):
            if position.market.instrument.expiry_ms > at_ms:
                _settle_future(account, position, at_ms)


def deliver(account: Account, market: Market, delivery: float, at_ms: int) -> None:
    """End a position in an expired instrument at its delivery price."""
    position = account.positions.get(market.name)
    if position is None:
        return
    if market.instrument.is_option:
        _exercise(account, position, exact(delivery), at_ms)
    else:
        _deliver_future(account, position, exact(delivery), at_ms)


def settle_options(account: Account, at_ms: int) -> None:
    """Restart the session of options; only what is shown as profit moves, no cash."""
    for currency in CURRENCIES:
        options = account.options_in(currency)
        if not options:
            continue
        upl = eight(sum((p.session_upl() for p in options), ZERO))
        if not account.is_house:
            _log_summary(account, currency, at_ms, account.options_rpl(currency), upl)
        for position in options:
            _restart(account, position)


def _settle_future(account: Account, position: Position, at_ms: int) -> None:
    it, market, size = position.market.instrument, position.market, position.size
    session, upl, funding = position.session_rpl, position.session_upl(), position.funding
    unlogged = position.unlogged_funding()
    moved = account.pay(it.settlement, session, upl)
    _restart(account, position)
    if account.is_house:
        return
    record = settlement_record(
        it, at_ms, "settlement", size, market.mark, market.index, session + upl, moved,
        funding if it.is_perpetual else None,
    )  # fmt: skip
    account.settlements.append(record)
    row = _row("settlement", it, size, market.mark, market.index, moved) | {
        "info": {"settlement_price": round(market.mark), "floating_pl": float(eight(upl))},
        "position": float(size),
        "side": "-" if not size else "long" if size > 0 else "short",
        "mark_price": market.mark,
        "commission": None,
        "interest_pl": float(eight(unlogged)) if it.is_perpetual else None,
        "total_interest_pl": float(eight(funding)) if it.is_perpetual else None,
        "session_rpl": float(eight(session)) if size else None,
        "session_upl": float(eight(upl)) if size else None,
    }
    account.add_log(it, it.settlement, at_ms, row)


def _exercise(account: Account, position: Position, delivery: Decimal, at_ms: int) -> None:
    it, size = position.market.instrument, position.size
    paid = payoff(it, delivery)
    total = worth(it, size, paid) - position.cost
    cash = account.pay(it.settlement, size * paid)
    fee = _delivery_fee(account, it, size, delivery, paid)
    session = position.realized + worth(it, size, paid) - position.session_cost
    _end(account, position, session)
    if account.is_house or not size:
        return
    record = settlement_record(
        it, at_ms, "exercise", size, 0.0, float(delivery), total, session, None
    )
    account.settlements.append(record)
    _log_end(account, position.market, "expiry", size, (paid, delivery), (cash, fee), at_ms)


def _deliver_future(account: Account, position: Position, delivery: Decimal, at_ms: int) -> None:
    it, size = position.market.instrument, position.size
    position.take_funding()
    last = worth(it, size, delivery) - position.session_cost if size else ZERO
    session = position.session_rpl + last
    cash = account.pay(it.settlement, position.session_rpl, last)
    fee = _delivery_fee(account, it, size, delivery, ZERO)
    _end(account, position, ZERO)
    if account.is_house or not (size or cash):
        return
    price = float(delivery)
    record = settlement_record(it, at_ms, "delivery", size, price, price, session, session, None)
    account.settlements.append(record)
    _log_end(account, position.market, "delivery", size, (delivery, delivery), (cash, fee), at_ms)


def _delivery_fee(
    account: Account, it: Instrument, size: Decimal, delivery: Decimal, paid: Decimal
) -> Decimal:
    fee = ZERO if account.is_house else delivery_fee_of(it, size, delivery, paid)
    account.charge(it.settlement, fee)
    return fee


def _end(account: Account, position: Position, option_rpl: Decimal) -> None:
    """Nothing is held any more; what an option earned stays visible until the summary row."""
    position.size = position.cost = position.cost_usd = position.session_cost = ZERO
    position.funding = ZERO
    position.realized = option_rpl
    if not position.market.instrument.is_option:
        del account.positions[position.market.name]


def _restart(account: Account, position: Position) -> None:
    position.start_session()
    if not position.size:
        del account.positions[position.market.name]


def _log_summary(
    account: Account, currency: str, at_ms: int, realized: Decimal, upl: Decimal
) -> None:
    row = {
        "type": "options_settlement_summary",
        "position": None,
        "price": None,
        "side": "-",
        "change": 0.0,
        "cashflow": 0.0,
        "commission": 0.0,
        "realized_pl": float(realized),
        "unrealized_pl": float(upl),
        "order_id": None,
        "trade_id": None,
        "interest_pl": None,
    }
    account.add_log(None, currency, at_ms, row)


def _log_end(
    account: Account, market: Market, kind: str, size: Decimal, prices: tuple[Decimal, Decimal],
    money: tuple[Decimal, Decimal], at_ms: int,
) -> None:  # fmt: skip
    """The row of an expiry: `prices` are what one is paid and the delivery price."""
    it, (price, delivery), (cash, fee) = market.instrument, prices, money
    row = _row(kind, it, size, float(price), market.index, cash - fee) | {
        "settlement_price": float(delivery),
        "position": 0.0,
        "side": "close sell" if size > 0 else "close buy",
        "mark_price": float(price),
        "commission": float(fee),
        "cashflow": float(cash),
        "price_currency": it.base if it.is_option else it.quote,
        "interest_pl": None,
        "session_rpl": None,
        "session_upl": None,
    }
    account.add_log(it, it.settlement, at_ms, row)


def _row(
    kind: str, it: Instrument, size: Decimal, price: float, index: float, change: Decimal
) -> dict[str, Any]:
    """What all rows of one instrument share."""
    return {
        "type": kind,
        "amount": float(abs(size)),
        "contracts": it.contracts_of(abs(size)),
        "price": price,
        "index_price": index,
        "change": float(change),
        "cashflow": float(change),
        "order_id": None,
        "trade_id": None,
        "price_currency": it.quote,
    }
