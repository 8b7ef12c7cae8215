"""The private channels: orders, executions, changes and portfolio of each account."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.order import Order, order_row
from core.simulator.accounts.records import Fill
from core.simulator.accounts.summary import portfolio_row
from core.simulator.feeds.catalogue import CURRENCIES, KINDS
from core.simulator.feeds.channel import FAST, PERIODS, SLOW, Channel, Subscriber
from core.simulator.feeds.events import ListChannel, SingleChannel, topics_of
from core.simulator.markets.market import Market, Markets
from core.simulator.matching.guards import Guard
from core.simulator.ordered import OrderedSet
from core.simulator.world.listing.instruments import CURRENCIES as PURSES

SILENT = ("user.lock", "user.access_log")
"""Channels that exist and never have anything to say here."""

MMP = "user.mmp_trigger."


class PortfolioChannel(Channel):
    """user.portfolio.{currency}: at subscription and when something changed."""

    def __init__(self, name: str, account: Account, currencies: tuple[str, ...]) -> None:
        super().__init__(name, FAST)
        self.account = account
        self._currencies = currencies

    def greet(self, subscriber: Subscriber) -> None:
        """Send the present figures."""
        for currency in self._currencies:
            self.emit_to(subscriber, portfolio_row(self.account, currency))

    def flush(self) -> None:
        """Send the present figures."""
        for currency in self._currencies:
            self.emit(portfolio_row(self.account, currency))


class AccountFeed:
    """All private channels, each belonging to one account."""

    def __init__(self, accounts: Accounts, markets: Markets) -> None:
        self._accounts = accounts
        self._markets = markets
        self._channels: dict[tuple[str, str], Channel] = {}
        self._topics: defaultdict[tuple[str, str, str], list[Channel]] = defaultdict(list)
        """(client, orders | trades | changes, topic) -> channels."""
        self._portfolios: defaultdict[str, list[PortfolioChannel]] = defaultdict(list)
        self._dirty: OrderedSet[Channel] = OrderedSet()

    def exists(self, name: str) -> bool:
        """True when there is such a private channel."""
        if name in SILENT:
            return True
        if name.startswith(MMP):
            return name.removeprefix(MMP) in (*self._indices(), "any")
        if name.startswith("user.portfolio."):
            return name.removeprefix("user.portfolio.").upper() in (*CURRENCIES, "ANY")
        kind, topic, interval = _split(name)
        if kind not in ("orders", "trades", "changes", "combo_trades") or interval not in PERIODS:
            return False
        first, _, second = topic.partition(".")
        if not second:
            return self._markets.find(first) is not None
        return first in KINDS and second in CURRENCIES

    def _indices(self) -> set[str]:
        return {market.instrument.index_name for market in self._markets}

    def subscribe(self, client_id: str, subscriber: Subscriber, name: str) -> None:
        """Join a channel that exists."""
        key = (client_id, name)
        if key not in self._channels:
            self._channels[key] = self._make(client_id, name)
        self._channels[key].join(subscriber)

    def unsubscribe(self, client_id: str, subscriber: Subscriber, name: str) -> None:
        """Leave a channel; the last one to leave ends it."""
        channel = self._channels.get((client_id, name))
        if channel is None:
            return
        channel.subscribers.discard(subscriber)
        if channel.subscribers:
            return
        del self._channels[client_id, name]
        self._dirty.discard(channel)
        for group in self._topics.values():
            if channel in group:
                group.remove(channel)
        if isinstance(channel, PortfolioChannel):
            self._portfolios[client_id].remove(channel)

    def account_changed(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Take an event in; it is sent at the next flush."""
        client = account.client_id
        order_rows = [order_row(order) for order in orders]
        trades = [fill.row for fill in fills]
        for topic in topics_of(market.instrument):
            for channel in self._topics.get((client, "orders", topic), ()):
                self._add(channel, order_rows)
            for channel in self._topics.get((client, "trades", topic), ()):
                self._add(channel, trades)
            for channel in self._topics.get((client, "changes", topic), ()):
                self._add(channel, [self._changes(account, market, order_rows, trades)])
            for channel in self._topics.get((client, "combo_trades", topic), ()):
                self._add(channel, trades if market.legs else [])
        self._dirty.update(self._portfolios.get(client, ()))

    def mmp_triggered(self, account: Account, guard: Guard) -> None:
        """Market-maker protection froze a group of quotes or orders."""
        index, group = guard.config.index_name, guard.config.mmp_group
        row = {"index_name": index, "frozen_until": guard.frozen_until_ms}
        for name in (MMP + index, MMP + "any"):
            channel = self._channels.get((account.client_id, name))
            if channel is not None:
                self._add(channel, [row if group is None else row | {"mmp_group": group}])

    def portfolio_changed(self, account: Account) -> None:
        """Money or marks moved without an order."""
        self._dirty.update(self._portfolios.get(account.client_id, ()))

    def flush(self, step: int | None = None) -> None:
        """Send what waits: on a step those whose turn it is, else the unbatched ones."""
        for channel in self._dirty:
            due = channel.name.endswith(".raw") if step is None else channel.is_due(step)
            if due:
                self._dirty.discard(channel)
                channel.flush()

    def clients(self) -> set[str]:
        """Accounts somebody watches the portfolio of."""
        return {client for client, group in self._portfolios.items() if group}

    def _make(self, client_id: str, name: str) -> Channel:
        account = self._accounts.find(client_id)
        assert account is not None
        if name.startswith("user.portfolio."):
            currency = name.removeprefix("user.portfolio.").upper()
            chosen = PURSES if currency == "ANY" else tuple(c for c in PURSES if c == currency)
            portfolio = PortfolioChannel(name, account, chosen)
            self._portfolios[client_id].append(portfolio)
            return portfolio
        if name in SILENT:
            return Channel(name, SLOW)
        if name.startswith(MMP):
            return SingleChannel(name)
        kind, topic, interval = _split(name)
        single = kind == "changes" or (kind == "orders" and interval == "raw")
        channel = SingleChannel(name) if single else ListChannel(name, PERIODS[interval])
        self._topics[client_id, kind, topic].append(channel)
        return channel

    def _add(self, channel: Channel, rows: list[dict[str, Any]]) -> None:
        assert isinstance(channel, ListChannel | SingleChannel)
        for row in rows:
            channel.add(row)
            self._dirty.add(channel)

    @staticmethod
    def _changes(
        account: Account, market: Market, orders: list[Any], trades: list[Any]
    ) -> dict[str, Any]:
        return {
            "instrument_name": market.name,
            "orders": orders,
            "trades": trades,
            "positions": [position_row(account, market)] if market.instrument.is_held else [],
        }


def _split(name: str) -> tuple[str, str, str]:
    """`user.orders.future.BTC.raw` -> (orders, future.BTC, raw); blanks when malformed."""
    parts = name.split(".")
    if len(parts) not in (4, 5):
        return "", "", ""
    return parts[1], ".".join(parts[2:-1]), parts[-1]
