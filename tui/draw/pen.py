"""The pen: one line of text runs, equal neighbours merged."""

from __future__ import annotations

from tui.theme import Look

Run = tuple[str, Look]
Line = tuple[Run, ...]


class Pen:
    """Builds one line. Neighbours with the same look become one run: fewer bytes to send."""

    __slots__ = ("_runs", "at", "look")

    def __init__(self, look: Look) -> None:
        self.look = look
        self.at = 0
        """Cells written so far."""
        self._runs: list[Run] = []

    def put(self, text: str, look: Look | None = None) -> Pen:
        """Write `text`, every character of which is one cell wide."""
        if not text:
            return self
        look = look or self.look
        if self._runs and self._runs[-1][1] == look:
            self._runs[-1] = (self._runs[-1][0] + text, look)
        else:
            self._runs.append((text, look))
        self.at += len(text)
        return self

    def to(self, column: int, look: Look | None = None) -> Pen:
        """Write blanks up to `column`; nothing when it is passed already."""
        return self.put(" " * (column - self.at), look)

    def line(self, width: int) -> Line:
        """What was written, filled or cut to exactly `width` cells."""
        self.to(width)
        if self.at == width:
            return tuple(self._runs)
        runs: list[Run] = []
        left = width
        for text, look in self._runs:
            if left <= 0:
                break
            runs.append((text[:left], look))
            left -= len(text)
        return tuple(runs)
