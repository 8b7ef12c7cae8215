"""A braille canvas: two by four dots in every cell, one colour per cell."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from tui.draw.pen import Pen

_BITS = ((1, 8), (2, 16), (4, 32), (64, 128))


class Dots:
    """`width` x `height` cells give 2*width x 4*height dots; (0, 0) is the upper left one."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self._mask = [[0] * self.width for _ in range(self.height)]
        self._colour: list[list[str]] = [[""] * self.width for _ in range(self.height)]

    @property
    def columns(self) -> int:
        """Dots from left to right."""
        return 2 * self.width

    @property
    def rows(self) -> int:
        """Dots from top to bottom."""
        return 4 * self.height

    def dot(self, x: int, y: int, colour: str) -> None:
        """Set one dot; its whole cell takes the colour. Outside the canvas nothing happens."""
        if 0 <= x < self.columns and 0 <= y < self.rows:
            self._mask[y >> 2][x >> 1] |= _BITS[y & 3][x & 1]
            self._colour[y >> 2][x >> 1] = colour

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, gap: int = 1) -> None:
        """A straight line between two places, in dots; only columns that `gap` divides."""
        steps = int(max(abs(x1 - x0), abs(y1 - y0), 1))
        for k in range(steps + 1):
            x = round(x0 + (x1 - x0) * k / steps)
            if x % gap == 0:
                self.dot(x, round(y0 + (y1 - y0) * k / steps), colour)

    def curve(self, points: Sequence[tuple[float, float]], colour: str, gap: int = 1) -> None:
        """Lines from point to point, in dots; the curve is broken where one is not finite."""
        before: tuple[float, float] | None = None
        for x, y in points:
            if not (isfinite(x) and isfinite(y)):
                before = None
                continue
            x0, y0 = before or (x, y)
            self.line(x0, y0, x, y, colour, gap)
            before = (x, y)

    def grid(self, y: int, every: int, colour: str) -> None:
        """A dotted rule at `y`, under whatever is drawn afterwards."""
        for x in range(0, self.columns, every):
            self.dot(x, y, colour)

    def write(self, pen: Pen, row: int, ground: str) -> None:
        """Put one row of cells down."""
        for bits, colour in zip(self._mask[row], self._colour[row], strict=True):
            if bits:
                pen.put(chr(0x2800 + bits), (colour, ground, False))
            else:
                pen.put(" ", (pen.look[0], ground, False))
