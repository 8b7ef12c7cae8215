"""Faults on demand, scripted by tests and from the command line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from core.simulator.exchange import Exchange
from core.simulator.feeds.books import BookChannel
from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid
from core.simulator.server.credentials import Credentials
from core.simulator.world.prices.coins import NAMES, TIES

ORDER_METHODS = ("private/buy", "private/sell", "private/edit", "private/close_position")
BASIS_POINT = 1e-4


class Socket(Protocol):
    """What a fault can do to a session."""

    def cut(self) -> None:
        """Drop it without a close frame."""
        ...

    def hold(self, seconds: float) -> None:
        """Send nothing for a while."""
        ...

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        ...


@dataclass(slots=True)
class Faults:
    """What is waiting to go wrong."""

    exchange: Exchange
    credentials: Credentials
    sockets: Callable[[], Iterable[Socket]]
    answers: deque[str] = field(default_factory=deque)
    """For the next orders: `lost_reply`, or `refuse` with its error."""
    refusals: deque[RpcError] = field(default_factory=deque)
    next_error: RpcError | None = None
    delay_s: float = 0.0

    def inject(self, params: Params) -> str:
        """Arm one fault; raises for an unknown kind."""
        kind = params.text("kind")
        handler = {
            "cut": self._cut, "gap": self._tamper, "duplicate": self._tamper,
            "reorder": self._tamper, "silent": self._silent, "lost_reply": self._lose,
            "refuse": self._refuse, "jump": self._jump, "spread": self._spread,
            "delay": self._delay, "expire_tokens": self._expire, "maintenance": self._maintain,
            "too_many_requests": self._flood, "malformed": self._malformed,
        }.get(kind)  # fmt: skip
        if handler is None:
            raise invalid("kind", "invalid format")
        handler(params)
        return "ok"

    def before(self, method: str) -> None:
        """Raise what was armed against the next request or order."""
        if self.next_error is not None:
            error, self.next_error = self.next_error, None
            raise error
        if self.exchange.is_locked and method.startswith("private/"):
            raise RpcError(11051, "system_maintenance")
        if method in ORDER_METHODS and self.answers and self.answers[0] == "refuse":
            self.answers.popleft()
            raise self.refusals.popleft()

    def loses_answer(self, method: str) -> bool:
        """True when the answer of this order must not be sent."""
        if method in ORDER_METHODS and self.answers and self.answers[0] == "lost_reply":
            self.answers.popleft()
            return True
        return False

    def _cut(self, params: Params) -> None:
        del params
        for socket in list(self.sockets()):
            socket.cut()

    def _tamper(self, params: Params) -> None:
        kind, name = params.text("kind"), params.optional_text("channel")
        channels = [c for c in self.exchange.hub.book_channels() if name in (None, c.name)]
        if name is not None and not channels:
            raise invalid("channel", "not subscribed")
        for channel in channels:
            _add_tampering(channel, kind)

    def _silent(self, params: Params) -> None:
        seconds = _number(params, "seconds")
        for socket in self.sockets():
            socket.hold(seconds)

    def _lose(self, params: Params) -> None:
        del params
        self.answers.append("lost_reply")

    def _refuse(self, params: Params) -> None:
        code = params.whole("code", 11030)
        message = params.text("message", "other_reject simulated_refusal")
        self.answers.append("refuse")
        self.refusals.append(RpcError(code, message))

    def _jump(self, params: Params) -> None:
        coin = params.text("coin").upper()
        fraction = _number(params, "fraction")
        if coin not in NAMES:
            raise invalid("coin", "invalid currency")
        if not -0.9 <= fraction <= 10.0:
            raise invalid("fraction", "must lie between -0.9 and 10")
        self.exchange.world.coins.jump(coin, fraction)

    def _spread(self, params: Params) -> None:
        pair = params.text("pair", "ETH").upper()
        names = [NAMES[tie.follower] for tie in TIES]
        size = _number(params, "bp") * BASIS_POINT
        if pair not in names:
            raise invalid("pair", f"must be one of {', '.join(names)}")
        if abs(size) > 0.5:
            raise invalid("bp", "value is too high")
        self.exchange.world.coins.push_spread(names.index(pair), size)

    def _delay(self, params: Params) -> None:
        self.delay_s = _number(params, "seconds")

    def _expire(self, params: Params) -> None:
        del params
        self.credentials.expire_all()

    def _maintain(self, params: Params) -> None:
        self.exchange.is_locked = params.truth("on", True)

    def _flood(self, params: Params) -> None:
        del params
        self.next_error = RpcError(10028, "too_many_requests")

    def _malformed(self, params: Params) -> None:
        del params
        for socket in self.sockets():
            socket.send(b'{"jsonrpc":"2.0","method":"subscription","params":{"chan')


def _add_tampering(channel: BookChannel, kind: str) -> None:
    for known in ("gap", "duplicate", "reorder"):
        if known == kind:
            channel.tampering.append(known)


def _number(params: Params, key: str) -> float:
    value = params.decimal(key)
    if value is None:
        raise invalid(key, "value required")
    return float(value)
