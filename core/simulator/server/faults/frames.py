"""What happens to the notifications of one socket on purpose: losses, doubles, swaps."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

_PREFIX = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'


def channel_of(frame: bytes) -> str | None:
    """The channel a frame speaks of; None for other frames."""
    if not frame.startswith(_PREFIX):
        return None
    return frame[len(_PREFIX) : frame.index(b'"', len(_PREFIX))].decode()


class Tampering:
    """For each channel what befalls its next frames, one entry a frame."""

    def __init__(self) -> None:
        self._next: defaultdict[str, deque[str]] = defaultdict(deque)
        self._held: dict[str, bytes] = {}

    def __bool__(self) -> bool:
        return bool(self._next or self._held)

    def add(self, channel: str, kind: str, count: int) -> None:
        """Let `kind` befall the next frames of a channel."""
        self._next[channel].extend([kind] * count)

    def forget(self, channel: str) -> None:
        """Nobody listens any more."""
        self._next.pop(channel, None)
        self._held.pop(channel, None)

    def pass_on(self, frame: bytes, send: Callable[[bytes], None]) -> None:
        """Send a frame the way it was told."""
        name = channel_of(frame)
        if name is None:
            send(frame)
            return
        how = self._turn(name)
        if how == "gap":
            return
        if how == "reorder" and name not in self._held:
            self._held[name] = frame
            return
        for _ in range(2 if how == "duplicate" else 1):
            send(frame)
        held = self._held.pop(name, None)
        if held is not None:
            send(held)

    def _turn(self, name: str) -> str | None:
        waiting = self._next.get(name)
        if not waiting:
            return None
        how = waiting.popleft()
        if not waiting:
            del self._next[name]
        return how
