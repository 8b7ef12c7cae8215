"""Accounts as plain values: what changes, and the records that are only ever added to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.order import Order
from core.simulator.accounts.position import Position
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market
from core.simulator.rpc import Json
from core.simulator.state.living import Reviver
from core.simulator.state.plain import SKIPPED, Packer, names_of


def own_accounts(accounts: Accounts) -> list[Account]:
    """The accounts of the exchange itself, such as the house."""
    return [part for part in vars(accounts).values() if isinstance(part, Account)]


def everyone(accounts: Accounts) -> list[Account]:
    """The clients' accounts and those of the exchange itself."""
    return [*accounts, *own_accounts(accounts)]


def series_of(account: Account) -> dict[str, deque[Any]]:
    """The records of an account by the name of their field."""
    found = ((name, getattr(account, name)) for name in names_of(account))
    return {name: rows for name, rows in found if isinstance(rows, deque)}


def packed_account(
    account: Account, packer: Packer, orders: Iterable[str], markets: Iterable[str]
) -> Json:
    """An account with the named orders and positions; None stands for one that is no more."""
    series = series_of(account)
    fields = {
        name: packer.value(getattr(account, name))
        for name in names_of(account) if name not in series
    }  # fmt: skip
    return {
        "fields": {name: value for name, value in fields.items() if value is not SKIPPED},
        "orders": {key: _fields(account.orders.get(key), packer) for key in orders},
        "positions": {name: _fields(account.positions.get(name), packer) for name in markets},
    }


def packed_row(row: object, packer: Packer) -> Any:
    """One record of an account; orders that ended are written out in full."""
    if isinstance(row, Order):
        return {"$closed": packer.fields(row)}
    return packer.value(row)


class Register:
    """Finds what saved values name, and makes accounts and orders again."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._orders: dict[str, Order] = {}
        self.reviver = Reviver(self)

    def find(self, kind: str, name: str) -> object:
        """The order, market, account or instrument of a name; None when it is no more."""
        if kind == "order":
            return self._orders.get(name)
        if kind == "account":
            return self.account(name)
        market = self._exchange.floor.markets.find_any(name)
        return market.instrument if kind == "instrument" and market else market

    def account(self, client_id: str) -> Account:
        """The account of a client, or of the exchange itself; made when there is none."""
        accounts = self._exchange.accounts
        for account in everyone(accounts):
            if account.client_id == client_id:
                return account
        account = Account(client_id, 0)
        accounts.add(account)
        return account

    def announce(self, order_ids: Iterable[str]) -> None:
        """Make blank orders, so that orders may name each other whichever comes first."""
        for order_id in order_ids:
            if order_id not in self._orders:
                self._orders[order_id] = object.__new__(Order)

    def apply(self, client_id: str, saved: Json) -> list[Order]:
        """Bring an account to a saved state; returns those of the saved orders that are live."""
        account = self.account(client_id)
        self.reviver.fill(account, saved["fields"])
        live = []
        for order_id, fields in saved["orders"].items():
            if fields is None:
                account.orders.pop(order_id, None)
                continue
            live.append(self.order(account, fields))
            account.orders[order_id] = live[-1]
        for name, fields in saved["positions"].items():
            self._position(account, name, fields)
        return live

    def extend(self, client_id: str, series: dict[str, list[Any]]) -> None:
        """Add records to an account."""
        account = self.account(client_id)
        present = series_of(account)
        for name, rows in series.items():
            if name in present:
                present[name].extend(
                    self.order(account, row["$closed"]) if "$closed" in row
                    else self.reviver.value(row) for row in rows
                )  # fmt: skip

    def order(self, account: Account, fields: Json) -> Order:
        """An order, in the object that was announced or made before."""
        order_id = fields["order_id"]
        self.announce([order_id])
        order = self._orders[order_id]
        self.reviver.complete(order, fields, account=account, connection=None)
        return order

    def _position(self, account: Account, name: str, fields: Json | None) -> None:
        if fields is None:
            account.positions.pop(name, None)
            return
        market = self._exchange.floor.markets.find_any(name)
        if not isinstance(market, Market):
            raise ValueError(f"{name} is not listed")
        if name not in account.positions:
            account.positions[name] = Position(market)
        self.reviver.fill(account.positions[name], fields)


def _fields(item: object, packer: Packer) -> Json | None:
    return None if item is None else packer.fields(item)
