"""One client's account: a purse per currency, positions, orders and records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.simulator.accounts.money import ZERO, eight, exact
from core.simulator.accounts.order import Order
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import Fill, LogRow, Settlement
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import CURRENCIES, Instrument

if TYPE_CHECKING:
    from core.simulator.matching.guards import Guard

FILLS_KEPT = 5_000
CLOSED_KEPT = 2_000
LOG_KEPT = 5_000
CLOSED_LIFE_MS = 1_800_000
"""Closed orders are found for half an hour."""
INSURANCE = {"BTC": Decimal(500), "ETH": Decimal(5_000), "USDC": Decimal(5_000_000)}
"""What the insurance starts with."""


@dataclass(slots=True)
class Purse:
    """The money of one settlement currency."""

    balance: Decimal = ZERO
    fees: Decimal = ZERO
    """Everything ever paid in fees."""


@dataclass(slots=True)
class Till:
    """What the exchange itself holds of one currency."""

    deposited: Decimal = ZERO
    """Everything ever paid in, by clients and into the insurance; what all purses sum up to."""
    fees: Decimal = ZERO
    """Its income."""
    residue: Decimal = ZERO
    """What rounding clients' cash to 8 decimals left over, or took."""
    insurance: Decimal = ZERO
    """Covers bankruptcies; liquidations pay into it."""

    def insure(self, amount: Decimal) -> None:
        """Put the first money into the insurance."""
        self.insurance += amount
        self.deposited += amount


def _tills() -> dict[str, Till]:
    return {currency: Till() for currency in CURRENCIES}


@dataclass(slots=True, eq=False)
class Account:
    """Only the engine and the settlement write it."""

    client_id: str
    user_id: int
    is_house: bool = False
    """True for the makers' side, whose cash is not rounded."""
    purses: dict[str, Purse] = field(
        default_factory=lambda: {currency: Purse() for currency in CURRENCIES}
    )
    positions: dict[str, Position] = field(default_factory=dict)
    tills: dict[str, Till] = field(default_factory=_tills, repr=False)
    """Of the exchange it belongs to; `Accounts.add` puts them in."""
    orders: dict[str, Order] = field(default_factory=dict)
    """Live orders by id, oldest first."""
    closed: deque[Order] = field(default_factory=lambda: deque(maxlen=CLOSED_KEPT))
    fills: deque[Fill] = field(default_factory=lambda: deque(maxlen=FILLS_KEPT))
    log: deque[LogRow] = field(default_factory=lambda: deque(maxlen=LOG_KEPT))
    settlements: deque[Settlement] = field(default_factory=lambda: deque(maxlen=1_000))
    cancel_on_disconnect: bool = False
    self_trading_mode: str = "cancel_maker"
    """What happens when it would trade with itself: cancel_maker or reject_taker."""
    self_trading_extended: bool = False
    """True when that counts for its subaccounts too."""
    guards: dict[str, Guard] = field(default_factory=dict)
    """Market-maker protection, by `guard_key`."""
    quotes_frozen_until_ms: int = 0
    """New quotes are refused before; set by cancels that ask for it."""
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

    def futures_in(self, currency: str) -> list[Position]:
        """Positions in futures and perpetuals settled in one currency."""
        return [p for p in self.positions_in(currency) if not p.market.instrument.is_option]

    def options_in(self, currency: str) -> list[Position]:
        """Positions in options settled in one currency."""
        return [p for p in self.positions_in(currency) if p.market.instrument.is_option]

    def futures_upl(self, currency: str) -> Decimal:
        """Unrealised profit of this session's futures, 8 decimals."""
        return eight(sum((p.session_upl() for p in self.futures_in(currency)), ZERO))

    def futures_rpl(self, currency: str) -> Decimal:
        """Realised profit and funding of this session's futures, not in the balance yet."""
        return eight(sum((p.session_rpl for p in self.futures_in(currency)), ZERO))

    def options_rpl(self, currency: str) -> Decimal:
        """Realised profit of this session's options; its cash is in the balance already."""
        return eight(sum((p.realized for p in self.options_in(currency)), ZERO))

    def options_value(self, currency: str) -> Decimal:
        """Contracts times mark of all options, 8 decimals."""
        return eight(sum((p.value() for p in self.options_in(currency) if p.size), ZERO))

    def equity(self, currency: str) -> Decimal:
        """Balance, session profit of futures and the value of options, each as printed."""
        session = self.futures_upl(currency) + self.futures_rpl(currency)
        return eight(self.purses[currency].balance) + session + self.options_value(currency)

    def estate(self, currency: str) -> Decimal:
        """The same before any rounding; estates and tills together are what was deposited."""
        futures, options = self.futures_in(currency), self.options_in(currency)
        session = sum((p.session_rpl + p.session_upl() for p in futures), ZERO)
        value = sum((p.value() for p in options if p.size), ZERO)
        return self.purses[currency].balance + session + value

    def orders_in(self, market: Market) -> list[Order]:
        """Live orders of one market."""
        return [order for order in self.orders.values() if order.market is market]

    def book_fill(
        self, market: Market, size: Decimal, price: Decimal, fee: Decimal, penalty: Decimal = ZERO
    ) -> tuple[Decimal, Decimal]:
        """Book an execution; returns (profit realised, cash that moved without the fee).

        Spot moves the base currency as well, and leaves no position.

        `penalty` is what a liquidation pays to the insurance beyond the fee.
        """
        it = market.instrument
        if it.is_spot:
            self.pay(it.base, size)
            return ZERO, self.pay(it.settlement, -size * price)
        gained = self.position(market).apply(size, price, exact(market.index))
        cash = self.pay(it.settlement, -size * price) if it.is_option else ZERO
        self.charge(it.settlement, fee, penalty)
        return gained, cash

    def pay(self, currency: str, *parts: Decimal) -> Decimal:
        """Move cash into the balance, each part rounded; the rest falls to the exchange."""
        money = sum(parts, ZERO)
        cash = money if self.is_house else sum(map(eight, parts), ZERO)
        self.purses[currency].balance += cash
        self.tills[currency].residue += money - cash
        return cash

    def charge(self, currency: str, fee: Decimal, penalty: Decimal = ZERO) -> None:
        """Take a fee out of the balance."""
        purse, till = self.purses[currency], self.tills[currency]
        purse.balance -= fee + penalty
        purse.fees += fee + penalty
        till.fees += fee
        till.insurance += penalty

    def take_funding(self) -> None:
        """Bring the funding of every perpetual up to date."""
        for position in self.positions.values():
            if position.size and position.market.instrument.is_perpetual:
                position.take_funding()

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
    """All accounts by client id, the house behind the makers, and the exchange's own tills."""

    def __init__(self) -> None:
        self._by_client: dict[str, Account] = {}
        self.tills = _tills()
        for currency, amount in INSURANCE.items():
            self.tills[currency].insure(amount)
        self.house = Account("house", 0, is_house=True, tills=self.tills)
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
            self.tills[currency].deposited += amount
        self.add(account)
        return account

    def add(self, account: Account) -> None:
        """Take in an account that exists."""
        account.tills = self.tills
        self._by_client[account.client_id] = account

    def unaccounted(self, currency: str) -> Decimal:
        """Money that came from nowhere; exactly 0 as long as every booking has two sides."""
        everyone = (*self, self.house)
        for account in everyone:
            account.take_funding()
        till = self.tills[currency]
        owned = sum((account.estate(currency) for account in everyone), ZERO)
        return owned + till.fees + till.residue + till.insurance - till.deposited
