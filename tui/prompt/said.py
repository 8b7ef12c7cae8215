"""What stands beside the command line: a reading with its cost, a refusal, a reply."""

from __future__ import annotations

from dataclasses import dataclass

from core.commands.reading import Reading
from core.domain.order import Side
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.theme import look
from tui.views import figures

TONES = {Side.BUY: "up", Side.SELL: "down", None: "bright"}


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the place beside the field: text runs with their tones, the first one bold."""

    parts: tuple[tuple[str, str], ...] = ()


def said_of(reading: Reading, parts: tuple[str, ...]) -> Said:
    """A reading as the line shows it: why not, or what, at what cost, and the key that does it."""
    if reading.refusals:
        return Said(((f"no: {reading.refusals[0]}", "down"),))
    words = f"dry run: {reading.words}" if reading.is_dry else reading.words
    return Said(
        (
            (words, TONES[reading.side]),
            *((note, "warn") for note in reading.notes),
            *((part, "mid") for part in parts),
            *((("⏎", "accent"),) if not reading.is_dry else ()),
        )
    )


class SayLine(LinePane, can_focus=False):
    """One line of `Said`, against the right edge; what does not fit is left out from the end."""

    said = Said()

    def build(self, width: int, height: int) -> list[Line]:
        """At most one line."""
        parts = [(figures.plain(text), tone) for text, tone in self.said.parts]
        while len(parts) > 1 and _width(parts) > width - 2:
            del parts[-2 if len(parts) > 2 and parts[-1][0] == "⏎" else -1]
        pen = Pen(look(self.palette, "text", "raised"))
        pen.to(width - 1 - min(_width(parts), width - 2))
        for i, (text, tone) in enumerate(parts):
            pen.put("   " if i else "")
            pen.put(figures.cut(text, width - 2), look(self.palette, tone, "raised", i == 0))
        return [pen.line(width)][:height]


def _width(parts: list[tuple[str, str]]) -> int:
    return sum(len(text) for text, _ in parts) + 3 * max(0, len(parts) - 1)
