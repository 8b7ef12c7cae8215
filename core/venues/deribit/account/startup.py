"""From a new socket to a trading link: login, safety net, subscriptions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.answers import Answer, Failure, Result
from core.venues.deribit.session import Session

log = logging.getLogger(__name__)

ORDERS: Final = "user.orders.any.any.raw"
TRADES: Final = "user.trades.any.any.raw"
PORTFOLIO: Final = "user.portfolio.any"


_SCOPE: Final = {"scope": "connection"}
"""Cancel what this connection placed, and nothing made elsewhere."""


class _SafetyNet(msgspec.Struct, frozen=True):
    """The answer of get_cancel_on_disconnect."""

    enabled: bool


class Startup:
    """One step after the other; the first that fails ends it with a reason."""

    def __init__(
        self, session: Session, ready: Callable[[], None], failed: Callable[[str], None]
    ) -> None:
        self._session = session
        self._ready = ready
        self._failed = failed
        self.step = ""
        """What is being done, in words."""
        self.is_swept_when_lost: bool | None = None
        """What the venue says of cancel on disconnect; None where it would not tell."""

    def begin(self, now_s: float) -> None:
        """Log in on a new socket; `ready` or `failed` follows."""
        self.step = "logging in"
        self.is_swept_when_lost = None
        self._session.open(now_s)
        self._session.login(self._logged_in, now_s)

    def _logged_in(self, answer: Answer) -> None:
        if self._is_done(answer, "the login failed"):
            self.step = "asking for cancel on disconnect"
            method = "private/enable_cancel_on_disconnect"
            self._session.ask(method, _SCOPE, self._is_safe, self._session.now_s)

    def _is_safe(self, answer: Answer) -> None:
        if self._is_done(answer, "cancel on disconnect was refused"):
            assert isinstance(answer, Result)
            if bytes(answer.value) != b'"ok"':
                self._failed("the venue did not say ok to cancel on disconnect")
                return
            self.step = "confirming cancel on disconnect"
            method = "private/get_cancel_on_disconnect"
            self._session.ask(method, _SCOPE, self._confirmed, self._session.now_s)

    def _confirmed(self, answer: Answer) -> None:
        """Only a clear no ends it: the venue has said yes, this is asking twice."""
        if not isinstance(answer, Result | Failure):
            self._is_done(answer, "cancel on disconnect was not confirmed")
            return
        self.is_swept_when_lost = _is_enabled(answer)
        if self.is_swept_when_lost is False:
            self._failed("the venue says that it does not cancel on disconnect")
            return
        self.step = "subscribing"
        params = {"channels": [ORDERS, TRADES, PORTFOLIO]}
        self._session.ask("private/subscribe", params, self._subscribed, self._session.now_s)

    def _subscribed(self, answer: Answer) -> None:
        if not self._is_done(answer, "the account's channels were refused"):
            return
        assert isinstance(answer, Result)
        try:
            channels = msgspec.json.decode(answer.value, type=list[str])
        except msgspec.MsgspecError as error:
            self._failed(f"the subscription's answer is unreadable: {error}")
            return
        missing = [one for one in (ORDERS, TRADES, PORTFOLIO) if one not in channels]
        if missing:
            self._failed(f"the venue does not offer {missing[0]}")
            return
        self.step = "reconciling"
        self._ready()

    def _is_done(self, answer: Answer, what: str) -> bool:
        if isinstance(answer, Result):
            return True
        why = sentence(answer.error) if isinstance(answer, Failure) else answer.why
        self._failed(f"{what}: {why}")
        return False


def _is_enabled(answer: Result | Failure) -> bool | None:
    """What it says; None when it says nothing that can be read."""
    if isinstance(answer, Failure):
        log.warning("cancel on disconnect could not be confirmed: %s", sentence(answer.error))
        return None
    try:
        return msgspec.json.decode(answer.value, type=_SafetyNet).enabled
    except msgspec.MsgspecError as error:
        log.warning("cancel on disconnect could not be confirmed: %s", error)
        return None
