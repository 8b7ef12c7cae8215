"""Order commands out, their outcomes in: exactly one per command, and never a guess."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, assert_never

from core.domain.events import (
    CancelFailed,
    Fact,
    Filled,
    LabelAnswered,
    OrderChanged,
    OutcomeArrived,
)
from core.domain.fill import Fill
from core.domain.order import Amendment, NewOrder, OrderReport, OrderState
from core.domain.outcome import Accepted, Outcome, Refused, Unknown
from core.errors import MarketDataError
from core.venues.deribit.account import facts, requests
from core.venues.deribit.account.refusals import NOT_OPEN, UNPROVEN, sentence
from core.venues.deribit.answers import Answer, Failure, Lost, NotSent, Result, Then
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData

log = logging.getLogger(__name__)

ALL: Final = "all"
"""The order id in a CancelFailed that speaks of cancel_all."""


class Orders:
    """Turns commands into requests of a session, and answers into facts."""

    def __init__(self, session: Session, emit: Callable[[Fact], None]) -> None:
        self._session = session
        self._emit = emit
        self._being_cancelled: set[str] = set()
        """Ids and labels whose cancel waits or is on its way."""
        self._being_asked: set[str] = set()
        """Ids whose state is asked for: one question each, however often a cancel fails."""

    def place(self, order: NewOrder, now_s: float) -> None:
        """Send it; one OutcomeArrived follows, and never a second one for a late answer."""
        method, params = requests.place(order)
        self._session.ask(
            method,
            params,
            lambda answer: self._emit(OutcomeArrived(outcome_of(order.label, answer))),
            now_s,
            late=lambda answer: self._settle_late(order.label, answer),
        )

    def amend(self, change: Amendment, now_s: float) -> None:
        """Change a resting order; OrderChanged or CancelFailed follows."""
        method, params = requests.amend(change)

        def then(answer: Answer) -> None:
            self._changed(change.order_id, answer, self._amended)

        self._session.ask(method, params, then, now_s, late=_if_readable(self._amended))

    def cancel(self, order_id: str, now_s: float) -> None:
        """Cancel one order; OrderChanged or CancelFailed follows."""
        method, params = requests.cancel(order_id)

        def then(answer: Answer) -> None:
            self._changed(order_id, answer, self._cancelled)

        late = _if_readable(self._cancelled)
        self._ask_once(order_id, method, params, then, now_s, late)

    def cancel_label(self, label: str, instrument: str, now_s: float) -> None:
        """Cancel the order of a label; its end arrives by its channel, or when it is asked for."""
        method, params = requests.cancel_label(label, instrument)

        def then(answer: Answer) -> None:
            if not isinstance(answer, Result):
                self._emit(CancelFailed(label, _why(answer), is_certain=_is_certain(answer)))

        self._ask_once(label, method, params, then, now_s)

    def cancel_all(self, now_s: float) -> None:
        """Cancel everything; each order's end arrives by its channel."""

        def then(answer: Answer) -> None:
            if not isinstance(answer, Result):
                self._emit(CancelFailed(ALL, _why(answer), is_certain=_is_certain(answer)))

        self._ask_once(ALL, "private/cancel_all", {}, then, now_s)

    def _ask_once(
        self,
        name: str,
        method: str,
        params: Mapping[str, object],
        then: Then,
        now_s: float,
        late: Then | None = None,
    ) -> None:
        """Ask unless the same was asked and not answered yet: cancels wait long in a crowd."""
        if name in self._being_cancelled:
            return
        self._being_cancelled.add(name)

        def heard(answer: Answer) -> None:
            self._being_cancelled.discard(name)
            then(answer)

        self._session.ask(method, params, heard, now_s, late)

    def _changed(self, order_id: str, answer: Answer, take: Callable[[Result], None]) -> None:
        if isinstance(answer, Result):
            try:
                take(answer)
            except MarketDataError as error:
                self._emit(CancelFailed(order_id, str(error), is_certain=False))
                self._ask_state(order_id)
            return
        is_certain = _is_certain(answer)
        self._emit(CancelFailed(order_id, _why(answer), is_certain))
        if not is_certain or (isinstance(answer, Failure) and answer.error.code in NOT_OPEN):
            self._ask_state(order_id)

    def _amended(self, answer: Result) -> None:
        report, fills = facts.order_and_fills_of(answer.value)
        self._emit(OrderChanged(report))
        for fill in fills:
            self._emit(Filled(fill))

    def _cancelled(self, answer: Result) -> None:
        """The answer may still show a stop as it was; its success says that it is gone."""
        report = facts.order_of(answer.value)
        if report.state.is_working:
            report = replace(report, state=OrderState.CANCELLED, reason="user request")
        self._emit(OrderChanged(report))

    def _ask_state(self, order_id: str) -> None:
        """What we believed of an order may be wrong: let the venue say what it is."""
        if not self._session.is_logged_in:  # the next connection begins by asking for everything
            return
        if order_id in self._being_asked:
            return
        self._being_asked.add(order_id)

        def take(answer: Result) -> None:
            self._emit(OrderChanged(facts.order_of(answer.value)))

        def then(answer: Answer) -> None:
            self._being_asked.discard(order_id)
            _if_readable(take)(answer)

        params = {"order_id": order_id}
        self._session.ask("private/get_order_state", params, then, self._session.now_s)

    def _settle_late(self, label: str, answer: Answer) -> None:
        """An order whose outcome counted as unknown was answered after all."""
        outcome = outcome_of(label, answer)
        if isinstance(outcome, Accepted):
            self._emit(LabelAnswered(label, (outcome.report,), outcome.fills))
        elif isinstance(outcome, Refused):
            self._emit(LabelAnswered(label, (), refusal=outcome.reason))


def _if_readable(take: Callable[[Result], None]) -> Then:
    """`take` for results only; an unreadable one is logged, nobody waits for it any more."""

    def then(answer: Answer) -> None:
        if isinstance(answer, Result):
            try:
                take(answer)
            except MarketDataError as error:
                log.warning("%s", error)

    return then


def outcome_of(label: str, answer: Answer) -> Outcome:
    """What an answer proves about an order: only an error that says so is a refusal."""
    match answer:
        case Result(value):
            try:
                report, fills = facts.order_and_fills_of(value)
            except MarketDataError as error:
                return Unknown(label, str(error))
            return _outcome_of_report(label, report, fills)
        case Failure(error):
            return _outcome_of_error(label, error)
        case Lost(why):
            return Unknown(label, why)
        case NotSent(why):
            return Refused(label, why)
        case _:
            assert_never(answer)


def _outcome_of_report(label: str, report: OrderReport, fills: tuple[Fill, ...]) -> Outcome:
    if report.state is OrderState.REFUSED:
        return Refused(label, report.reason or "the venue rejected the order")
    return Accepted(label, report, fills)


def _outcome_of_error(label: str, error: ErrorData) -> Outcome:
    if error.code in UNPROVEN or not error.code:
        return Unknown(label, sentence(error))
    return Refused(label, sentence(error), error.code)


def _is_certain(answer: Failure | Lost | NotSent) -> bool:
    """True when it proves that nothing was done."""
    if isinstance(answer, Failure):
        return bool(answer.error.code) and answer.error.code not in UNPROVEN
    return isinstance(answer, NotSent)


def _why(answer: Failure | Lost | NotSent) -> str:
    return sentence(answer.error) if isinstance(answer, Failure) else answer.why
