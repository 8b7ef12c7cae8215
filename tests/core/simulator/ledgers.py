"""What must always be true of an exchange, whatever its clients do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.order import order_row
from core.simulator.accounts.summary import summary_row
from core.simulator.exchange import Exchange
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.world.listing.instruments import CURRENCIES

HAIR = Decimal("0.00000001")
FOLLOWS = frozenset(("trigger_price", "trigger_reference_price"))
Row = dict[str, Any]


def without(row: Row, names: frozenset[str]) -> Row:
    """A row less some of its fields."""
    return {name: value for name, value in row.items() if name not in names}


def printed(value: float) -> Decimal:
    """A printed number as the decimal it shows."""
    return Decimal(repr(value))


def check_identities(row: Row) -> None:
    """Section 16 of the protocol reference, on the printed digits."""
    n = {key: printed(value) for key, value in row.items() if isinstance(value, float)}
    session = n["futures_session_upl"] + n["futures_session_rpl"]
    assert n["equity"] == n["balance"] + session + n["options_value"]
    assert n["margin_balance"] == n["equity"] - n["options_value"]
    assert n["available_funds"] == n["margin_balance"] - n["initial_margin"] - n["spot_reserve"]
    assert n["session_upl"] == n["futures_session_upl"] + n["options_session_upl"]
    assert n["session_rpl"] == n["futures_session_rpl"] + n["options_session_rpl"]
    assert n["total_pl"] == n["futures_pl"] + n["options_pl"]
    free = max(Decimal(0), n["available_funds"] - max(Decimal(0), session) - HAIR)
    assert n["available_withdrawal_funds"] == free
    if row["currency"] != "USDC":
        deltas = sum(map(printed, row["delta_total_map"].values()), Decimal(0))
        assert abs(n["delta_total"] - (deltas - n["options_value"])) < 10 * HAIR


def check_money(exchange: Exchange) -> None:
    """Nothing came from nowhere, and every account's printed figures agree."""
    for currency in CURRENCIES:
        assert exchange.accounts.unaccounted(currency) == 0
        for account in exchange.accounts:
            check_identities(summary_row(account, currency))


def check_positions(exchange: Exchange) -> None:
    """Every position is the signed sum of its fills, and the house holds the other side."""
    everyone = (*exchange.accounts, exchange.accounts.house)
    for market in traded(exchange):
        assert sum((account.size_in(market) for account in everyone), Decimal(0)) == 0
    for account in exchange.accounts:
        for name, size in filled(account).items():
            listed = exchange.floor.markets.find(name)
            if listed is None:
                assert name not in account.positions
            else:
                if not listed.instrument.is_held:
                    assert name not in account.positions
                    continue
                assert account.size_in(listed) == size
                check_position_row(position_row(account, listed), size)


def check_position_row(row: Row, held: Decimal) -> None:
    """Size, side and profit of a printed position fit one another."""
    inverse_or_option = "size_currency" not in row or "_" not in row["instrument_name"]
    assert row["size" if inverse_or_option else "size_currency"] == float(held)
    assert row["direction"] == ("zero" if not held else "buy" if held > 0 else "sell")
    if not held:
        zeros = ("average_price", "total_profit_loss", "floating_profit_loss", "initial_margin")
        assert not any(row[name] for name in zeros)


def filled(account: Account) -> dict[str, Decimal]:
    """Signed sums of an account's executions by instrument."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in account.fills:
        sign = 1 if fill.row["direction"] == "buy" else -1
        sums[fill.instrument] += sign * printed(fill.row["amount"])
    return sums


def traded(exchange: Exchange) -> list[Market]:
    """Markets somebody holds or works something in."""
    markets: dict[Market, None] = {}
    for account in (*exchange.accounts, exchange.accounts.house):
        markets |= {position.market: None for position in account.positions.values()}
        markets |= {order.market: None for order in account.orders.values()}
    return list(markets)


def check_books(exchange: Exchange) -> None:
    """No book is crossed, and what rests is what the accounts say works."""
    for market in traded(exchange):
        bid, ask = market.book.best(BID), market.book.best(ASK)
        assert bid is None or ask is None or bid < ask, (market.name, bid, ask)
        for side in (BID, ASK):
            for queue in market.book.queues[side].values():
                assert all(order.left > 0 for order in queue)
    busy = [market for market in exchange.floor.markets if market.has_orders]
    resting = sum(len(q) for m in busy for side in m.book.queues for q in side.values())
    working = [o for a in exchange.accounts for o in a.orders.values() if o.state == "open"]
    assert resting == len(working)
    assert all(o.is_live for a in exchange.accounts for o in a.orders.values())


def check_interest(exchange: Exchange) -> None:
    """Open interest is all longs and all shorts, clients' exactly as they hold them."""
    held = set(traded(exchange))
    for market in exchange.floor.markets:
        interest, longs, shorts = market.interest, 0, 0
        if market in held:
            lot = market.instrument.terms.min_amount
            sizes = [int(a.size_in(market) / lot) for a in exchange.accounts]
            longs, shorts = sum(s for s in sizes if s > 0), -sum(s for s in sizes if s < 0)
        assert interest.is_even, market.name
        assert interest.street_longs >= 0 <= interest.street_shorts
        assert (interest.client_longs, interest.client_shorts) == (longs, shorts)


