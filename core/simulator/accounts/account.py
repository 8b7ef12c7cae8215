"""One client's account: a purse per currency, positions, orders and records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.simulator.accounts.money import ZERO, eight
from core.simulator.accounts.order import Order
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import Fill, LogRow, Settlement
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import CURRENCIES, Instrument

FILLS_KEPT = 5_000
CLOSED_KEPT = 2_000
LOG_KEPT = 5_000
CLOSED_LIFE_MS = 1_800_000
"""Closed orders are found for half an hour."""


@dataclass(slots=True)
class Purse:
    """The money of one settlement currency."""

    balance: Decimal = ZERO
    futures_rpl: Decimal = ZERO
    """Realised profit and funding of futures this session, not in the balance yet."""
    options_rpl: Decimal = ZERO
    """Realised profit of options this session; its cash is in the balance already."""
    fees: Decimal = ZERO
    """Everything ever paid in fees."""


@dataclass(slots=True, eq=False)
class Account:
    """Only the engine and the settlement write it."""

    client_id: str
    user_id: int
    purses: dict[str, Purse] = field(
        default_factory=lambda: {currency: Purse() for currency in CURRENCIES}
    )
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    """Live orders by id, oldest first."""
    closed: deque[Order] = field(default_factory=lambda: deque(maxlen=CLOSED_KEPT))
    fills: deque[Fill] = field(default_factory=lambda: deque(maxlen=FILLS_KEPT))
    log: deque[LogRow] = field(default_factory=lambda: deque(maxlen=LOG_KEPT))
    settlements: deque[Settlement] = field(default_factory=lambda: deque(maxlen=1_000))
    cancel_on_disconnect: bool = False
    log_id: int = 147_000_000
    created_ms: int = 0

    def position(self, market: Market) -> Position:
        """The position in a market, made when there is none."""
        position = self.positions.get(market.name)
        if position is None:
            position = Position(market, funding_from=market.funding.paid)
            self.positions[market.name] = position
        return position

    def size_in(self, market: Market) -> Decimal:
        """Signed size held, 0 without a position."""
        position = self.positions.get(market.name)
        return position.size if position else ZERO

    def positions_in(self, currency: str) -> list[Position]:
        """Positions settled in one currency."""
        return [p for p in self.positions.values() if p.market.instrument.settlement == currency]

    def futures_upl(self, currency: str) -> Decimal:
        """Unrealised profit of this session's futures, 8 decimals."""
        held = [p for p in self.positions_in(currency) if not p.market.instrument.is_option]
        return eight(sum((p.session_upl() for p in held), ZERO))

    def options_value(self, currency: str) -> Decimal:
        """Contracts times mark of all options, 8 decimals."""
        held = [p for p in self.positions_in(currency) if p.market.instrument.is_option]
        return eight(sum((p.size * p.mark() for p in held if p.size), ZERO))

    def equity(self, currency: str) -> Decimal:
        """Balance, session profit of futures and the value of options."""
        purse = self.purses[currency]
        session = self.futures_upl(currency) + eight(purse.futures_rpl)
        return eight(purse.balance) + session + self.options_value(currency)

    def orders_in(self, market: Market) -> list[Order]:
        """Live orders of one market."""
        return [order for order in self.orders.values() if order.market is market]

    def book_fill(
        self, market: Market, size: Decimal, price: Decimal, fee: Decimal
    ) -> tuple[Decimal, Decimal]:
        """Book an execution; returns (profit realised, cash that moved without the fee)."""
        it = market.instrument
        purse, position = self.purses[it.settlement], self.position(market)
        purse.futures_rpl += ZERO if it.is_option else position.take_funding()
        gained = position.apply(size, price, Decimal(repr(market.index)))
        cash = eight(-size * price) if it.is_option else ZERO
        purse.balance += cash - fee
        purse.fees += fee
        if it.is_option:
            purse.options_rpl += gained
        else:
            purse.futures_rpl += gained
        return gained, cash

    def take_funding(self) -> None:
        """Bring the funding of every perpetual up to date."""
        for position in self.positions.values():
            if position.size and position.market.instrument.is_perpetual:
                received = position.take_funding()
                self.purses[position.market.instrument.settlement].futures_rpl += received

    def close_order(self, order: Order) -> None:
        """Move an order that ended to the closed ones."""
        self.orders.pop(order.order_id, None)
        self.closed.append(order)

    def add_log(
        self, it: Instrument | None, currency: str, at_ms: int, row: dict[str, Any]
    ) -> None:
        """Append a transaction log row, completed with balance and ids."""
        self.log_id += 11
        head = {
            "id": self.log_id,
            "user_seq": at_ms * 1000 + self.log_id % 1000,
            "timestamp": at_ms,
            "currency": currency,
            "user_id": self.user_id,
            "username": self.client_id,
            "instrument_name": it.name if it else None,
            "balance": float(eight(self.purses[currency].balance)),
            "equity": float(self.equity(currency)),
            "fee_balance": 0.0,
            "info": None,
        }
        self.log.append(LogRow(currency, at_ms, head | row))


class Accounts:
    """All accounts by client id, and the house behind the makers."""

    def __init__(self) -> None:
        self._by_client: dict[str, Account] = {}
        self.house = Account("house", 0)
        """Counterparty of every trade with a maker; pays no fees, has no limits."""

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_client.values())

    def find(self, client_id: str) -> Account | None:
        """The account of a client."""
        return self._by_client.get(client_id)

    def open(self, client_id: str, funds: dict[str, Decimal], now_ms: int) -> Account:
        """A new account with money in it."""
        user_id = 1 + max((other.user_id for other in self), default=0)
        account = Account(client_id, user_id, created_ms=now_ms)
        for currency, amount in funds.items():
            account.purses[currency].balance = amount
        self.add(account)
        return account

    def add(self, account: Account) -> None:
        """Take in an account that exists."""
        self._by_client[account.client_id] = account
