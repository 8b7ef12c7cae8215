"""From a new socket to a trading link: login, safety net, subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.answers import Answer, Failure, Result
from core.venues.deribit.session import Session

ORDERS: Final = "user.orders.any.any.raw"
TRADES: Final = "user.trades.any.any.raw"
PORTFOLIO: Final = "user.portfolio.any"


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

    def begin(self, now_s: float) -> None:
        """Log in on a new socket; `ready` or `failed` follows."""
        self.step = "logging in"
        self._session.open(now_s)
        self._session.login(self._logged_in, now_s)

    def _logged_in(self, answer: Answer) -> None:
        if self._is_done(answer, "the login failed"):
            self.step = "asking for cancel on disconnect"
            method = "private/enable_cancel_on_disconnect"
            params = {"scope": "connection"}
            self._session.ask(method, params, self._is_safe, self._session.now_s)

    def _is_safe(self, answer: Answer) -> None:
        if self._is_done(answer, "cancel on disconnect was refused"):
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
