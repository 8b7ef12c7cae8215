"""A rehearsed day: faults that come at their times of the exchange's clock."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import StartError
from core.simulator.fault_line import reason, settings_of
from core.simulator.rpc import RpcError
from core.simulator.server.faults.desk import Faults
from core.simulator.server.faults.reading import read

log = logging.getLogger(__name__)
MOST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Cue:
    """One fault and when it comes."""

    at_s: float
    """Exchange seconds after the start."""
    params: Mapping[str, str]
    """With its kind, as simulator/fault takes them."""


def cue(line: str) -> Cue:
    """`AT_S KIND name=value …`; StartError names what is wrong."""
    words = line.split()
    if len(words) < 2:
        raise StartError(f"simulator: fault {line!r} is not AT_S KIND name=value …")
    try:
        at_s = float(words[0])
    except ValueError:
        at_s = -1.0
    if not 0.0 <= at_s <= MOST_S:
        raise StartError(f"simulator: fault {line!r} begins with {words[0]!r}, not with seconds")
    params = {"kind": words[1], **settings_of(words[2:])}
    try:
        read(params)
    except RpcError as error:
        raise StartError(f"simulator: fault {line!r}: {reason(error.body())}") from error
    return Cue(at_s, params)


def cues(text: str) -> list[Cue]:
    """One cue a line; blank lines and what follows # are left out."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [cue(line) for line in lines if line]


class Script:
    """Arms each fault once, in the step that reaches its time."""

    def __init__(self, cues: Iterable[Cue], faults: Faults, start_ms: int) -> None:
        self._waiting = sorted(cues, key=lambda one: one.at_s)
        self._faults = faults
        self._start_ms = start_ms

    def step(self, now_ms: int) -> None:
        """Arm what is due; one that cannot be armed now is told and left out."""
        while self._waiting and self._start_ms + self._waiting[0].at_s * 1000.0 <= now_ms:
            due = self._waiting.pop(0)
            try:
                self._faults.arm(due.params)
            except RpcError as error:
                why = reason(error.body())
                log.warning("%s at %s s is left out: %s", due.params["kind"], due.at_s, why)
