"""The protocol without a socket: requests, answers, login, heartbeat, rate limits.

A link feeds it decoded frames and the time, and sends what stands in its outbox. Every request
gets exactly one answer: a result, a failure, or the knowledge that none came.
"""

from __future__ import annotations

import itertools
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from core.clock import NS_PER_MS, NS_PER_S, Clock
from core.venues.deribit.answers import Answer, Failure, Lost, NotSent, Result, Then
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.limits import Lane, Limits, lane_of
from core.venues.deribit.login import refreshed_login, signed_login
from core.venues.deribit.wire import ErrorData, Heartbeat, Reply
from core.venues.link.traffic import Delays

log = logging.getLogger(__name__)

TOO_MANY_REQUESTS: Final = 10028
UNAUTHORIZED: Final = 13009
_REFRESH_AT: Final = 0.8
"""The share of a token's life after which it is replaced."""
_LATE_KEPT: Final = 1_000
_EARLIEST_US: Final = 1.2e15
_LATEST_US: Final = 4.2e15
"""2008 and 2103: what lies outside is no time of the venue."""
_QUICK_S: Final = 1.0
"""An answer that took longer tells the venue's clock too badly, once a better one is known."""
_ROUND_TRIPS_S: Final = 60.0
"""Requests are rare, so their delays are remembered longer than those of frames."""
_LEAST_TIMEOUT_S: Final = {Lane.LISTING: 30.0, Lane.SUBSCRIBE: 15.0}
"""Answers that are long, or wait for a crowd, get more time than an order."""
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_IDS: Final = itertools.count(1)


class _Tokens(msgspec.Struct, frozen=True):
    """What public/auth gives; the socket itself carries the access."""

    refresh_token: str
    expires_in: float

    def __repr__(self) -> str:
        return "_Tokens(...)"


@dataclass(slots=True)
class _Asked:
    method: str
    params: Mapping[str, object]
    then: Then
    late: Then | None
    deadline_s: float
    timeout_s: float
    sent_s: float = 0.0


