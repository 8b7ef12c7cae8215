"""Which channels a connection should hold, holds, and still has to ask for.

Talks through a session; merges what is asked in bursts; a book that lost frames is left and
joined again, because the venue sends a snapshot only for a new subscription.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from core.venues.deribit.answers import Answer, Failure, Result
from core.venues.deribit.session import Session
from core.venues.deribit.wire import ErrorData

log = logging.getLogger(__name__)

REQUEST_BYTES: Final = 30_000
"""The venue refuses requests above 32,768 bytes, however many channels are in them; this leaves
room for the envelope."""
RAW_DENIED: Final = 13778
"""raw_subscriptions_not_available_for_unauthorized."""
_AGAIN_AFTER_S: Final = 2.0
_UNDER_WAY: Final = 2
"""Requests that may wait for an answer: what is wanted meanwhile goes together in the next one.
The venue allows three a second, and a bad moment may cost hundreds of books a frame."""


class Subscriptions:
    """The channels of one connection. Its link's core alone calls it.

    `denied` hears the error of a whole request that was refused, and may want other channels.
    """

    def __init__(
        self, session: Session, denied: Callable[[ErrorData], None], scope: str = "public"
    ) -> None:
        self._session = session
        self._denied = denied
        self._scope = scope
        self._wanted: dict[str, None] = {}
        self._held: set[str] = set()
        self._joining: set[str] = set()
        self._leaving: set[str] = set()
        self._refused: set[str] = set()
        self._renewing: dict[str, None] = {}
        self._under_way = 0
        self._again_at_s = 0.0
        self._is_settled = True

    @property
    def is_complete(self) -> bool:
        """True when every wanted channel is held or was refused."""
        return all(channel in self._held or channel in self._refused for channel in self._wanted)

    def holds(self, channel: str) -> bool:
        """True when the venue acknowledged it and it is not being left."""
        return channel in self._held

    def reset(self) -> None:
        """A new socket holds nothing."""
        for channels in (self._held, self._joining, self._leaving, self._refused):
            channels.clear()
        self._renewing.clear()
        self._under_way = 0
        self._again_at_s = 0.0
        self._is_settled = False

    def want(self, channels: Iterable[str]) -> None:
        """Hold exactly these, asked for in this order; refused ones are tried once more."""
        self._wanted = dict.fromkeys(channels)
        self._refused.clear()
        self._again_at_s = 0.0
        self._is_settled = False

    def renew(self, channels: Iterable[str], now_s: float) -> None:
        """Leave and join again, for a new snapshot; what is under way is not asked twice."""
        self._renewing |= dict.fromkeys(one for one in channels if one in self._held)
        self._is_settled = False
        self.work(now_s)

    def work(self, now_s: float) -> None:
        """Ask for what is missing and leave what is no longer wanted."""
        if self._is_settled or now_s < self._again_at_s or self._under_way >= _UNDER_WAY:
            return
        self._is_settled = True
        unwanted = self._held - self._wanted.keys()
        self._leave(sorted(unwanted | (self._held & self._renewing.keys())), now_s)
        self._renewing.clear()
        missing = [one for one in self._wanted if self._is_missing(one)]
        for chunk in chunks(missing):
            self._joining.update(chunk)
            self._ask("subscribe", chunk, now_s)

    def _is_missing(self, channel: str) -> bool:
        known = (self._held, self._joining, self._leaving, self._refused)
        return not any(channel in channels for channels in known)

    def _leave(self, channels: list[str], now_s: float) -> None:
        for chunk in chunks(channels):
            self._held.difference_update(chunk)
            self._leaving.update(chunk)
            self._ask("unsubscribe", chunk, now_s)

    def _ask(self, verb: str, chunk: list[str], now_s: float) -> None:
        def then(answer: Answer) -> None:
            self._under_way -= 1
            if verb == "subscribe":
                self._joined(chunk, answer)
            else:
                self._left(chunk, answer)

        self._under_way += 1
        self._session.ask(f"{self._scope}/{verb}", {"channels": chunk}, then, now_s)

    def _joined(self, chunk: list[str], answer: Answer) -> None:
        self._joining.difference_update(chunk)
        self._is_settled = False
        accepted = _channels(answer)
        if accepted is None:
            log.warning("%d channels were not subscribed: %s", len(chunk), answer)
            self._again_at_s = self._session.now_s + _AGAIN_AFTER_S
            if isinstance(answer, Failure):
                self._denied(answer.error)
            return
        self._held |= accepted
        if refused := [one for one in chunk if one not in accepted]:
            self._refused.update(refused)
            log.warning("%d channels are unknown to the venue, as %s", len(refused), refused[0])
            if any(one.endswith(".raw") for one in refused):
                self._denied(ErrorData(RAW_DENIED, "raw channels were left out"))

    def _left(self, chunk: list[str], answer: Answer) -> None:
        self._leaving.difference_update(chunk)
        self._is_settled = False
        if not isinstance(answer, Result):
            self._held.update(chunk)
            self._again_at_s = self._session.now_s + _AGAIN_AFTER_S


def _channels(answer: Answer) -> set[str] | None:
    """The channels an answer confirms; None when it confirms nothing."""
    try:
        return (
            set(msgspec.json.decode(answer.value, type=list[str]))
            if isinstance(answer, Result)
            else None
        )
    except msgspec.MsgspecError:
        return None


def chunks(channels: Iterable[str], limit: int = REQUEST_BYTES) -> Iterator[list[str]]:
    """`channels` in order, cut so that each list stays below `limit` bytes as JSON."""
    chunk: list[str] = []
    size = 0
    for channel in channels:
        cost = len(channel) + 3
        if chunk and size + cost > limit:
            yield chunk
            chunk, size = [], 0
        chunk.append(channel)
        size += cost
    if chunk:
        yield chunk
