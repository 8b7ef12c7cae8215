"""What the person at the volatility screen looks at: columns, axis, span, the minute of the past.

Only the UI thread touches it. Chain, expiry and strike are the desk's own selection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Columns = Literal["delta", "classic", "wide"]
Axis = Literal["strike", "k", "delta"]
MapMode = Literal["beside", "now", "then", "change"]
COLUMNS: tuple[Columns, ...] = ("delta", "classic", "wide")
AXES: tuple[Axis, ...] = ("strike", "k", "delta")
MAP_MODES: tuple[MapMode, ...] = ("beside", "change", "then", "now")
SPANS_H = (6, 24, 72, 168, 672)
"""Hours of history, from six to four weeks."""


@dataclass(slots=True)
class VolChoice:
    """How the volatility screen shows what is selected."""

    columns: Columns = "delta"
    """Of the map: fitted delta points, the classic grid, the wide grid."""
    axis: Axis = "strike"
    mode: MapMode = "beside"
    """Which maps stand side by side once a minute of the past is chosen."""
    span_h: int = SPANS_H[0]
    past_ns: int = 0
    """The minute of the past that stands beside now; 0 for none."""
    row: int = 0
    """The chosen maturity of a grid."""
    column: int = 3
    """The chosen column of the map, counted from the left; moves with the columns' kind."""
    rich: tuple[int, float] | None = None
    """Chosen row of the rich and cheap quotes: expiry and strike."""

    def next_columns(self) -> None:
        """The map's next kind of columns; the cursor returns to the money."""
        self.columns = COLUMNS[(COLUMNS.index(self.columns) + 1) % len(COLUMNS)]
        self.to_money()

    def to_money(self) -> None:
        """The cursor on the column at the money."""
        self.column = {"delta": 3, "classic": 13, "wide": 5}[self.columns]

    def next_axis(self) -> None:
        """The smile's next axis."""
        self.axis = AXES[(AXES.index(self.axis) + 1) % len(AXES)]

    def next_mode(self) -> None:
        """Other maps."""
        self.mode = MAP_MODES[(MAP_MODES.index(self.mode) + 1) % len(MAP_MODES)]

    def next_span(self) -> None:
        """A longer history, after the longest the shortest."""
        self.span_h = SPANS_H[(SPANS_H.index(self.span_h) + 1) % len(SPANS_H)]