class Session:
    """One connection's conversation. Not thread-safe: its link holds a lock or is alone."""

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        credentials: Credentials | None = None,
        timeout_s: float = 5.0,
        silence_s: float = 15.0,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._silence_s = silence_s
        self._probe_s = silence_s / 2
        self._heartbeat_s = min(30, max(10, int(silence_s * 2 / 3)))
        self._outbox: list[bytes] = []
        self._waiting: dict[Lane, deque[_Asked]] = {lane: deque() for lane in Lane}
        self._sent: dict[int, _Asked] = {}
        self._late: OrderedDict[int, _Asked] = OrderedDict()
        self._probes: dict[int, float] = {}
        self._refresh_token = Secret("")
        self._refresh_at_s: float | None = None
        self._is_logging_in = False
        self._signs_by_venue_clock = False
        self._heard_at_s = 0.0
        self._probed_at_s = 0.0
        self.now_s = 0.0
        """The newest time it was told, for those who are called back."""
        self.is_logged_in = False
        self.broken = ""
        """Why this connection must be made anew; empty while it is sound."""
        self.skew_ms = 0.0
        """How far the venue's clock is ahead of ours by its last answer; 0 before one."""
        self.round_trips = Delays(_ROUND_TRIPS_S)
        """Of every request that was answered; a long list or a crowd of channels takes longer."""
        self.on_failure: Callable[[ErrorData], None] = _nothing
        """Hears of every error answer, before who asked."""

    # A connection's life.

    def open(self, now_s: float) -> None:
        """A new socket stands: ask for heartbeats. Nothing of the last one is left."""
        self.lose("a new connection was made")
        self.now_s = now_s
        self._outbox.clear()
        self._probes.clear()
        self._heard_at_s = self._probed_at_s = now_s
        self._refresh_at_s = None
        self._is_logging_in = self.is_logged_in = False
        self.broken = ""
        self.ask("public/set_heartbeat", {"interval": self._heartbeat_s}, _ignore, now_s)

    def lose(self, why: str) -> None:
        """The socket is gone: every request is answered by saying so."""
        self.is_logged_in = False
        self._late.clear()
        waiting = [asked for lane in Lane for asked in self._waiting[lane]]
        for lane in Lane:
            self._waiting[lane].clear()
        sent, self._sent = list(self._sent.values()), {}
        for asked in sent:
            asked.then(Lost(why))
        for asked in waiting:
            asked.then(NotSent(why))

    def outgoing(self) -> list[bytes]:
        """The frames to send now, in order; they are handed out once."""
        if not self._outbox:
            return []
        frames, self._outbox = self._outbox, []
        return frames

    # Asking.

    def ask(
        self,
        method: str,
        params: Mapping[str, object],
        then: Then,
        now_s: float,
        late: Then | None = None,
    ) -> None:
        """Send a request as soon as the rate limits allow; `then` hears its one answer.

        `late` hears an answer that comes after `then` was told that none came.
        """
        self.now_s = now_s
        deadline_s = now_s + self._timeout_s
        asked = _Asked(method, params, then, late, deadline_s, self._timeout_s)
        self._waiting[lane_of(method)].append(asked)
        self._flush(now_s)

    def login(self, then: Then, now_s: float) -> None:
        """Log in by signature; the token is replaced before it ends."""
        if self._credentials is None:
            then(NotSent("there is no client id and secret to log in with"))
            return
        # The venue refuses stamps that are a minute off: after a refusal its own clock is used.
        skew_ms = int(self.skew_ms) if self._signs_by_venue_clock else 0
        wall_ms = self._clock.now_ns() // NS_PER_MS + skew_ms

        def heard(answer: Answer) -> None:
            if isinstance(answer, Failure):
                self._signs_by_venue_clock = not self._signs_by_venue_clock
            then(answer)

        self._authenticate(signed_login(self._credentials, wall_ms), heard, now_s)

    # Hearing.

    def take(self, frame: Reply | Heartbeat, now_s: float) -> None:
        """Fold in one frame that is not market data."""
        self.now_s = now_s
        if isinstance(frame, Heartbeat):
            if frame.type == "test_request":
                self._probe(now_s)
            return
        if isinstance(frame.id, int):
            self._measure(frame.id, frame.received_us, now_s)
            self._answered(frame.id, _answer_of(frame), now_s)
        else:
            log.warning("the venue could not read a request: %s", frame.error)

    def heard(self, now_s: float) -> None:
        """Something arrived, whatever it was."""
        self._heard_at_s = now_s

    def silent_s(self, now_s: float) -> float:
        """Seconds since something arrived."""
        return now_s - self._heard_at_s

    def tick(self, now_s: float) -> None:
        """Let time pass: time-outs, the token's refresh, a probe into silence, waiting requests."""
        self.now_s = now_s
        if not self.broken and self.silent_s(now_s) > self._silence_s:
            self.broken = f"no message for {self._silence_s:g} s"
        self._expire(now_s)
        if self._refresh_at_s is not None and now_s >= self._refresh_at_s:
            self._refresh_at_s = None
            params = refreshed_login(self._refresh_token)
            self._authenticate(params, self._refreshed, now_s)
        if now_s - max(self._heard_at_s, self._probed_at_s) >= self._probe_s:
            self._probed_at_s = now_s
            self._probe(now_s)
        self._flush(now_s)

    # Inside.

    def _probe(self, now_s: float) -> None:
        """Ask for a sign of life, past the rate limits: it keeps the connection."""
        id_ = next(_IDS)
        self._probes = {id_: now_s}
        self._put(id_, "public/test", {})

    def _measure(self, id_: int, received_us: float, now_s: float) -> None:
        """How long an answer took, and what the venue's clock said meanwhile."""
        asked = self._sent.get(id_)
        sent_s = self._probes.pop(id_, None) if asked is None else asked.sent_s
        if sent_s is None:
            return
        took_s = now_s - sent_s
        self.round_trips.add(took_s * 1e3, now_s)
        is_telling = took_s < _QUICK_S or not self.skew_ms
        if is_telling and _EARLIEST_US < received_us < _LATEST_US:
            middle_ns = self._clock.now_ns() - took_s / 2 * NS_PER_S
            self.skew_ms = received_us / 1e3 - middle_ns / NS_PER_MS

    def _put(self, id_: int, method: str, params: Mapping[str, object]) -> None:
        request = {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}
        self._outbox.append(_encode(request))

    def _flush(self, now_s: float) -> None:
        self._drop_late_orders(now_s)
        for lane in Lane:
            waiting = self._waiting[lane]
            while waiting and self._limits.may_send(lane, now_s):
                asked = waiting.popleft()
                asked.timeout_s = max(self._timeout_s, _LEAST_TIMEOUT_S.get(lane, 0.0))
                asked.deadline_s = now_s + asked.timeout_s
                id_ = next(_IDS)
                asked.sent_s = now_s
                self._sent[id_] = asked
                self._put(id_, asked.method, asked.params)

    def _answered(self, id_: int, answer: Answer, now_s: float) -> None:
        asked = self._sent.pop(id_, None)
        if asked is None:
            late = self._late.pop(id_, None)
            if late is not None and late.late is not None:
                late.late(answer)
            return
        if isinstance(answer, Failure):
            self.on_failure(answer.error)
            self._failed(asked, answer.error, now_s)
        asked.then(answer)

    def _failed(self, asked: _Asked, error: ErrorData, now_s: float) -> None:
        if error.code == TOO_MANY_REQUESTS:
            self._limits.exhausted(lane_of(asked.method), now_s)
            self.broken = "the venue counted too many requests"
        elif error.code == UNAUTHORIZED and asked.method.startswith("private/"):
            self._log_in_again()

    def _expire(self, now_s: float) -> None:
        for id_ in [id_ for id_, asked in self._sent.items() if now_s >= asked.deadline_s]:
            asked = self._sent.pop(id_)
            self._late[id_] = asked
            asked.then(Lost(f"no answer within {asked.timeout_s:g} s"))
        while len(self._late) > _LATE_KEPT:
            self._late.popitem(last=False)

    def _drop_late_orders(self, now_s: float) -> None:
        """A late cancel is still wanted, a late order is not."""
        orders = self._waiting[Lane.ORDER]
        while orders and now_s >= orders[0].deadline_s:
            orders.popleft().then(NotSent(f"the rate limit held it for {self._timeout_s:g} s"))

    def _authenticate(self, params: Mapping[str, object], then: Then, now_s: float) -> None:
        self._is_logging_in = True
        self.ask("public/auth", params, lambda answer: self._logged_in(answer, then), now_s)

    def _logged_in(self, answer: Answer, then: Then) -> None:
        self._is_logging_in = False
        self.is_logged_in = False
        if isinstance(answer, Result):
            try:
                tokens = msgspec.json.decode(answer.value, type=_Tokens)
            except msgspec.MsgspecError as error:
                then(Lost(f"the login's answer is unreadable: {error}"))
                return
            self.is_logged_in = True
            self._refresh_token = Secret(tokens.refresh_token)
            self._refresh_at_s = self.now_s + _REFRESH_AT * tokens.expires_in
            answer = Result(msgspec.Raw(b'"ok"'))  # the tokens stay here
        then(answer)

    def _refreshed(self, answer: Answer) -> None:
        if isinstance(answer, Failure):
            self._log_in_again()
        elif isinstance(answer, Lost):
            self.broken = "the login could not be renewed"

    def _log_in_again(self) -> None:
        if self._credentials is not None and not self._is_logging_in:
            self.login(self._logged_in_again, self.now_s)

    def _logged_in_again(self, answer: Answer) -> None:
        if not isinstance(answer, Result):
            self.broken = "the login was refused when it was renewed"


def _answer_of(reply: Reply) -> Answer:
    if reply.error is not None:
        return Failure(reply.error)
    if not bytes(reply.result):
        return Lost("the answer has neither result nor error")
    return Result(reply.result)


def _nothing(_error: ErrorData) -> None:
    """Nobody listens."""


def _ignore(_answer: Answer) -> None:
    """For requests whose answer changes nothing."""
