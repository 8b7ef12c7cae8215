"""The exchange: world, floor, engine, accounts and feeds joined, and time moving through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.clock import NS_PER_S
from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.order import Order
from core.simulator.accounts.records import Fill
from core.simulator.clock import STEP_NS, ExchangeClock
from core.simulator.feeds.account import AccountFeed
from core.simulator.feeds.hub import Hub
from core.simulator.liquidation import Liquidator
from core.simulator.markets.floor import Floor
from core.simulator.markets.history.funding import Fundings
from core.simulator.markets.history.marks import Marks
from core.simulator.markets.history.settlements import PublicSettlements
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Trade
from core.simulator.matching.engine import Engine
from core.simulator.matching.guards import Guard
from core.simulator.matching.ids import Ids
from core.simulator.matching.linked import Links
from core.simulator.matching.pricing import Pricer
from core.simulator.matching.protection import ProtectionDesk
from core.simulator.matching.quotes import QuoteDesk
from core.simulator.matching.triggers import TriggerDesk
from core.simulator.opening import draw_trades
from core.simulator.ordered import OrderedSet
from core.simulator.rollover import Rollover
from core.simulator.world.listing.combos import Part
from core.simulator.world.makers.takers import future_takers, option_takers
from core.simulator.world.prices.model import World
from core.simulator.world.size import DEFAULT, MarketSize

STEP_S = STEP_NS / NS_PER_S
"""Wall seconds between two steps."""
SLOTS = 10
"""A tenth of the options is repriced each step at speed 1."""
MOST_QUANTA = 5
WATCH_EVERY = 10
"""Steps between two looks at margins, at speed 1."""
REFRESH_EVERY = 600
"""Steps between two sums of the day's trades, at speed 1."""


class Recorder(Protocol):
    """Writes down what must survive the process."""

    def account_changed(self, account: Account, market: Market, orders: list[Order]) -> None:
        """Orders, money or positions of one account changed."""
        ...

    def touched(self, account: Account) -> None:
        """Something else about an account may have changed."""
        ...

    def flush(self) -> None:
        """Write down what changed; called before anybody is told."""
        ...

    def save(self) -> None:
        """Write down everything."""
        ...


