"""08:00 UTC: what expires is delivered, sessions settle, new contracts are listed seconds later."""

from __future__ import annotations

import logging
from collections import deque

from core.clock import NS_PER_MS, utc
from core.simulator.accounts.account import Accounts
from core.simulator.accounts.settlement import deliver, settle_futures, settle_options
from core.simulator.feeds.hub import Hub
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.matching.engine import Engine
from core.simulator.world.listing.calendar import DAY_MS, LISTING_DELAY_MS, last_settlement_ms
from core.simulator.world.listing.instruments import CURRENCIES

log = logging.getLogger(__name__)

ARCHIVE_DELAY_MS = 3_600_000
LATEST_MS = 1_200
"""Rows of a settlement are stamped at most so long after 08:00, also when it is made up later."""
PAUSE_MS = 2_000
"""Orders are refused for so long after a settlement."""
STRIKES_EVERY_MS = 60_000
DELIVERIES_KEPT = 4_000


class Rollover:
    """Watches the clock; the exchange steps it."""

    def __init__(self, floor: Floor, accounts: Accounts, engine: Engine, hub: Hub) -> None:
        self._floor = floor
        self._accounts = accounts
        self._engine = engine
        self._hub = hub
        self.settled_ms = 0
        """The last 08:00 that was settled."""
        self._list_at_ms = 0
        self.deliveries: deque[tuple[int, dict[str, float]]] = deque(maxlen=DELIVERIES_KEPT)
        """When, and the price of each index; oldest first."""

    def delivery_rows(self, index: str) -> list[dict[str, object]]:
        """Delivery prices of one index since the start, newest first."""
        return [
            {"date": utc(at_ms * NS_PER_MS).date().isoformat(), "delivery_price": prices[index]}
            for at_ms, prices in reversed(self.deliveries)
        ]

    def is_settling(self, now_ms: int) -> bool:
        """True during the short pause after a settlement of this run."""
        return bool(self.deliveries) and now_ms - self.settled_ms < PAUSE_MS

    def begin(self, now_ms: int, settled_ms: int | None = None) -> None:
        """Start watching; settlements missed since `settled_ms` are made up at once."""
        self.settled_ms = last_settlement_ms(now_ms) if settled_ms is None else settled_ms
        self._list_at_ms = now_ms + STRIKES_EVERY_MS
        self.step(now_ms)

    def step(self, now_ms: int) -> bool:
        """Settle every 08:00 that has passed, in order; list when it is time.

        Returns True when contracts were opened.
        """
        while now_ms - self.settled_ms >= DAY_MS:
            self.settled_ms += DAY_MS
            self._settle(min(now_ms, self.settled_ms + LATEST_MS))
            self._list_at_ms = max(now_ms, self.settled_ms + LISTING_DELAY_MS)
        if now_ms >= self._list_at_ms:
            self._list_at_ms = now_ms + STRIKES_EVERY_MS
            self._archive(now_ms)
            return self._list(now_ms)
        return False

    def _settle(self, at_ms: int) -> None:
        """One 08:00: sessions of futures, then what expires, then sessions of options."""
        prices = {name: self._floor.estimated_delivery(name) for name in self._floor.world.indices}
        self._floor.delivery.end()
        self.deliveries.append((self.settled_ms, prices))
        expired = [m for m in self._floor.markets if m.instrument.expiry_ms <= self.settled_ms]
        self._end_orders(expired)
        everyone = (*self._accounts, self._accounts.house)
        for account in everyone:
            settle_futures(account, at_ms)
        for market in expired:
            self._expire(market, prices[market.instrument.index_name], at_ms)
        for account in everyone:
            settle_options(account, at_ms)
        for market in self._floor.markets:
            market.settlement_mark = market.mark
        if expired:
            self._floor.rebuild(at_ms)
            self._requoted()
        self._audit()

    def _expire(self, market: Market, price: float, at_ms: int) -> None:
        market.state = "settlement"
        self._hub.state_changed(market, at_ms)
        for account in (*self._accounts, self._accounts.house):
            held = market.name in account.positions
            deliver(account, market, price, at_ms)
            if held:
                self._engine.tell(account, market, [], [])
        market.interest.end()
        market.state = "delivered"
        market.delivery_price = price
        self._floor.markets.expire(market)
        self._hub.state_changed(market, at_ms)

    def _archive(self, now_ms: int) -> None:
        """Put away what was delivered some time ago."""
        for market in self._floor.markets.expired():
            due_ms = market.instrument.expiry_ms + ARCHIVE_DELAY_MS
            if market.state == "delivered" and now_ms >= due_ms:
                market.state = "archivized"
                self._hub.state_changed(market, now_ms)

    def _end_orders(self, expired: list[Market]) -> None:
        """Cancel day orders and what works in contracts that are no more."""
        for account in self._accounts:
            for order in list(account.orders.values()):
                if order.spec.tif == "good_til_day" or order.market in expired:
                    self._engine.cancel(order, "settlement")

    def _audit(self) -> None:
        """Say so when money appeared or vanished, which no sequence of events may cause."""
        for currency in CURRENCIES:
            missing = self._accounts.unaccounted(currency)
            if missing:
                log.error("%s %s came from nowhere", missing, currency)

    def _list(self, now_ms: int) -> bool:
        """Open what the calendar wants and is not there, and strikes where spot moved to."""
        opened = self._floor.list_missing(now_ms)
        for market in opened:
            self._hub.listed(market, now_ms)
        if opened:
            self._requoted()
        return bool(opened)

    def _requoted(self) -> None:
        """New boards quote every market anew: let orders they reach trade, and books be sent."""
        for market in self._floor.markets:
            if market.has_orders:
                self._engine.house_crosses(market)
        self._hub.markets_moved(self._floor.markets, self._floor.markets)
