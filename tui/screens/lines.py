"""The thin lines of the desk: the tabs of the small layout, and the alarm that stays."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.screens.layout import Plan
from tui.theme import look
from tui.views import figures

SHORT = {"futures": "fut", "surface": "surf", "positions": "pos", "orders": "ord"}


class Tabs(LinePane, can_focus=False):
    """The panes by their number keys; the one on the screen is marked."""

    EVERY = 2

    def __init__(self, plan: Plan) -> None:
        super().__init__(id="tabs")
        self._numbers = plan.numbers
        self.current = plan.panes[0]

    def build(self, width: int, height: int) -> list[Line]:
        """At most one line."""
        pen = Pen(look(self.palette, "mid", "title"))
        for name, number in self._numbers.items():
            is_here = name == self.current
            tone, ground = ("ink", "accent") if is_here else ("mid", "title")
            word = SHORT.get(name, name)
            text = f" {number} {word.upper() if is_here else word} "
            pen.put(text, look(self.palette, tone, ground, is_here))
        return [pen.line(width)][:height]

    def at(self, x: int) -> str | None:
        """The pane whose tab is in column `x`."""
        for name in self._numbers:
            x -= len(SHORT.get(name, name)) + 4
            if x < 0:
                return name
        return None


class Alarm(LinePane, can_focus=False):
    """What needs a person, as long as it does."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="alarm")
        self._desk = desk

    def build(self, width: int, height: int) -> list[Line]:
        """At most one line."""
        alarms = self._desk.trading.alarms
        words = figures.plain(" · ".join(alarms))
        pen = Pen(look(self.palette, "ink", "down", True))
        return [pen.put(figures.cut(f" ALARM {words}", width)).line(width)][:height]
