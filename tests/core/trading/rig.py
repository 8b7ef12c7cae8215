"""The engine with a clock that stands, a live board and the fake venue."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import TypeVar

from core.clock import ManualClock
from core.domain.events import Fact
from core.domain.label import MANUAL, new_label
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.settings import RiskSettings, WorkSettings
from core.trading.commands import Command, PlaceOrders, Reply, Request
from core.trading.engine import Engine
from core.trading.inbox import Tick
from core.trading.journal import Kind, Record, Restored
from core.trading.strategy import Strategy
from core.trading.view import TradingView
from tests.core.trading.fake_venue import FakeVenue
from tests.core.trading.market import PERP, live_board

T = TypeVar("T")
START_NS = 1_790_000_000_000_000_000


def nothing_allowed() -> RiskSettings:
    """Every limit at zero."""
    limits = RiskSettings()
    return RiskSettings(*[type(getattr(limits, one.name))(0) for one in fields(limits)])


class MemoryJournal:
    """Keeps every record in a list."""

    def __init__(self) -> None:
        self.records: list[tuple[Kind, Record]] = []
        self.trouble = ""

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        assert at_ns > 0
        self.records.append((kind, payload))

    def of(self, cls: type[T]) -> list[T]:
        """All records of one class."""
        return [payload for _, payload in self.records if isinstance(payload, cls)]


class Rig:
    """Drives the engine; facts of the venue are folded in before a call returns."""

    def __init__(
        self,
        strategies: Sequence[Strategy] = (),
        risk: RiskSettings | None = None,
        restored: Restored | None = None,
        is_connected: bool = True,
        work: WorkSettings | None = None,
    ) -> None:
        self.clock = ManualClock(START_NS)
        self.board = live_board(self.clock)
        self.facts: deque[Fact] = deque()
        self.venue = FakeVenue(self.facts.append, self.clock)
        self.journal = MemoryJournal()
        self.engine = Engine(
            self.board,
            self.venue,
            risk or RiskSettings(),
            strategies,
            self.journal,
            restored or Restored(),
            work,
        )
        self._numbers = itertools.count(1)
        self.is_feed_alive = True
        if is_connected:
            self.connect()

    @property
    def view(self) -> TradingView:
        """A fresh picture."""
        return self.engine.picture(self.clock.now_ns())

    def connect(self) -> None:
        self.venue.connect()
        self.drain()

    def drain(self) -> None:
        """Fold everything the venue said."""
        while self.facts:
            self.post(self.facts.popleft())

    def post(self, fact: Fact) -> None:
        self.engine.handle(fact, self.clock.now_ns())

    def tick(self, seconds: float = 0.1, times: int = 1) -> None:
        """Let time pass in steps, the feed alive or not."""
        for _ in range(times):
            self.clock.advance_s(seconds)
            if self.is_feed_alive:
                self.board.touch("feed", self.clock.now_ns())
            self.engine.handle(Tick(), self.clock.now_ns())
            self.drain()

    def ask(self, request: Request, is_drained: bool = True) -> int:
        """Hand in a command; its number."""
        number = next(self._numbers)
        self.engine.handle(Command(number, request), self.clock.now_ns())
        if is_drained:
            self.drain()
        return number

    def ask_undrained(self, order: NewOrder) -> int:
        """Hand in an order and leave what the venue says about it unread."""
        return self.ask(PlaceOrders((order,)), is_drained=False)

    def replies(self, number: int) -> list[Reply]:
        return [one for one in self.view.replies if one.number == number]

    def say(self, request: Request) -> Reply:
        """Hand in a command and give the last reply to it."""
        return self.replies(self.ask(request))[-1]

    def place(self, *orders: NewOrder) -> int:
        return self.ask(PlaceOrders(orders))

    def hold(self, name: str, amount: str, price: str, sleeve: str = MANUAL) -> None:
        """Give a sleeve a position through an order that fills."""
        signed = Decimal(amount)
        side = Side.BUY if signed > 0 else Side.SELL
        order = limit(side, str(abs(signed)), price, name, new_label(sleeve))
        self.venue.place(order)
        self.drain()
        order_id = next(one.order_id for one in self.venue.working() if one.label == order.label)
        self.venue.trade(order_id, order.amount)
        self.drain()


def decimals(*values: int | str) -> tuple[Decimal, ...]:
    """Several numbers at once, to compare with."""
    return tuple(Decimal(one) for one in values)


def limit(
    side: Side,
    amount: str = "100",
    price: str = "59000",
    name: str = PERP,
    label: str = "",
    is_ioc: bool = False,
    reduce_only: bool = False,
) -> NewOrder:
    """A limit order of the manual sleeve, far from the touch unless told otherwise."""
    return NewOrder(
        name,
        side,
        Decimal(amount),
        label or new_label(MANUAL),
        price=Decimal(price),
        time_in_force=TimeInForce.IOC if is_ioc else TimeInForce.GTC,
        reduce_only=reduce_only,
    )


def stop(side: Side, trigger: str, amount: str = "100", name: str = PERP) -> NewOrder:
    """A reduce-only stop-market order."""
    return NewOrder(
        name,
        side,
        Decimal(amount),
        new_label(MANUAL),
        OrderType.STOP_MARKET,
        reduce_only=True,
        trigger_price=Decimal(trigger),
    )
