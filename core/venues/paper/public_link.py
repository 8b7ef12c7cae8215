"""The paper venue's own public connection: trades where its orders rest, and delivery prices.

The market links keep the books; trades are asked for here, by the one who needs them, for few
instruments at a time and without a login.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.errors import MarketDataError
from core.service import ServiceState
from core.settings import VenueSettings
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.decode import decode_any
from core.venues.deribit.limits import Limits
from core.venues.deribit.market.subscriptions import Subscriptions
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData, Heartbeat, Notification, Reply
from core.venues.link.link import Heard, Link
from core.venues.link.traffic import Traffic
from core.venues.paper.matching.orders import MarketTrade
from core.venues.paper.public_data import delivery_prices_of, trades_of

log = logging.getLogger(__name__)

_ASK_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Traded:
    """Executions of one frame, in the venue's order."""

    trades: list[MarketTrade]


@dataclass(frozen=True, slots=True)
class Priced:
    """Delivery prices of an index, by date (2026-12-25)."""

    index: str
    prices: dict[str, float]


Public = Traded | Priced


class PublicCore:
    """What is said over the connection, without a socket: a `LinkCore` that never logs in."""

    def __init__(self, settings: VenueSettings, clock: Clock) -> None:
        self._session = Session(
            clock, Limits(), None, settings.request_timeout_s, settings.silence_s
        )
        self._subscriptions = Subscriptions(self._session, _denied)
        self._wanted: tuple[str, ...] = ()
        self._held: tuple[str, ...] | None = None
        self._expired: frozenset[str] = frozenset()
        self._asked_s = -math.inf
        self._learned: list[Public] = []
        self.traffic = Traffic()
        self.heard_s = math.nan
        """When the last frame came, of the clock that only counts; NaN before the first."""

    # Any thread.

    @property
    def broken(self) -> str:
        """Why this connection must be made anew; empty while it is sound."""
        return self._session.broken

    @property
    def status(self) -> str:
        """Whether the venue acknowledged every channel, in words."""
        return "live" if self._subscriptions.is_complete else "subscribing"

    def want_trades(self, names: Iterable[str]) -> None:
        """Hear the trades of exactly these instruments."""
        wanted = tuple(sorted(names))
        if wanted != self._wanted:
            self._wanted = wanted

    def want_prices(self, indices: Iterable[str]) -> None:
        """Ask for the delivery prices of exactly these indices, every few seconds."""
        self._expired = frozenset(indices)

    # The link, one call at a time.

    def opened(self, now_s: float) -> None:
        """A new connection holds no channels."""
        self._subscriptions.reset()
        self._held = None
        self._session.open(now_s)

    def received(self, payloads: Sequence[bytes], now_s: float) -> None:
        """Frames: trades are learned, the rest goes to who asked."""
        self.heard_s = now_s
        self.traffic.took(payloads, now_s)
        self._session.heard(now_s)
        for payload in payloads:
            self._take(payload, now_s)

    def passed(self, now_s: float) -> None:
        """Timers: the session's, the subscriptions' and that of the delivery prices."""
        self._session.tick(now_s)
        if self._wanted is not self._held:
            self._held = self._wanted
            self._subscriptions.want(f"trades.{name}.100ms" for name in self._held)
        self._subscriptions.work(now_s)
        self._ask(now_s)

    def lost(self, why: str) -> None:
        """What was asked is answered by saying so."""
        self._session.lose(why)

    def outgoing(self) -> list[bytes]:
        """The frames to send now."""
        return self._session.outgoing()

    def facts(self) -> list[Public]:
        """Trades and prices."""
        found, self._learned = self._learned, []
        return found

    def _take(self, payload: bytes, now_s: float) -> None:
        try:
            frame = decode_any(payload)
            if isinstance(frame, Notification):
                if frame.channel.startswith("trades."):
                    self._learned.append(Traded(trades_of(frame.data)))
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
                prices = delivery_prices_of(answer.value)
            except MarketDataError as error:
                log.warning("%s: %s", index, error)
                return
            self._learned.append(Priced(index, prices))

        return then


class PublicLink:
    """The conversation on a link of its own. Any thread may call it."""

    def __init__(
        self, url: str, settings: VenueSettings, clock: Clock, emit: Heard[Public]
    ) -> None:
        self._core = PublicCore(settings, clock)
        self._link = Link("paper trades", url, self._core, emit)

    def start(self) -> None:
        """Connect, and keep connected."""
        self._link.start()

    def stop(self) -> bool:
        """Close the connection; True when the thread is gone."""
        return self._link.stop()

    def service_state(self) -> ServiceState:
        """The thread, for the screen."""
        return self._link.service_state()

    def want_trades(self, names: Iterable[str]) -> None:
        """Hear the trades of exactly these instruments."""
        self._core.want_trades(names)

    def want_prices(self, indices: Iterable[str]) -> None:
        """Ask for the delivery prices of exactly these indices, every few seconds."""
        self._core.want_prices(indices)

    @property
    def messages(self) -> int:
        """Frames received since the program started."""
        return self._core.traffic.messages

    @property
    def reconnects(self) -> int:
        """Attempts to connect after the first."""
        return self._link.reconnects

    @property
    def age_ms(self) -> float:
        """Since the last frame; NaN before the first."""
        return (time.monotonic() - self._core.heard_s) * 1e3


def _denied(error: ErrorData) -> None:
    """Public trades want no rights; orders then fill by the book alone."""
    log.warning("paper hears no trades: %s", error.message)
