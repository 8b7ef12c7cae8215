"""Trouble on demand: what the simulated exchange can be asked to do wrong, and the asking.

The exchange alone knows its faults; nothing here names one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from core.errors import VenueError
from core.venues.http_rpc import Value, ask

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
        return ask(self._http_url, method, params, _TIMEOUT_S, "the simulator")
