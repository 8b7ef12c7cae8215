"""A pane that draws itself line by line and repaints only the lines that changed."""

from __future__ import annotations

import logging
from abc import abstractmethod
from functools import lru_cache
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.draw.pen import Line, Pen
from tui.guard import Guarded
from tui.theme import Look, Palette, look, palette_of

log = logging.getLogger(__name__)


@lru_cache(maxsize=8192)
def _style(look: Look) -> Style:
    foreground, background, is_bold = look
    return Style(
        color=Color.parse(foreground), bgcolor=Color.parse(background), bold=is_bold or None
    )


class LinePane(Guarded, Widget, can_focus=True):
    """Builds its picture as lines, compares them with the last, repaints the difference."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "LinePane { width: 1fr; height: 1fr; }"
    EVERY: ClassVar[int] = 1
    """Frames between two rebuilds; the app's frame timer counts."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self._drawn_width = -1
        self._palette: Palette | None = None
        self._failure = ""
        self.painted = 0
        """Lines repainted since the pane was made: what the tests and the bench count."""

    @property
    def palette(self) -> Palette:
        """The colours of the theme that is on."""
        if self._palette is None:
            self._palette = palette_of(self.app.theme_variables)
        return self._palette

    @palette.setter
    def palette(self, palette: Palette) -> None:
        self._palette = palette

    @abstractmethod
    def build(self, width: int, height: int) -> list[Line]:
        """The picture now: at most `height` lines, each exactly `width` cells wide."""

    def sync(self) -> None:
        """Rebuild, compare, repaint what differs; nothing for a pane nobody sees."""
        width, height = self.size
        if width and height and self.is_on_screen:
            self._show(self.lines(width, height), width)

    def repaint(self) -> None:
        """Forget the colours and the picture, after a change of theme."""
        self._palette = None
        self._drawn_width = -1
        self.sync()

    def lines(self, width: int, height: int) -> list[Line]:
        """What `build` gives; when it fails, one line that says why, logged once."""
        try:
            built = self.build(width, height)[:height]
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            if words != self._failure:
                log.exception("the pane %s cannot be drawn", self.id)
            self._failure = words
            return [self._failed(words, width)]
        self._failure = ""
        return built

    def _failed(self, words: str, width: int) -> Line:
        pen = Pen(look(self.palette, "down", "pane", True))
        return pen.put(f" {self.id} cannot be drawn: {words}".replace("\n", " ")).line(width)

    def _show(self, lines: list[Line], width: int) -> None:
        if width != self._drawn_width or len(lines) != len(self._lines):
            self._strips = [_strip(line, width) for line in lines]
            self._lines, self._drawn_width = lines, width
            self.painted += len(lines)
            self.refresh()
            return
        changed = [y for y, line in enumerate(lines) if line != self._lines[y]]
        for y in changed:
            self._strips[y] = _strip(lines[y], width)
        self._lines = lines
        self.painted += len(changed)
        if changed:  # whole lines: a part of a line is sent from the line's start anyway
            self.refresh(*[Region(0, y, width, 1) for y in changed])

    def shown(self) -> str:
        """What the pane shows, as plain text: for the clipboard."""
        lines = ("".join(text for text, _ in line).rstrip() for line in self._lines)
        return "\n".join(lines)

    def render_line(self, y: int) -> Strip:
        """The line as it was last built; blank below the last one."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, _style(look(self.palette, "text")))

    def on_resize(self) -> None:
        """Draw at the new size at once."""
        self.sync()


def _strip(line: Line, width: int) -> Strip:
    return Strip([Segment(text, _style(run)) for text, run in line], width)
