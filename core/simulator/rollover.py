"""08:00 UTC: what expires is delivered, sessions settle, new contracts are listed seconds later."""

from __future__ import annotations

from core.clock import NS_PER_MS, utc
from core.simulator.accounts.account import Accounts
from core.simulator.accounts.settlement import deliver, settle_sessions
from core.simulator.feeds.hub import Hub
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.matching.engine import Engine
from core.simulator.world.listing.calendar import DAY_MS, last_settlement_ms

LISTING_DELAY_MS = 20_000
PAUSE_MS = 2_000
"""Orders are refused for so long after a settlement."""
STRIKES_EVERY_MS = 60_000


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
        self._deliveries: list[tuple[int, dict[str, float]]] = []

    def delivery_rows(self, index: str) -> list[dict[str, object]]:
        """Delivery prices of one index since the start, newest first."""
        return [
            {"date": utc(at_ms * NS_PER_MS).date().isoformat(), "delivery_price": prices[index]}
            for at_ms, prices in reversed(self._deliveries)
        ]

    def is_settling(self, now_ms: int) -> bool:
        """True during the short pause after a settlement of this run."""
        return bool(self._deliveries) and now_ms - self.settled_ms < PAUSE_MS

    def begin(self, now_ms: int, settled_ms: int | None = None) -> None:
        """Start watching; settlements missed since `settled_ms` are made up at once."""
        self.settled_ms = last_settlement_ms(now_ms) if settled_ms is None else settled_ms
        self._list_at_ms = now_ms + STRIKES_EVERY_MS
        self.step(now_ms)

    def step(self, now_ms: int) -> None:
        """Settle when a new 08:00 has passed, list when it is time."""
        if now_ms - self.settled_ms >= DAY_MS:
            self.settled_ms = last_settlement_ms(now_ms)
            self._settle(now_ms)
            self._list_at_ms = max(now_ms, self.settled_ms + LISTING_DELAY_MS)
        if now_ms >= self._list_at_ms:
            self._list_at_ms = now_ms + STRIKES_EVERY_MS
            self._list(now_ms)

    def _settle(self, now_ms: int) -> None:
        indices = self._floor.world.indices
        prices = {name: self._floor.estimated_delivery(name) for name in indices}
        self._deliveries.append((self.settled_ms, prices))
        expired = [m for m in self._floor.markets if m.instrument.expiry_ms <= now_ms]
        for market in expired:
            self._expire(market, now_ms)
        self._end_day_orders()
        for account in (*self._accounts, self._accounts.house):
            settle_sessions(account, now_ms)
        for market in self._floor.markets:
            market.settlement_mark = market.mark
        if expired:
            self._floor.rebuild(now_ms)

    def _expire(self, market: Market, now_ms: int) -> None:
        for account in self._accounts:
            for order in account.orders_in(market):
                self._engine.cancel(order, "settlement")
        price = self._floor.estimated_delivery(market.instrument.index_name)
        for account in (*self._accounts, self._accounts.house):
            deliver(account, market, price, now_ms, account is not self._accounts.house)
            self._engine.tell(account, market, [], [])
        market.interest.end()
        market.state = "delivered"
        market.delivery_price = price
        self._floor.markets.expire(market)
        self._hub.state_changed(market, now_ms)

    def _end_day_orders(self) -> None:
        for account in self._accounts:
            for order in list(account.orders.values()):
                if order.spec.tif == "good_til_day":
                    self._engine.cancel(order, "settlement")

    def _list(self, now_ms: int) -> None:
        """Open what the calendar wants and is not there, and strikes where spot moved to."""
        opened = self._floor.list_missing(now_ms)
        for market in opened:
            self._hub.state_changed(market, now_ms)
