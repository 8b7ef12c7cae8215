"""Trouble on demand: what the simulated exchange can be asked to do wrong, and the asking.

The exchange alone knows its faults; nothing here names one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import msgspec

from core.errors import VenueError

Value = str | float | int | bool
_LIST: Final = "simulator/faults"
_ARM: Final = "simulator/fault"
_TIMEOUT_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class FaultParam:
    """One value a fault takes."""

    name: str
    default: Value | None = None
    """None: nothing, or whatever the exchange thinks fit."""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble the exchange can make."""

    kind: str
    params: tuple[FaultParam, ...] = ()
    """In the order in which they are typed."""
    says: str = ""
    """What happens, in one sentence."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A fault to be armed, with the values that were named; all others keep their defaults."""

    kind: str
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def words(self) -> str:
        """`silent seconds 5`."""
        return " ".join([self.kind, *(f"{name} {value}" for name, value in self.values)])


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""
    data: dict[str, str | int | float | None] | None = None


class _Answer(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


class PracticeGround:
    """Asks a simulated exchange over HTTP; every call blocks for up to three seconds."""

    def __init__(self, http_url: str) -> None:
        self._http_url = http_url

    def faults(self) -> tuple[Fault, ...]:
        """What can be rehearsed, in the exchange's order; VenueError when it does not say."""
        answer = self._ask(_LIST, {})
        try:
            return msgspec.json.decode(answer, type=tuple[Fault, ...])
        except msgspec.MsgspecError as error:
            raise VenueError(0, "the list of faults is unreadable", str(error)) from error

    def arm(self, rehearsal: Rehearsal) -> None:
        """Let it happen; VenueError when the exchange refuses or cannot be asked."""
        self._ask(_ARM, {"kind": rehearsal.kind, **dict(rehearsal.values)})

    def _ask(self, method: str, params: dict[str, Value]) -> msgspec.Raw:
        # Loaded here: the first picture must not wait for it.
        import http.client
        import urllib.error
        import urllib.request

        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._http_url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:
                return _result(reply.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return _result(refusal.read())
        except (OSError, http.client.HTTPException) as error:
            raise VenueError(0, "the simulator did not answer", str(error)) from error


def _result(text: bytes) -> msgspec.Raw:
    try:
        answer = msgspec.json.decode(text, type=_Answer)
    except msgspec.MsgspecError as error:
        raise VenueError(0, "the simulator's answer is unreadable", str(error)) from error
    if answer.error is not None:
        refusal = answer.error
        data = refusal.data or {}
        if data.get("param") and data.get("reason"):
            raise VenueError(0, f"{data['param']} {data['reason']}")
        raise VenueError(refusal.code, refusal.message, str(data.get("reason") or ""))
    return answer.result
