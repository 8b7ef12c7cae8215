"""Who hears of what the engine does: the exchange, and what acts on the life of orders."""

from __future__ import annotations

from typing import Protocol

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order
from core.simulator.accounts.records import Fill
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Trade
from core.simulator.matching.guards import Guard


class Listener(Protocol):
    """Who hears what the engine did."""

    def traded(self, market: Market, trade: Trade) -> None:
        """One public trade."""
        ...

    def book_changed(self, market: Market) -> None:
        """A client's order changed a book."""
        ...

    def account_changed(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Orders and fills of one account in one market, in the order they happened."""
        ...

    def mmp_triggered(self, account: Account, guard: Guard) -> None:
        """Market-maker protection froze a group of quotes or orders."""
        ...


class Watcher(Protocol):
    """What acts on the life of orders: links between them, market-maker protection."""

    def traded(self, order: Order, units: int) -> None:
        """An order was filled in part or whole; it may have ended with that."""
        ...

    def ended(self, order: Order) -> None:
        """An order was filled, cancelled or rejected."""
        ...
