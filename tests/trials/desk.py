"""The core without screen, store and pricing: links, board, loop, and a journal in memory."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from core.clock import SystemClock
from core.domain.fill import Fill
from core.domain.label import MANUAL, new_label
from core.domain.order import NewOrder, OrderReport, OrderType, Side
from core.market.board import Board
from core.settings import RiskSettings, VenueSettings
from core.trading.commands import Command, PlaceOrders, Request
from core.trading.journal import FillRecord, Kind, OrderRecord, Record
from core.trading.loop import TradingLoop
from core.trading.strategy import Strategy
from core.trading.view import TradingView
from core.venues.base import Emit, TradingVenue
from core.venues.deribit.market_link import DeribitMarket
from core.venues.deribit.trading_link import DeribitTrading
from tests.eventually import eventually
from tests.trials.exchange import Exchange

INVERSE, LINEAR = "BTC-PERPETUAL", "ETH_USDC-PERPETUAL"
VENUE = VenueSettings(
    currencies=("BTC",),
    linear_perpetuals=("ETH",),
    linear_options=(),
    silence_s=2.0,
    stale_after_s=2.0,
    request_timeout_s=1.0,
)
"""Few instruments and short patience, so that a fault is over in seconds."""
RISK = RiskSettings(max_orders_per_s=100)


class Records:
    """A journal in memory; only the loop writes."""

    def __init__(self) -> None:
        self.fills: list[tuple[str, Fill]] = []
        """(sleeve, execution of the venue), in the order they were booked."""
        self.bookings: list[FillRecord] = []
        """Bookings of our own: adopted, delivered, transfer."""
        self.orders: dict[str, OrderReport] = {}
        """The last state of every order by label."""

    @property
    def trouble(self) -> str:
        """None, ever."""
        return ""

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        """Keep what the trials look at."""
        del kind, at_ns
        match payload:
            case FillRecord(sleeve, fill, "venue"):
                self.fills.append((sleeve, fill))
            case FillRecord():
                self.bookings.append(payload)
            case OrderRecord(report):
                self.orders[report.label] = report


class ErrorLog(logging.Handler):
    """Every line at or above a level, with its traceback's last line."""

    def __init__(self, level: int = logging.ERROR) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        why = f" ({record.exc_info[1]!r})" if record.exc_info else ""
        self.lines.append(f"{record.name}: {record.getMessage()}{why}")


class Desk:
    """Used as a context; `start` it in steps, so that a fault can come in between."""

    def __init__(
        self,
        exchange: Exchange,
        account: str,
        strategies: Sequence[Strategy] = (),
        **settings: float,
    ) -> None:
        venue = replace(VENUE, **settings)  # type: ignore[arg-type]  # numbers of VenueSettings
        clock, key = SystemClock(), exchange.key(account)
        url = exchange.at.socket_url
        self.account = account
        self.board = Board(clock, venue.stale_after_s)
        self.market = DeribitMarket(url, venue, self.board, clock)
        self.records = Records()
        self.errors = ErrorLog()

        def trading(emit: Emit) -> TradingVenue:
            self.link = DeribitTrading(url, venue, key, clock, emit)
            return self.link

        self.loop = TradingLoop(clock, self.board, trading, RISK, strategies, self.records)
        self._numbers = itertools.count(1)
        self._threads = set(threading.enumerate())

    def __enter__(self) -> Desk:
        logging.getLogger().addHandler(self.errors)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            assert self.loop.stop(), "the loop's threads are still there"
            assert self.market.stop(), "the market's threads are still there"
        finally:
            logging.getLogger().removeHandler(self.errors)

    @property
    def view(self) -> TradingView:
        """What the loop shows."""
        return self.loop.view

    def start_market(self, is_waiting: bool = True) -> None:
        """Let the books come; a listing is waited for unless trouble is on its way."""
        self.market.start()
        if is_waiting:
            eventually(lambda: self.board.catalog.by_name, 30)

    def start_trading(self) -> None:
        """Let the trading link and the loop begin."""
        self.loop.start()

    def ready(self, within_s: float = 60.0) -> None:
        """Wait until programs may trade and every book can be trusted."""
        eventually(lambda: self.is_up, within_s)

    @property
    def is_up(self) -> bool:
        """Every link is live, the gate is open and no book is stale."""
        names = self.board.catalog.by_name
        links = (*self.market.states(), self.link.state())
        return (
            all(one.is_up for one in links)
            and self.view.gate.is_open
            and bool(names)
            and not any(self.board.is_stale(name) for name in names)
        )

    def submit(self, request: Request) -> int:
        """Post a command as the screen does; its number."""
        number = next(self._numbers)
        self.loop.post(Command(number, request))
        return number

    def place(self, *orders: NewOrder) -> None:
        """Post them as one command."""
        self.submit(PlaceOrders(orders))

    def refuses(self, number: int) -> bool:
        """True when a command was refused by the desk itself or by the venue."""
        return any(one.number == number and not one.is_ok for one in self.view.replies)

    def order(self, label: str) -> OrderReport | None:
        """What is known of an order."""
        return self.records.orders.get(label)

    def price(self, name: str, factor: str) -> Decimal:
        """A price the contract allows, `factor` times its mark."""
        listed = self.board.instrument(name)
        assert listed is not None
        return listed.price_near(Decimal(str(self.board.quote(name).mark)) * Decimal(factor))

    def threads(self) -> list[str]:
        """Complaints about threads that ended."""
        states = (*self.market.services(), self.loop.state(), self.link.service_state())
        dead = [one for one in states if not one.is_running or one.last_error]
        return [f"thread {one.name} ended: {one.last_error}" for one in dead]


def market_order(name: str, side: Side, amount: str, sleeve: str = MANUAL) -> NewOrder:
    """An order that trades at once."""
    return NewOrder(name, side, Decimal(amount), new_label(sleeve), OrderType.MARKET)


def limit_order(
    name: str, side: Side, amount: str, price: Decimal, sleeve: str = MANUAL
) -> NewOrder:
    """An order that may rest."""
    return NewOrder(name, side, Decimal(amount), new_label(sleeve), price=price)
