"""Which executions a request wants: by time, sequence number or id, how many, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from core.simulator.methods.params import Params
from core.simulator.rpc import invalid

NO_LIMIT = 2**62
T = TypeVar("T")
Key = tuple[int, int, str]
"""(time in ms, sequence number, trade id) of an execution."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked for."""

    count: int
    start_ms: int
    end_ms: int
    first_seq: int
    last_seq: int
    first_id: int
    last_id: int
    is_ascending: bool

    def holds(self, key: Key) -> bool:
        """True when an execution lies inside."""
        at_ms, seq, trade_id = key
        return (
            self.start_ms <= at_ms <= self.end_ms
            and self.first_seq <= seq <= self.last_seq
            and self.first_id <= number_of(trade_id) <= self.last_id
        )


def read_window(params: Params) -> Window:
    """The parameters shared by all lists of executions.

    Times are documented as required by the methods named after them; large clients leave them out.
    """
    start_ms = params.time_ms("start_timestamp", 0)
    end_ms = params.time_ms("end_timestamp", 10**15)
    sorting = params.choice("sorting", ("asc", "desc", "default"), "default")
    starts = any(key in params for key in ("start_timestamp", "start_seq", "start_id"))
    return Window(
        params.count(10), start_ms, end_ms,
        params.whole("start_seq", 0), params.whole("end_seq", NO_LIMIT),
        _id(params, "start_id", 0), _id(params, "end_id", NO_LIMIT),
        sorting == "asc" or (sorting == "default" and starts),
    )  # fmt: skip


def page(
    rows: Iterable[T], window: Window, key: Callable[[T], Key], printed: Callable[[T], Any]
) -> dict[str, Any]:
    """The answer made of `rows`, oldest first."""
    chosen = [row for row in rows if window.holds(key(row))]
    ordered = chosen if window.is_ascending else chosen[::-1]
    shown = [printed(row) for row in ordered[: window.count]]
    return {"trades": shown, "has_more": len(chosen) > window.count}


def number_of(trade_id: str) -> int:
    """The number in `ETH-15` or `15`."""
    return int(trade_id.rpartition("-")[2])


def _id(params: Params, key: str, default: int) -> int:
    """A trade id, also when it came as a number."""
    value = params.raw(key)
    if value is None:
        return default
    digits = str(value).rpartition("-")[2]
    if isinstance(value, bool) or not digits.isdecimal() or len(digits) > 18:
        raise invalid(key, "invalid format")
    return int(digits)
