"""What happened since it was last written down, as records for the history file."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market
from core.simulator.rpc import Json
from core.simulator.state import history, tapes
from core.simulator.state.accounts import (
    everyone,
    own_accounts,
    packed_account,
    packed_row,
    series_of,
)
from core.simulator.state.plain import Packer, Plan
from core.simulator.state.rows import all_rows, packed_rows
from core.simulator.state.snapshot import wiring

_MOST_ROWS = 500
"""Records of accounts in one history record, so that none becomes long."""


class Pending:
    """Remembers how far the history file reaches."""

    def __init__(self, exchange: Exchange, is_new: bool) -> None:
        """With `is_new` nothing is written yet, otherwise everything that is there is."""
        self.exchange = exchange
        self._orders: dict[str, dict[str, None]] = {}
        """Ids of changed orders by client."""
        self._markets: dict[str, None] = {}
        self._seqs: dict[str, int] = {}
        self._minutes: dict[str, int] = {}
        self._rows: dict[tuple[str, str], object] = {}
        """The last record written, by client and field, or by no client and public series."""
        self._plans: dict[type, Plan] = {}
        self._settled_ms = exchange.rollover.settled_ms
        if not is_new:
            self.written(with_minutes=True)

    @property
    def has_changes(self) -> bool:
        """True when an account changed."""
        return bool(self._orders) or self.is_everything

    @property
    def is_everything(self) -> bool:
        """True after a settlement."""
        return self._settled_ms != self.exchange.rollover.settled_ms

    def account_changed(self, account: Account, market: Market, orders: list[Order]) -> None:
        """Orders or the position of one account in one market."""
        known = self._orders.setdefault(account.client_id, {})
        known.update((order.order_id, None) for order in orders)
        self._markets[market.name] = None

    def touched(self, account: Account) -> None:
        """Something else of one account."""
        self._orders.setdefault(account.client_id, {})

    def changes(self) -> bytes:
        """What clients' doings changed: the trades in those markets, then the accounts."""
        find = self.exchange.floor.markets.find_any
        markets = [market for name in self._markets if (market := find(name)) is not None]
        desk = self.exchange
        parts = [*wiring(desk), desk.world, desk.floor, desk.fundings, desk.marks, desk.settlements]
        packer = Packer(parts, streams=False, plans=self._plans)
        own = own_accounts(self.exchange.accounts)
        change: Json = {
            "at_ns": self.exchange.clock.now_ns(),
            "accounts": {
                one.client_id: packed_account(
                    one, packer, self._orders.get(one.client_id, ()), self._markets
                )
                for one in everyone(self.exchange.accounts)
                if one.client_id in self._orders or one in own
            },
            "rows": self._new_rows(packer, list(self._orders)),
            "markets": {market.name: packer.fields(market) for market in markets},
            "exchange": packer.fields(self.exchange),
        }
        return self._trades(markets, packer) + _change(change)

    def everything(self, from_start: bool = False) -> bytes:
        """All that is in no record yet, or with `from_start` all; a picture holds the rest."""
        if from_start:
            return Pending(self.exchange, is_new=True).everything()
        packer = Packer(wiring(self.exchange), streams=False)
        minutes = {
            name: rows
            for name, bars in tapes.all_bars(self.exchange.floor).items()
            if len(rows := bars.finished(self._minutes.get(name, -1)))
        }
        data = history.framed(history.BARS, tapes.packed_bars(minutes)) if minutes else b""
        data += self._trades(list(self.exchange.floor.markets), packer) + self._public(packer)
        for client_id in [one.client_id for one in everyone(self.exchange.accounts)]:
            for name, rows in self._new_rows(packer, [client_id]).get(client_id, {}).items():
                for at in range(0, len(rows), _MOST_ROWS):
                    part = {client_id: {name: rows[at : at + _MOST_ROWS]}}
                    data += _change({"accounts": {}, "markets": {}, "exchange": {}, "rows": part})
        return data

    def written(self, with_minutes: bool = False) -> None:
        """What was packed last is in the file now."""
        find = self.exchange.floor.markets.find_any
        names = [m.name for m in self.exchange.floor.markets] if with_minutes else self._markets
        for name in names:
            if (market := find(name)) is not None:
                self._seqs[name] = market.tape.seq
        if with_minutes:
            for name, bars in tapes.all_bars(self.exchange.floor).items():
                if (newest := bars.newest_finished_ms()) is not None:
                    self._minutes[name] = newest
            for name, rows in all_rows(self.exchange).items():
                if rows:
                    self._rows["", name] = rows[-1]
        for account in everyone(self.exchange.accounts):
            if with_minutes or account.client_id in self._orders:
                for name, rows in series_of(account).items():
                    if rows:
                        self._rows[account.client_id, name] = rows[-1]
        self._orders, self._markets = {}, {}
        self._settled_ms = self.exchange.rollover.settled_ms

    def _trades(self, markets: list[Market], packer: Packer) -> bytes:
        new = {}
        for market in markets:
            after_seq = self._seqs.get(market.name, 0)
            if market.tape.seq > after_seq:
                new[market.name] = tapes.newest_trades(market, after_seq)
        return history.framed(history.TRADES, tapes.packed_trades(new, packer)) if new else b""

    def _public(self, packer: Packer) -> bytes:
        """Rows of the public past."""
        data = b""
        for name, rows in all_rows(self.exchange).items():
            added = _since(rows, self._rows.get(("", name)))
            for at in range(0, len(added), _MOST_ROWS):
                part = packed_rows(name, added[at : at + _MOST_ROWS], packer)
                data += history.framed(history.ROWS, part)
        return data

    def _new_rows(self, packer: Packer, clients: list[str]) -> Json:
        """Records of accounts by client and field."""
        new: Json = {}
        for account in everyone(self.exchange.accounts):
            if account.client_id not in clients:
                continue
            for name, rows in series_of(account).items():
                if added := _since(rows, self._rows.get((account.client_id, name))):
                    packed = [packed_row(row, packer) for row in added]
                    new.setdefault(account.client_id, {})[name] = packed
        return new


def _since(rows: deque[Any], last: object) -> list[Any]:
    """What was added after `last`; all when it is none or gone."""
    added = []
    for row in reversed(rows):
        if row is last:
            break
        added.append(row)
    return added[::-1]


def _change(change: Json) -> bytes:
    return history.framed(history.CHANGES, msgspec.msgpack.encode(change))
