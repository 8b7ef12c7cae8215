"""The paper venue: a `TradingVenue` whose fills are worked out from real public data.

One thread owns the exchange and its journal. Commands reach it through an inbox, and only after
the time they would take to a real venue; trades come from the public link the same way.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.domain.events import CancelFailed, OutcomeArrived, TradingLinkChanged
from core.domain.order import Amendment, NewOrder
from core.domain.outcome import Refused
from core.errors import StartError
from core.market.board import Board
from core.service import Service, ServiceState
from core.settings import PaperSettings, VenueSettings
from core.venues.base import Emit, LinkState
from core.venues.paper.journal import Journal, Kept
from core.venues.paper.matching.exchange import Exchange
from core.venues.paper.public_link import Public, PublicLink, Traded
from core.venues.paper.upkeep import Upkeep

log = logging.getLogger(__name__)

ALL: Final = "all"
_STEP_S: Final = 0.02
_UPKEEP_S: Final = 0.5
_LIVE: Final = "live: fills are simulated"

Call = Callable[[], None]


class PaperVenue:
    """Every call returns at once, what became of it arrives as facts."""

    def __init__(
        self,
        url: str,
        venue: VenueSettings,
        paper: PaperSettings,
        board: Board,
        clock: Clock,
        file: Path,
        emit: Emit,
    ) -> None:
        self._board = board
        self._emit = emit
        self._latency_s = paper.latency_ms / 1000
        self._journal = Journal(file)
        balances = {"BTC": paper.btc, "ETH": paper.eth, "USDC": paper.usdc}
        self._exchange = Exchange(board, clock, balances, self._write, emit)
        self._link = PublicLink(url, venue, clock, self._heard)
        self._upkeep = Upkeep(board, self._exchange, self._link.want_prices)
        self._inbox: queue.SimpleQueue[tuple[float, Call]] = queue.SimpleQueue()
        self._waiting: deque[tuple[float, Call]] = deque()
        self._is_up = False
        self._is_long = False
        self._status = "not started"
        self._sequence = -1
        self._upkeep_at_s = 0.0
        self._service = Service("paper", self._body)

    # Any thread.

    def start(self) -> None:
        """Read the account, wait for the market, reconcile."""
        self._link.start()
        self._service.start()

    def stop(self) -> bool:
        """End both threads; orders stay in the account and rest again at the next start."""
        is_ended = self._service.stop()
        return self._link.stop() and is_ended

    def place(self, order: NewOrder) -> None:
        """Send it once; exactly one OutcomeArrived with its label follows."""
        if not self._is_up:
            self._emit(OutcomeArrived(Refused(order.label, self._why_down())))
            return
        self._send(lambda: self._exchange.place(order))

    def amend(self, change: Amendment) -> None:
        """Change a resting order; OrderChanged or CancelFailed follows."""
        if not self._is_up:
            self._emit(CancelFailed(change.order_id, self._why_down()))
            return
        self._send(lambda: self._exchange.amend(change))

    def cancel(self, order_id: str) -> None:
        """Cancel one order; OrderChanged or CancelFailed follows."""
        if not self._is_up:
            self._emit(CancelFailed(order_id, self._why_down()))
            return
        self._send(lambda: self._exchange.cancel(order_id))

    def cancel_label(self, label: str, instrument: str) -> None:
        """Cancel the order of a label whose id is not known; OrderChanged, or CancelFailed."""
        if not self._is_up:
            self._emit(CancelFailed(label, self._why_down()))
            return
        self._send(lambda: self._exchange.cancel_label(label, instrument))

    def cancel_all(self) -> None:
        """Cancel everything that rests."""
        if not self._is_up:
            self._emit(CancelFailed(ALL, self._why_down()))
            return
        self._send(self._exchange.cancel_all)

    def ask_label(self, label: str, instrument: str) -> None:
        """Say what became of a label; LabelAnswered follows, or silence while it is down."""
        del instrument
        if self._is_up:
            self._send(lambda: self._exchange.ask_label(label))

    def reconcile(self) -> None:
        """Tell the whole truth; Reconciled follows, or silence while it is down."""
        if self._is_up:
            self._send(self._exchange.reconcile)

    def state(self) -> LinkState:
        """For the screen: the public link's traffic, the paper account's state."""
        link = self._link
        return LinkState(
            "trading",
            self._is_up,
            self._status,
            link.messages,
            0,
            0,
            link.reconnects,
            link.age_ms,
            math.nan,
        )

    def service_state(self) -> ServiceState:
        """The thread that owns the account, for the screen."""
        return self._service.state()

    def _send(self, call: Call) -> None:
        self._inbox.put((time.monotonic() + self._latency_s, call))

    def _heard(self, fact: Public) -> None:
        self._inbox.put((0.0, lambda: self._learn(fact)))

    def _why_down(self) -> str:
        return f"trading link is down: {self._status}"

    # The paper thread.

    def _body(self, stopping: threading.Event) -> None:
        why = "the desk closed it"
        try:
            if not self._open(stopping):
                return
            while not stopping.is_set():
                self._turn()
        except (StartError, OSError) as error:
            why = str(error)
            log.error("the paper account stops: %s", why)
        finally:
            was_up, self._is_up = self._is_up, False
            self._status = f"down: {why}"
            self._journal.close()
            if was_up:
                self._emit(TradingLinkChanged(False, why))

    def _open(self, stopping: threading.Event) -> bool:
        """Read what was written, wait until the venue's time is known; False when asked to end."""
        self._status = "reading the paper account"
        self._exchange.restore(self._journal.load())
        self._journal.rewrite(self._exchange.whole())
        self._status = "waiting for the market"
        while not (self._board.catalog.by_name and self._board.is_venue_time_known):
            if stopping.wait(_STEP_S):
                return False
        self._upkeep.work(self._board.venue_now_ns())
        self._exchange.reconcile()
        self._exchange.commit()
        self._is_up, self._status = True, _LIVE
        self._emit(TradingLinkChanged(True))
        return True

    def _turn(self) -> None:
        """Take what came, do what is due, look at the market."""
        self._receive()
        now_s = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now_s:
            self._run(self._waiting.popleft()[1])
        sequence = self._board.sequence
        if sequence != self._sequence:
            self._sequence = sequence
            self._run(self._exchange.step)
        if now_s >= self._upkeep_at_s:
            self._upkeep_at_s = now_s + _UPKEEP_S
            self._run(self._keep_up)
        if self._is_long:
            self._is_long = False
            self._journal.rewrite(self._exchange.whole())

    def _receive(self) -> None:
        wait_s = _STEP_S
        if self._waiting:
            wait_s = min(wait_s, max(0.0, self._waiting[0][0] - time.monotonic()))
        try:
            due_s, call = self._inbox.get(timeout=wait_s) if wait_s else self._inbox.get_nowait()
        except queue.Empty:
            return
        if due_s:
            self._waiting.append((due_s, call))
        else:
            self._run(call)

    def _run(self, call: Call) -> None:
        call()
        self._exchange.commit()

    def _learn(self, fact: Public) -> None:
        if isinstance(fact, Traded):
            for trade in fact.trades:
                self._exchange.traded(trade)
        else:
            self._upkeep.delivered(fact.index, fact.prices)

    def _keep_up(self) -> None:
        self._upkeep.work(self._board.venue_now_ns())
        self._exchange.tell_money()
        self._link.want_trades(self._exchange.shelf.busy_names())

    def _write(self, change: Kept) -> None:
        self._is_long = self._journal.append(change)
