"""What became of a label: its orders and what they traded, asked until the answer is sure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Raw

from core.domain.events import LabelAnswered
from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.errors import MarketDataError
from core.venues.deribit.account import facts, requests
from core.venues.deribit.answers import Answer, Result, Then
from core.venues.deribit.session import Session

log = logging.getLogger(__name__)
T = TypeVar("T")

_AGAIN_AFTER_S: Final = 1.0
_TRIES: Final = 5
_EMPTY_ANSWERS: Final = 2
"""So many times nothing, a second apart, before it is believed: the order may be on its way."""


class LabelQuery:
    """One question about one label. Ends with one LabelAnswered, or in silence with the link."""

    def __init__(
        self,
        session: Session,
        label: str,
        instrument: str,
        done: Callable[[LabelAnswered], None],
    ) -> None:
        self._session = session
        self._label = label
        self._instrument = instrument
        self._done = done
        self._reports: tuple[OrderReport, ...] = ()
        self._fills: dict[str, Fill] = {}
        self._waiting: set[str] = set()
        self._empty = 0
        self._tries = 0
        self._again_at_s: float | None = None
        self.is_over = False

    def start(self, now_s: float) -> None:
        """Ask for the label's orders."""
        self._again_at_s = None
        self._tries += 1
        method, params = requests.state_by_label(self._label, self._instrument)
        self._session.ask(method, params, self._orders, now_s)

    def tick(self, now_s: float) -> None:
        """Ask again when a pause is over."""
        if self._again_at_s is not None and now_s >= self._again_at_s:
            self.start(now_s)

    def _orders(self, answer: Answer) -> None:
        found = self._read(answer, facts.orders_of)
        if found is None:
            return
        if not found:
            self._nothing()
            return
        self._reports = found
        self._waiting = {one.order_id for one in found if one.filled}
        for order_id in sorted(self._waiting):
            method, params = requests.trades_of_order(order_id)
            self._session.ask(method, params, self._trades_of(order_id), self._session.now_s)
        self._finish()

    def _trades_of(self, order_id: str) -> Then:
        def then(answer: Answer) -> None:
            found = self._read(answer, facts.fills_of)
            if found is not None:
                self._fills |= {one.trade_id: one for one in found}
                self._waiting.discard(order_id)
                self._finish()

        return then

    def _nothing(self) -> None:
        self._empty += 1
        if self._empty < _EMPTY_ANSWERS:
            self._again_at_s = self._session.now_s + _AGAIN_AFTER_S
            return
        method, params = requests.trades_of_instrument(self._instrument)
        self._session.ask(method, params, self._trades, self._session.now_s)

    def _trades(self, answer: Answer) -> None:
        """The venue forgets orders sooner than what they traded."""
        found = self._read(answer, facts.fills_of)
        if found is not None:
            self._fills |= {one.trade_id: one for one in found if one.label == self._label}
            self._finish()

    def _read(self, answer: Answer, read: Callable[[Raw], T]) -> T | None:
        """The answer's content; None when there is none and the question is put off."""
        try:
            if isinstance(answer, Result):
                return read(answer.value)
            problem = str(answer)
        except MarketDataError as error:
            problem = str(error)
        log.warning("label %s could not be asked: %s", self._label, problem)
        self._waiting.clear()
        if self._tries < _TRIES:
            self._again_at_s = self._session.now_s + _AGAIN_AFTER_S
        else:
            self.is_over = True
        return None

    def _finish(self) -> None:
        if not self._waiting and not self.is_over:
            self.is_over = True
            fills = tuple(sorted(self._fills.values(), key=lambda one: one.at_ns))
            self._done(LabelAnswered(self._label, self._reports, fills))
