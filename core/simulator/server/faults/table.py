"""The faults as data: their names, their parameters, and what they do. The one place to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Setting: TypeAlias = float | str | bool | None
"""A parameter's value; its kind is that of the default, None stands for a text left out."""
ORDERS = "orders"
"""Stands for every method that places or changes an order."""
MOST_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `name=value` of a fault."""

    name: str
    default: Setting
    says: str
    low: float = 0.0
    high: float = MOST_SECONDS
    """Bounds of a number."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One fault."""

    name: str
    says: str
    parameters: tuple[Parameter, ...] = ()

    def row(self) -> dict[str, object]:
        """As simulator/faults lists it."""
        params = [{"name": p.name, "default": p.default, "says": p.says} for p in self.parameters]
        return {"kind": self.name, "params": params, "says": self.says}


CLIENT = Parameter("client", None, "only sockets of this client id; all when left out")
METHOD = Parameter("method", ORDERS, "the method, * for any, orders for buy, sell, edit and close")
ANY_METHOD = Parameter("method", "*", "the method, * for any, orders for buy, sell, edit and close")
COUNT = Parameter("count", 1, "how often", 1, 100_000)
CHANNEL = Parameter("channel", None, "the channel, * allowed; every order book when left out")
INSTRUMENT = Parameter("instrument", "*", "the instrument, * for any, BTC-* for those of one coin")


def _seconds(default: float, says: str) -> Parameter:
    return Parameter("seconds", default, says)


_FRAMES = (CHANNEL, COUNT, CLIENT)
_KINDS = (
    FaultKind("gap", "the next frame of a channel is lost", _FRAMES),
    FaultKind("duplicate", "the next frame of a channel comes twice", _FRAMES),
    FaultKind("reorder", "the next two frames of a channel change places", _FRAMES),
    FaultKind("delay", "answers, frames or both come late until it is set to 0 seconds", (
        _seconds(1.0, "how late"),
        Parameter("what", "both", "answers, frames or both"),
        CLIENT,
    )),
    FaultKind("slow", "the next answers come late while others pass them", (
        _seconds(2.0, "how late"), ANY_METHOD, COUNT, CLIENT,
    )),
    FaultKind("out_of_order", "the next answers of a socket come in reversed order", (
        Parameter("count", 2, "how many answers", 2, 1_000), CLIENT,
    )),
    FaultKind("lost_reply", "a request is carried out and its answer never comes",
              (METHOD, COUNT, CLIENT)),
    FaultKind("refuse", "a request is refused", (
        Parameter("code", 11030, "the error's code", -100_000, 100_000),
        Parameter("message", "other_reject simulated_refusal", "the error's message"),
        METHOD, COUNT, CLIENT,
    )),
    FaultKind("unauthorized", "a request is answered 13009 although the token is good",
              (Parameter("method", "private/*", "the method, * for any"), COUNT, CLIENT)),
    FaultKind("too_many_requests", "a request is answered 10028 and the session closed",
              (ANY_METHOD, COUNT, CLIENT)),
    FaultKind("expire_tokens", "access tokens end, refresh tokens stay good", (CLIENT,)),
    FaultKind("cut", "sockets break without a close frame", (
        Parameter("after", None, "not now but when this method was carried out; orders for any"),
        Parameter("answered", False, "whether that request is still answered"),
        CLIENT,
    )),
    FaultKind("silent", "sockets send nothing for a while, then everything",
              (_seconds(5.0, "how long"), CLIENT)),
    FaultKind("half_open", "sockets neither read nor send nor close, then break",
              (_seconds(60.0, "how long"), CLIENT)),
    FaultKind("heartbeat_close", "sockets are closed with 4000 heartbeat close", (CLIENT,)),
    FaultKind("malformed", "a frame that ends in the middle is sent", (COUNT, CLIENT)),
    FaultKind("oversized", "one frame of several megabytes is sent", (
        Parameter("megabytes", 4.0, "how large", 0.1, 64.0), CLIENT,
    )),
    FaultKind("settlement", "orders are refused with 10041", (_seconds(3.0, "how long"),)),
    FaultKind("maintenance", "sockets close, then requests are refused with 11051", (
        _seconds(30.0, "how long; 0 until it is ended"),
        Parameter("on", True, "false ends it"),
    )),
    FaultKind("restart", "sockets break and nobody is let in for a while",
              (_seconds(5.0, "how long"),)),
    FaultKind("jump", "a coin's price moves at once and what is tied to it follows", (
        Parameter("coin", "BTC", "the coin"),
        Parameter("fraction", 0.05, "0.05 is up 5 percent", -0.9, 10.0),
    )),
    FaultKind("spread", "a cointegrated pair is pushed apart", (
        Parameter("pair", "ETH", "the coin that moves: ETH or AVAX"),
        Parameter("bp", 100.0, "basis points", -5_000.0, 5_000.0),
    )),
    FaultKind("storm", "the market turns stormy; it calms down by itself, at the latest then", (
        _seconds(300.0, "how long at most"),
    )),
    FaultKind("widen", "the makers quote wider", (
        Parameter("factor", 5.0, "how many times as wide", 1.0, 1_000.0),
        INSTRUMENT, _seconds(30.0, "how long"),
    )),
    FaultKind("empty", "the makers leave and their quotes with them",
              (INSTRUMENT, _seconds(30.0, "how long"))),
)  # fmt: skip
TABLE = {kind.name: kind for kind in _KINDS}
