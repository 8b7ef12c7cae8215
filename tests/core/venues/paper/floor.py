"""A still simulated exchange whose public frames fill a board, and a paper exchange on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

from core.clock import NS_PER_MS, ManualClock
from core.domain.events import Fact, OutcomeArrived
from core.domain.fill import Fill
from core.domain.label import new_label
from core.domain.order import NewOrder, OrderType, Side, TimeInForce
from core.domain.outcome import Accepted, Outcome, Refused
from core.market.board import Board
from core.simulator.markets.market import Market
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.wire import Notification
from core.venues.paper.journal import Kept
from core.venues.paper.matching.exchange import Exchange
from core.venues.paper.public_data import trades_of
from tests.core.simulator.indoors import Indoors
from tests.core.simulator.still import Desk

T = TypeVar("T")
PERPETUAL = "BTC-PERPETUAL"
LINEAR = "SOL_USDC-PERPETUAL"
FEED = "feed"
BALANCES = {"BTC": Decimal(10), "ETH": Decimal(100), "USDC": Decimal(1_000_000)}


class Floor:
    """Time passes in both by `run`; the board hears only what any stranger hears."""

    def __init__(self, seed: int = 1) -> None:
        self.desk = Desk(seed)
        self.indoors = Indoors(self.desk, client=None)
        self.clock = ManualClock(self.desk.clock.at_ns)
        self.board = Board(self.clock)
        self.replica = Replica(self.board)
        self.option = self.desk.option().name
        self.names = (PERPETUAL, LINEAR, self.option)
        self.told: list[Fact] = []
        self.written: list[Kept] = []
        self.exchange = self.new_exchange()
        self._list()

    def new_exchange(self) -> Exchange:
        """A fresh account on the same board."""
        self.told.clear()
        return Exchange(self.board, self.clock, BALANCES, self.written.append, self.told.append)

    def run(self, seconds: float = 0.1) -> None:
        """Let time pass, a tenth of a second at a time, and let paper look."""
        for _ in range(max(1, round(seconds * 10))):
            self.indoors.run(0.1)
            self.clock.set_ns(self.desk.clock.at_ns)
            self.hear()
            self.exchange.step()
            self.exchange.commit()

    def hear(self) -> None:
        """Fold in the frames that came."""
        frames = [json.dumps(frame).encode() for frame in self.indoors.frames]
        self.indoors.frames.clear()
        now_ns = self.clock.now_ns()
        for event in self.replica.take(frames, now_ns):
            if isinstance(event, Notification):
                for trade in trades_of(event.data):
                    self.exchange.traded(trade)
        self.board.touch(FEED, now_ns, self.replica.venue_ms * NS_PER_MS)

    def market(self, name: str) -> Market:
        """The simulated market itself."""
        return self.desk.market(name)

    def place(
        self,
        name: str,
        side: Side,
        amount: Decimal,
        price: Decimal | None = None,
        *,
        life: TimeInForce = TimeInForce.GTC,
        trigger: Decimal | None = None,
        kind: OrderType | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> Outcome:
        """Send an order to paper; its outcome."""
        if kind is None:
            kind = OrderType.MARKET if price is None else OrderType.LIMIT
        order = NewOrder(
            name, side, amount, new_label("manual"), kind, price, life, post_only, reduce_only,
            trigger,
        )  # fmt: skip
        self.exchange.place(order)
        self.exchange.commit()
        (outcome,) = [one for one in self.facts(OutcomeArrived) if one.outcome.label == order.label]
        return outcome.outcome

    def accepted(self, *args: object, **options: object) -> Accepted:
        """As `place`, taken."""
        outcome = self.place(*args, **options)  # type: ignore[arg-type]  # the same parameters
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def refused(self, *args: object, **options: object) -> str:
        """As `place`, refused; the reason."""
        outcome = self.place(*args, **options)  # type: ignore[arg-type]  # the same parameters
        assert isinstance(outcome, Refused), outcome
        return outcome.reason

    def facts(self, kind: type[T]) -> list[T]:
        """Every fact of one kind so far."""
        return [one for one in self.told if isinstance(one, kind)]

    def filled(self, order_id: str) -> Decimal:
        """How much of an order was filled."""
        return sum((abs(one.amount) for one in self.fills(order_id)), Decimal(0))

    def fills(self, order_id: str) -> list[Fill]:
        """Executions of one order."""
        return [one for one in self.exchange.shelf.fills if one.order_id == order_id]

    def _list(self) -> None:
        found = []
        for currency in ("BTC", "USDC"):
            rows = self.indoors.call("public/get_instruments", currency=currency)
            found += instruments_of(json.dumps(rows).encode())
        self.board.list_instruments(one for one in found if one.name in self.names)
        self.board.assign(self.names, FEED)
        kinds = ("book", "ticker", "trades")
        channels = [f"{kind}.{name}.100ms" for name in self.names for kind in kinds]
        self.indoors.call("public/subscribe", channels=channels)
        self.run(1.0)


@contextmanager
def floor(seed: int = 1) -> Iterator[Floor]:
    """One for the length of a test."""
    opened = Floor(seed)
    try:
        yield opened
    finally:
        opened.indoors.close()
