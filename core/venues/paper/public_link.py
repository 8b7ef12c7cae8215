"""The paper venue's own public connection: trades where its orders rest, and delivery prices.

The market links keep the books; trades are asked for here, by the one who needs them, for few
instruments at a time and without a login.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from core.clock import NS_PER_MS, Clock
from core.domain.order import Side
from core.errors import LinkError, MarketDataError
from core.service import Service, ServiceState
from core.settings import VenueSettings
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.decode import decode_any
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.subscriptions import Subscriptions
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData, Heartbeat, Notification, Reply
from core.venues.link.backoff import keep_connected
from core.venues.link.batch_socket import open_socket
from core.venues.paper.matching.orders import MarketTrade

log = logging.getLogger(__name__)

_POLL_S: Final = 0.05
_CONNECT_S: Final = 4.0
_ASK_EVERY_S: Final = 5.0

TakeTrades = Callable[[list[MarketTrade]], None]
TakePrices = Callable[[str, dict[str, float]], None]
"""Index, and its delivery prices by date (2026-12-25)."""


class _Row(msgspec.Struct, frozen=True, gc=False):
    instrument_name: str
    direction: str
    price: Decimal
    amount: Decimal
    timestamp: int
    block_trade_id: str | None = None
    combo_id: str | None = None


class _Price(msgspec.Struct, frozen=True, gc=False):
    date: str
    delivery_price: float


class _Prices(msgspec.Struct, frozen=True):
    data: list[_Price]


_rows: Final = msgspec.json.Decoder(list[_Row], strict=False).decode
_prices: Final = msgspec.json.Decoder(_Prices, strict=False).decode


def trades_of(data: bytes | msgspec.Raw) -> list[MarketTrade]:
    """The executions of a trades frame that went through the instrument's own book.

    Block trades and the legs of combos were matched elsewhere and move no queue.

    Raises:
        MarketDataError: the text is no list of trades.
    """
    try:
        return [
            MarketTrade(
                row.instrument_name,
                Side(row.direction),
                row.price,
                row.amount,
                row.timestamp * NS_PER_MS,
            )
            for row in _rows(data)
            if row.block_trade_id is None and row.combo_id is None
        ]
    except (msgspec.MsgspecError, ValueError) as error:
        raise MarketDataError(f"a frame of trades is unreadable: {error}") from error


class PublicLink:
    """One thread, one socket; never logs in."""

    def __init__(
        self,
        url: str,
        settings: VenueSettings,
        clock: Clock,
        take_trades: TakeTrades,
        take_prices: TakePrices,
    ) -> None:
        self._url = url
        self._clock = clock
        self._silence_s = settings.silence_s
        self._take_trades = take_trades
        self._take_prices = take_prices
        self._session = Session(
            clock, Limits(), None, settings.request_timeout_s, settings.silence_s
        )
        self._subscriptions = Subscriptions(self._session, _denied)
        self._wanted: tuple[str, ...] = ()
        self._held: tuple[str, ...] | None = None
        self._expired: frozenset[str] = frozenset()
        self._asked_s = -math.inf
        self._heard_ns = 0
        self.messages = 0
        self.reconnects = -1
        self._service = Service("paper trades", self._body)

    # Any thread.

    def start(self) -> None:
        """Connect, and keep connected."""
        self._service.start()

    def stop(self) -> bool:
        """Close the connection; True when the thread is gone."""
        return self._service.stop()

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._service.state()

    @property
    def age_ms(self) -> float:
        """Since the last frame; NaN before the first."""
        if not self._heard_ns:
            return math.nan
        return (self._clock.now_ns() - self._heard_ns) / NS_PER_MS

    def want_trades(self, names: Iterable[str]) -> None:
        """Hear the trades of exactly these instruments."""
        wanted = tuple(sorted(names))
        if wanted != self._wanted:
            self._wanted = wanted

    def want_prices(self, indices: Iterable[str]) -> None:
        """Ask for the delivery prices of exactly these indices, every few seconds."""
        self._expired = frozenset(indices)

    # The link's own thread.

    def _body(self, stopping: threading.Event) -> None:
        keep_connected(stopping, self._connect_once, self._went_down)

    def _connect_once(self, stopping: threading.Event) -> None:
        self.reconnects += 1
        socket = open_socket(self._url, _CONNECT_S, _POLL_S)
        try:
            self._subscriptions.reset()
            self._held = None
            self._session.open(time.monotonic())
            while not stopping.is_set():
                payloads = socket.recv_batch()
                self._turn(payloads, time.monotonic())
                for frame in self._session.outgoing():
                    socket.send(frame)
        finally:
            self._session.lose("the link dropped")
            socket.end()

    def _turn(self, payloads: list[bytes], now_s: float) -> None:
        if payloads:
            self._session.heard(now_s)
            self._heard_ns = self._clock.now_ns()
            self.messages += len(payloads)
        for payload in payloads:
            self._take(payload, now_s)
        self._session.tick(now_s)
        if self._session.broken:
            raise LinkError(self._session.broken)
        if self._session.silent_s(now_s) > self._silence_s:
            raise LinkError(f"no message for {self._silence_s:g} s")
        if self._wanted is not self._held:
            self._held = self._wanted
            self._subscriptions.want(f"trades.{name}.100ms" for name in self._held)
        self._subscriptions.work(now_s)
        self._ask(now_s)

    def _take(self, payload: bytes, now_s: float) -> None:
        try:
            frame = decode_any(payload)
            if isinstance(frame, Notification):
                if frame.channel.startswith("trades."):
                    self._take_trades(trades_of(frame.data))
            elif isinstance(frame, Reply | Heartbeat):
                self._session.take(frame, now_s)
        except MarketDataError as error:
            log.warning("frame dropped: %s", error)

    def _ask(self, now_s: float) -> None:
        if not self._expired or now_s < self._asked_s + _ASK_EVERY_S:
            return
        self._asked_s = now_s
        for index in sorted(self._expired):
            params = {"index_name": index, "count": 20}
            self._session.ask("public/get_delivery_prices", params, self._answer_to(index), now_s)

    def _answer_to(self, index: str) -> Callable[[Answer], None]:
        def then(answer: Answer) -> None:
            if not isinstance(answer, Result):
                log.warning("the delivery prices of %s did not come: %s", index, answer)
                return
            try:
                found = _prices(answer.value).data
            except msgspec.MsgspecError as error:
                log.warning("the delivery prices of %s are unreadable: %s", index, error)
                return
            self._take_prices(index, {one.date: one.delivery_price for one in found})

        return then

    def _went_down(self, why: str) -> None:
        log.warning("paper hears no trades: %s", why)


def _denied(error: ErrorData) -> None:
    """Public trades want no rights; orders then fill by the book alone."""
    log.warning("paper hears no trades: %s", error.message)