def check_ledgers(exchange: Exchange, deposits: dict[str, dict[str, Decimal]]) -> None:
    """The rows of every transaction log lead from the deposit to the balance, one by one."""
    for account in exchange.accounts:
        balances = dict(deposits[account.client_id])
        paid = dict.fromkeys(CURRENCIES, Decimal(0))
        for record in account.log:
            row = record.row
            balances[record.currency] += printed(row["change"])
            assert printed(row["balance"]) == balances[record.currency], row
            paid[record.currency] += printed(row["commission"] or 0.0)
        for currency, balance in balances.items():
            assert account.purses[currency].balance == balance
            assert account.purses[currency].fees == paid[currency]


@dataclass(eq=False)
class Watcher:
    """A client that keeps what it is sent and holds it against the exchange."""

    exchange: Exchange
    client_id: str
    books: dict[str, tuple[dict[float, float], dict[float, float]]] = field(default_factory=dict)
    chains: dict[str, int] = field(default_factory=dict)
    trades: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    orders: dict[str, Row] = field(default_factory=dict)
    positions: dict[str, Row] = field(default_factory=dict)

    def listen(self, books: Iterable[str]) -> None:
        """Subscribe to book channels and to everything private."""
        for name in books:
            assert self.exchange.hub.subscribe(self, name)
        for topic in ("orders", "trades", "changes"):
            name = f"user.{topic}.any.any.raw"
            self.exchange.account_feed.subscribe(self.client_id, self, name)

    def send(self, frame: bytes) -> None:
        """Take a frame in."""
        params = json.loads(frame)["params"]
        channel, data = params["channel"], params["data"]
        if channel.startswith("book."):
            self._book(channel, data)
        elif channel.startswith("user.orders"):
            self.orders[data["order_id"]] = data
        elif channel.startswith("user.trades"):
            self.trades += [row["trade_id"] for row in data]
        else:
            self.changed += [row["trade_id"] for row in data["trades"]]
            self.positions |= {row["instrument_name"]: row for row in data["positions"]}

    def check(self) -> None:
        """Books, executions, orders and positions are those of the exchange."""
        account = self.exchange.accounts.find(self.client_id)
        assert account is not None
        done = [fill.row["trade_id"] for fill in account.fills]
        # The legs of a combo are told one by one, before the combo itself.
        assert sorted(self.trades) == sorted(done)
        assert sorted(self.changed) == sorted(done)
        for order in (*account.closed, *account.orders.values()):
            told, now = self.orders[order.order_id], json.loads(json.dumps(order_row(order)))
            # A trailing stop follows the price without a word.
            follows = FOLLOWS if order.order_type == "trailing_stop" else frozenset()
            assert without(told, follows) == without(now, follows)
        for name, row in self.positions.items():
            held = account.positions.get(name)
            size = row.get("size_currency", row["size"]) if "_" in name else row["size"]
            assert size == float(held.size if held else 0)
        for channel, sides in self.books.items():
            self._compare(channel.split(".")[1], channel, sides)

    def _compare(
        self, name: str, channel: str, sides: tuple[dict[float, float], dict[float, float]]
    ) -> None:
        market = self.exchange.floor.markets.find(name)
        if market is None or not channel.endswith(".raw"):
            return
        it = market.instrument
        for side in (BID, ASK):
            levels = market.book.levels(side)
            assert sides[side] == {it.price_of(t): it.amount_of(u) for t, u in levels.items()}

    def _book(self, channel: str, data: Row) -> None:
        if data["type"] == "snapshot":
            self.books[channel] = ({}, {})
        else:
            assert data["prev_change_id"] == self.chains[channel]
        assert data["change_id"] > self.chains.get(channel, 0)
        self.chains[channel] = data["change_id"]
        for side, rows in zip(self.books[channel], (data["bids"], data["asks"]), strict=True):
            for action, price, amount in rows:
                assert (price in side) == (action != "new")
                if action == "delete":
                    del side[price]
                else:
                    side[price] = amount
