"""How each fault of the exchange is aimed, so that it meets the moment it is meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Params = Mapping[str, object]


class Moment(Enum):
    """When trouble comes."""

    LOGIN = "before auth"
    SUBSCRIBING = "while subscribing"
    IN_FLIGHT = "order in flight"
    HALF_FILLED = "half-filled"
    SETTLEMENT = "during settlement"


OF_FRAMES = ("gap", "duplicate", "reorder")
OF_REQUESTS = ("slow", "lost_reply", "refuse", "unauthorized", "too_many_requests")
OF_BOOKS = (*OF_FRAMES, "delay", "malformed", "cut", "silent", "restart", "empty")
"""After these every book is compared, after the others a sample."""
_BUSY = ("book.*-PERPETUAL.100ms", "book.BTC-*[0-9].100ms")
"""Perpetuals and dated futures."""
_METHOD = {
    Moment.LOGIN: "public/auth",
    Moment.SUBSCRIBING: "p*/subscribe",
}
_STRUCK: Mapping[str, tuple[Params, float]] = {
    "delay": ({"seconds": 1.3}, 1.8),
    "out_of_order": ({"count": 2}, 0.0),
    "expire_tokens": ({}, 0.0),
    "cut": ({}, 0.0),
    "silent": ({"seconds": 3}, 3.0),
    "half_open": ({"seconds": 4}, 2.5),
    "heartbeat_close": ({}, 0.0),
    "malformed": ({"count": 3}, 0.0),
    "oversized": ({"megabytes": 4}, 0.0),
    "settlement": ({"seconds": 1.5}, 1.5),
    "maintenance": ({"seconds": 2}, 2.0),
    "restart": ({"seconds": 1.5}, 1.5),
    "jump": ({"coin": "BTC", "fraction": 0.03}, 0.5),
    "spread": ({"pair": "ETH", "bp": 150}, 0.5),
    "storm": ({"seconds": 1.5}, 1.5),
    "widen": ({"seconds": 1.5, "factor": 6}, 1.5),
    "empty": ({"seconds": 1.5}, 1.5),
}
"""What comes at once, and how many seconds it lasts."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One fault at one moment."""

    armed: tuple[Params, ...] = ()
    """Set before the moment: they wait for a request or a frame."""
    struck: tuple[Params, ...] = ()
    """Let loose in the moment."""
    ended: tuple[Params, ...] = ()
    """What takes it back."""
    lasts_s: float = field(default=0.0)
    """Nothing can be well before so many seconds."""


def aim(kind: str, moment: Moment, account: str) -> Aim:
    """The fault `kind`, meant for `moment` of the desk that trades on `account`."""
    if kind in OF_FRAMES:
        return _frames(kind, moment, account)
    if kind in OF_REQUESTS:
        return _requests(kind, moment, account)
    if kind == "cut" and moment is Moment.IN_FLIGHT:
        return Aim(({"kind": kind, "after": "orders", "client": account},), ({"kind": kind},))
    params, lasts_s = _STRUCK[kind]
    ended = ({"kind": "delay", "seconds": 0},) if kind == "delay" else ()
    return Aim((), ({"kind": kind, **params},), ended, lasts_s)


def _frames(kind: str, moment: Moment, account: str) -> Aim:
    """Busy books, because a lost frame is known by the next one, and in a quiet one below the top
    only once it is read: one a second, minutes for a crowd. Own frames once there are some."""
    books = tuple({"kind": kind, "count": 2, "channel": one} for one in _BUSY)
    own: Params = {"kind": kind, "channel": "user.*", "client": account, "count": 2}
    return Aim(() if moment in _METHOD else (own,), books, (), 0.5)


def _requests(kind: str, moment: Moment, account: str) -> Aim:
    late: Params = {"seconds": 1.4} if kind == "slow" else {}
    if moment in _METHOD:
        count = 1 if kind == "too_many_requests" else 3
        return Aim(({"kind": kind, "method": _METHOD[moment], "count": count, **late},))
    return Aim(({"kind": kind, "method": "orders", "client": account, **late},))
