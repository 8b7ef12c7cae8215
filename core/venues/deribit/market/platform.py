"""Follows the venue's state: asked at the start, told by its channels, betrayed by its errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from core.market.platform import Access, PlatformState
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData, Notification

log = logging.getLogger(__name__)

STATE: Final = "platform_state"
METHODS: Final = "platform_state.public_methods_state"
IN_MAINTENANCE: Final = 11051
NO_STRANGERS: Final = 11056
_AGAIN_S: Final = 5.0
"""While something is locked the venue is asked so often whether it still is."""
_CHECK_S: Final = 60.0


class _Status(msgspec.Struct, frozen=True):
    """public/status. The truth is a text on the wire and a boolean in the documents."""

    locked: str | bool = "false"
    locked_indices: list[str] = []


class _Frame(msgspec.Struct, frozen=True):
    """One frame of either channel; which fields there are depends on what happened."""

    price_index: str = ""
    locked: bool | None = None
    maintenance: bool | None = None
    allow_unauthenticated_public_requests: bool | None = None


class PlatformWatch:
    """The venue's state as one connection hears of it. Its link's core alone calls it."""

    def __init__(self, session: Session, tell: Callable[[PlatformState], None]) -> None:
        self._session = session
        self._tell = tell
        self._is_known = False
        self._is_locked = False
        self._in_maintenance = False
        self._locked_indices: set[str] = set()
        self._admits_strangers = True
        self._state = PlatformState()
        self._due_s = 0.0
        self._is_asked = False

    @property
    def channels(self) -> tuple[str, ...]:
        """What it wants to be subscribed to."""
        return (STATE, METHODS)

    def reset(self, now_s: float) -> None:
        """A new connection: what was known may be old."""
        self._due_s = now_s
        self._is_asked = False

    def tick(self, now_s: float) -> None:
        """Ask when it is time."""
        if now_s < self._due_s or self._is_asked:
            return
        self._is_asked = True
        self._session.ask("public/status", {}, self._answered, now_s)

    def heard(self, frame: Notification) -> None:
        """Fold in a frame of its channels; others are none of its business."""
        if frame.channel not in self.channels:
            return
        try:
            told = msgspec.json.decode(frame.data, type=_Frame)
        except msgspec.MsgspecError as error:
            log.warning("%s is unreadable: %s", frame.channel, error)
            return
        if told.maintenance is not None:
            self._in_maintenance = told.maintenance
            self._ask_soon(after_s=0.0)
        if told.locked is not None and told.price_index:
            change = self._locked_indices.add if told.locked else self._locked_indices.discard
            change(told.price_index)
        if told.allow_unauthenticated_public_requests is not None:
            self._admits_strangers = told.allow_unauthenticated_public_requests
        self._publish()

    def failed(self, error: ErrorData) -> None:
        """An error answer to any request may tell the venue's state."""
        if error.code == IN_MAINTENANCE:
            self._in_maintenance = True
            self._ask_soon(_AGAIN_S)
        elif error.code == NO_STRANGERS:
            self._admits_strangers = False
        else:
            return
        self._publish()

    def _ask_soon(self, after_s: float) -> None:
        self._due_s = min(self._due_s, self._session.now_s + after_s)

    def _answered(self, answer: Answer) -> None:
        self._is_asked = False
        if isinstance(answer, Result):
            try:
                self._fold(msgspec.json.decode(answer.value, type=_Status))
            except msgspec.MsgspecError as error:
                log.warning("the answer of public/status is unreadable: %s", error)
        is_usual = self._state.access is Access.OPEN
        self._due_s = self._session.now_s + (_CHECK_S if is_usual else _AGAIN_S)

    def _fold(self, status: _Status) -> None:
        locked = str(status.locked).lower()
        self._is_known = True
        self._is_locked = locked == "true"
        self._in_maintenance = self._in_maintenance and locked == "true"
        self._locked_indices = set(status.locked_indices) if locked == "partial" else set()
        self._publish()

    def _publish(self) -> None:
        state = PlatformState(
            self._access(), tuple(sorted(self._locked_indices)), self._admits_strangers
        )
        if state == self._state:
            return
        if state.words != self._state.words:
            log.warning("the venue is %s", state.words or "open again")
        self._state = state
        self._tell(state)

    def _access(self) -> Access:
        if self._in_maintenance:
            return Access.MAINTENANCE
        if self._is_locked:
            return Access.LOCKED
        if self._locked_indices:
            return Access.PARTLY_LOCKED
        return Access.OPEN if self._is_known else Access.UNKNOWN
