"""The engine and the client's conversation against the simulated exchange, all in this process.

Only the socket is left out: every frame passes both protocols as it would on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import nan
from typing import Any

from core.domain.order import Amendment, NewOrder
from core.domain.position import AccountFigures
from core.market.board import Board
from core.settings import RiskSettings
from core.simulator.markets.market import Market
from core.simulator.rpc import RpcError
from core.trading.engine import Engine
from core.trading.inbox import Tick
from core.trading.journal import Restored
from core.venues.base import LinkState
from core.venues.deribit.account.conversation import Conversation
from core.venues.deribit.decode import decode_any
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Notification, Reply
from tests.core.simulator.indoors import Indoors
from tests.core.simulator.still import Desk, StillClock
from tests.core.trading.rig import MemoryJournal

CURRENCIES = ("BTC", "ETH", "USDC")
LOG_READ_S = 60
"""Long enough for three pages of the log after a comparison."""


@dataclass
class OurClock:
    """Our clock agrees with the exchange's."""

    still: StillClock

    def now_ns(self) -> int:
        return self.still.at_ns

    def steady_ns(self) -> int:
        return self.still.at_ns


class IndoorDesk:
    """One client, ann; a `TradingVenue` for the engine. Orders of hers may come from anywhere."""

    def __init__(self, still: Desk, restored: Restored | None = None) -> None:
        self.still = still
        self.wire = Indoors(self.still, client=None)
        self.clock = OurClock(self.still.clock)
        limits = Limits()
        key = Credentials("ann", Secret("secret"))
        self._session = Session(self.clock, limits, key, timeout_s=1e6, silence_s=1e6)
        self._account = Conversation(self._session, self.clock, limits, CURRENCIES)
        self.board = Board(self.clock)
        listed = json.dumps(self.wire.call("public/get_instruments", currency="any"))
        self.board.list_instruments(instruments_of(listed.encode()))
        self.journal = MemoryJournal()
        self.engine = Engine(
            self.board, self, RiskSettings(), (), self.journal, restored or Restored()
        )
        self._account.begin(self.now_s)
        self.pump()

    @property
    def now_s(self) -> float:
        return self.clock.now_ns() / 1e9

    # What happens at the exchange.

    def trade(self, market: Market, units: int, sleeve: str) -> None:
        """Buy (+) or sell with a market order labelled for a sleeve; refusals are no matter."""
        side, label = ("buy" if units > 0 else "sell"), f"{sleeve}:0a1b2c-{self.clock.now_ns():x}"

        def send() -> None:
            try:
                self.still.send(self.still.ann, market, side, abs(units), label=label)  # type: ignore[arg-type]  # one of two words
            except RpcError:
                return

        self.wire.turn(send)
        self.wait(0.2)

    def wait(self, seconds: float, step_s: float = 0.1) -> None:
        """Let time pass for both."""
        self.wire.run(seconds, step_s)
        self.pump()

    def leap(self, seconds: float) -> None:
        """Let much time pass at once, then read the log in peace."""
        self.still.clock.advance(seconds)
        for _ in range(3):
            self.wait(LOG_READ_S / 3, step_s=5.0)
            self.compare()
        for _ in range(8):
            self.wait(2.0, step_s=2.0)
        self.compare()

    def compare(self) -> None:
        """Ask for the venue's whole truth and fold it in."""
        self.reconcile()
        self.pump()

    def stated(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Instrument to size and average price, as the venue prints them; flat ones left out."""
        rows = self.wire.call("private/get_positions", currency="any")
        return {row["instrument_name"]: _printed(row) for row in rows if row["size"]}

    def figures(self, currency: str) -> AccountFigures:
        """The account's newest figures."""
        found = self.engine.parts.holdings.account(currency)
        assert found is not None
        return found

    def pump(self) -> None:
        """Carry frames both ways until nobody has anything to say."""
        self._hear()
        self._account.tick(self.now_s)
        while frames := self._session.outgoing():
            for frame in frames:
                self._send(frame)
            self._hear()
        self._fold()
        self.engine.handle(Tick(), self.clock.now_ns())

    # The `TradingVenue`.

    def start(self) -> None: ...

    def stop(self) -> bool:
        return True

    def place(self, order: NewOrder) -> None:
        self._account.place(order, self.now_s)

    def amend(self, change: Amendment) -> None:
        self._account.amend(change, self.now_s)

    def cancel(self, order_id: str) -> None:
        self._account.cancel(order_id, self.now_s)

    def cancel_label(self, label: str, instrument: str) -> None:
        self._account.cancel_label(label, instrument, self.now_s)

    def cancel_all(self) -> None:
        self._account.cancel_all(self.now_s)

    def ask_label(self, label: str, instrument: str) -> None:
        self._account.ask_label(label, instrument, self.now_s)

    def reconcile(self) -> None:
        self._account.reconcile(self.now_s)

    def state(self) -> LinkState:
        return LinkState("indoors", True, "live", 0, 0, 0, 0, nan, nan)

    # Frames.

    def _send(self, frame: bytes) -> None:
        self.wire.turn(lambda: self.wire.session.receive(frame.decode()))
        for answer in self.wire.answers:
            self._take(answer)

    def _hear(self) -> None:
        frames, self.wire.frames = self.wire.frames, []
        for frame in frames:
            self._take(frame)

    def _take(self, message: dict[str, Any]) -> None:
        frame = decode_any(json.dumps(message).encode())
        self._session.heard(self.now_s)
        if isinstance(frame, Reply | Heartbeat | Notification):
            self._account.take(frame, self.now_s)

    def _fold(self) -> None:
        while facts := self._account.facts():
            for fact in facts:
                self.engine.handle(fact, self.clock.now_ns())


def _printed(row: dict[str, Any]) -> tuple[Decimal, Decimal]:
    is_linear = row["kind"] == "future" and "_" in row["instrument_name"]
    size = row["size_currency"] if is_linear else row["size"]
    return Decimal(repr(size)), Decimal(repr(row["average_price"]))


@contextmanager
def indoor_desk(
    still: Desk | None = None, restored: Restored | None = None
) -> Iterator[IndoorDesk]:
    """A desk for the length of a block, on an exchange of its own or a given one."""
    desk = IndoorDesk(still or Desk(), restored)
    try:
        yield desk
    finally:
        desk.wire.close()
