"""CPU time of several readers in turn, medians, and the ratios that are promised."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.wire.venue import Address

OURS = "ours"


class Meter:
    """CPU time from message `first` on."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._began_s = 0.0

    def after(self, count: int) -> None:
        """Called with the number of messages taken so far."""
        if count >= self._first and not self._began_s:
            self._began_s = time.process_time()

    def spent_s(self) -> float:
        """CPU seconds since message `first`."""
        return time.process_time() - self._began_s


Reader = Callable[[Address], float]
"""Takes everything a venue sends and says how many CPU seconds that took."""


@dataclass(frozen=True)
class Goals:
    """What the ratios of peers to ours must reach."""

    least: Mapping[str, float] = field(default_factory=dict)
    """A peer's name to how many times our cost it must have at least."""


def compare(
    title: str,
    readers: Mapping[str, Reader],
    at: Address,
    messages: int,
    rounds: int,
    goals: Goals,
) -> bool:
    """Let every reader take its turn, `rounds` times; True when every goal is reached."""
    spent: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            spent[name].append(reader(at) / messages * 1e6)
    print(f"\n{title}: CPU us per message, {messages} messages, {rounds} rounds")
    return report(spent, goals)


def report(spent: Mapping[str, list[float]], goals: Goals) -> bool:
    """Print medians and ratios to ours; True when every goal is reached."""
    best = median(spent[OURS])
    is_reached = True
    for name, times in spent.items():
        middle = median(times)
        ratio = middle / best
        line = f"  {name:<40}{middle:8.2f}  x{ratio:6.2f}  [{min(times):.2f}..{max(times):.2f}]"
        if name in goals.least:
            is_good = ratio >= goals.least[name]
            is_reached = is_reached and is_good
            line += f"  goal x{goals.least[name]:g}: {'reached' if is_good else 'MISSED'}"
        print(line)
    return is_reached