class Exchange:
    """One thread, one loop: nothing here is called from elsewhere."""

    def __init__(
        self, clock: ExchangeClock, seed: int, ids: Ids | None = None, size: MarketSize = DEFAULT
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.world = World(seed, size)
        self.floor = Floor(self.world)
        self.accounts = Accounts()
        self.engine = Engine(self.accounts, clock.now_ms, ids)
        self.triggers = TriggerDesk(self.engine, clock.now_ms)
        self.links = Links(self.engine, self.triggers)
        self.protection = ProtectionDesk(self.engine)
        self.quotes = QuoteDesk(self.engine)
        self.pricer = Pricer(self.engine)
        self.settlements = PublicSettlements(self.floor)
        self.fundings = Fundings(self.floor, seed, clock.now_ms)
        self.marks = Marks(self.floor)
        self.hub = Hub(self.floor, clock.now_ms)
        self.account_feed = AccountFeed(self.accounts, self.floor.markets)
        self.rollover = Rollover(self.floor, self.accounts, self.engine, self.hub)
        self.liquidator = Liquidator(self.accounts, self.engine)
        self.engine.listener = self
        self.is_locked = False
        """True while maintenance refuses everything."""
        self.recorder: Recorder | None = None
        """None when nothing is to survive."""
        self._touched: OrderedSet[Market] = OrderedSet()
        """Books changed by clients since the last flush."""
        self._steps = 0
        self._stepped_ms = clock.now_ms()

    @property
    def steps(self) -> int:
        """Steps made since the start."""
        return self._steps

    def open(self) -> None:
        """Open the floor for a first day."""
        self.floor.open_first(self.clock.now_ms())
        draw_trades(self.floor, self.engine.ids, self.clock.now_ms())
        self.rollover.begin(self.clock.now_ms())
        self.fundings.step(self.clock.now_ms())

    def step(self) -> None:
        """Bring everything to the present: prices, quotes, triggers, takers, frames."""
        now_ms = self.clock.now_ms()
        dt_s = (now_ms - self._stepped_ms) / 1000.0
        self._stepped_ms = now_ms
        self._steps += 1
        self._move_world(dt_s)
        if self.rollover.step(now_ms):
            self._save()
        self.settlements.step(self.rollover.settled_ms, now_ms)
        self.floor.delivery.add(now_ms, self.world.indices, dt_s)
        self._requote(now_ms)
        self.floor.past.sample(now_ms)
        self.floor.accrue_funding(dt_s)
        self.fundings.step(now_ms)
        self.marks.step(now_ms)
        self._takers(dt_s)
        self.triggers.watch()
        if self._steps % self._every(WATCH_EVERY, 1) == 0:
            self._once_a_second(now_ms)
        self._touched.clear()
        self._write_down()
        self.hub.step(self._steps)
        self.account_feed.flush(self._steps)

    def list_combo(self, name: str, legs: Sequence[Part]) -> Market:
        """Open a combo a client asked for, and write it down before anybody trades it."""
        now_ms = self.clock.now_ms()
        market = self.floor.list_combo(name, legs, now_ms)
        self.hub.listed(market, now_ms)
        self._save()
        return market

    def flush_client(self) -> None:
        """Send what a client's own request caused, on the channels without batching."""
        self._write_down()
        for market in self._touched:
            self.hub.flush_now(market)
        self._touched.clear()
        self.account_feed.flush()

    def cancel_of(self, connection: object) -> None:
        """Cancel every order that came over a connection which broke."""
        for account in self.accounts:
            for order in list(account.orders.values()):
                if order.connection is connection:
                    self.engine.cancel(order, "cancel_on_disconnect")

    # What the engine reports

    def traded(self, market: Market, trade: Trade) -> None:
        """One public trade."""
        self.hub.traded(market, trade)

    def book_changed(self, market: Market) -> None:
        """A client's order changed a book."""
        self._touched.add(market)
        self.hub.book_changed(market)

    def account_changed(
        self, account: Account, market: Market, orders: list[Order], fills: list[Fill]
    ) -> None:
        """Orders and executions of one account."""
        if self.recorder is not None:
            self.recorder.account_changed(account, market, orders)
        self.account_feed.account_changed(account, market, orders, fills)

    def mmp_triggered(self, account: Account, guard: Guard) -> None:
        """Market-maker protection froze a group."""
        self.account_touched(account)
        self.account_feed.mmp_triggered(account, guard)

    def account_touched(self, account: Account) -> None:
        """More of an account than orders and positions may have changed."""
        if self.recorder is not None:
            self.recorder.touched(account)

    def _save(self) -> None:
        """Write new contracts down before anybody can hold them."""
        if self.recorder is not None:
            self.recorder.save()

    def _write_down(self) -> None:
        if self.recorder is not None:
            self.recorder.flush()

    def _move_world(self, dt_s: float) -> None:
        """Whole quanta keep the path repeatable; a long pause is one step."""
        quantum_s = STEP_S * self.clock.speed
        quanta = max(1, round(dt_s / quantum_s))
        if quanta > MOST_QUANTA:
            self.world.step(dt_s)
            return
        for _ in range(quanta):
            self.world.step(quantum_s)

    def _requote(self, now_ms: int) -> None:
        slots = max(1, round(SLOTS / self.clock.speed))
        repriced, requoted = self.floor.reprice(now_ms, self._steps, slots)
        for market in requoted:
            if market.has_orders:
                self.engine.house_crosses(market)
        self.hub.markets_moved(repriced, requoted)

    def _takers(self, dt_s: float) -> None:
        rng, floor = self.world.flow_rng, self.floor
        for row, buys, share in future_takers(floor.futures, rng, dt_s):
            self._take(floor.future_at(row), buys, share)
        for row, buys, share in future_takers(floor.spots, self.world.spot_rng, dt_s):
            self._take(floor.spot_at(row), buys, share)
        for row, buys, share in option_takers(floor.options, rng, dt_s):
            self._take(floor.option_at(row), buys, share)

    def _take(self, market: Market, buys: bool, share: float) -> None:
        side = 1 if buys else 0
        tick = market.book.best(side)
        if tick is not None:
            units = max(1, int(share * market.book.units_at(side, tick)))
            self.engine.house_takes(market, "buy" if buys else "sell", units)
            self.hub.book_changed(market)

    def _every(self, steps: int, least: int) -> int:
        """So many steps at speed 1 as steps of the present speed, at least `least`."""
        return max(least, round(steps / self.clock.speed))

    def _once_a_second(self, now_ms: int) -> None:
        self.liquidator.watch(now_ms)
        self.pricer.reprice()
        for account in self.accounts:
            if account.client_id in self.account_feed.clients() and account.positions:
                self.account_feed.portfolio_changed(account)
        if self._steps % self._every(REFRESH_EVERY, WATCH_EVERY) == 0:
            for market in self.floor.markets:
                market.tape.refresh_day(now_ms)
