"""The risk screen over the desk: live, scrolls, changes nothing."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult

from core.desk.desk import Desk
from tui.dialogs.dialog import Dialog
from tui.draw.bars import bar_from_left
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.draw.words import write, write_items
from tui.theme import Look, look
from tui.views.figures import cut
from tui.views.risk import LimitRow, RiskScreenView, risk_screen_view
from tui.views.spans import Span, filled

LABEL, WHAT, NUMBER, PERCENT = 20, 22, 11, 6
NARROW_WHAT = 14
"""Where the terminal is narrower than `ROOMY`."""
ROOMY = 96
_SCROLL = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, "home": -999}


class RiskPane(LinePane, can_focus=False):
    """Draws the view; what does not fit is scrolled to."""

    DEFAULT_CSS = """
    RiskPane { width: 112; max-width: 100%; height: 100%; max-height: 38;
        border-left: outer $accent; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="risk")
        self._desk = desk
        self.offset_lines = 0

    def build(self, width: int, height: int) -> list[Line]:
        """Title, the lines that fit from the offset on, the keys."""
        view = risk_screen_view(self._desk)
        lines = self._body(view, width, is_airy=False)
        room = max(1, height - 2)
        if len(self._airy(view, width)) <= room:
            lines = self._airy(view, width)
        self.offset_lines = max(0, min(self.offset_lines, len(lines) - room))
        shown = lines[self.offset_lines : self.offset_lines + room]
        shown += [self._pen().line(width)] * (room - len(shown))
        return [self._title(view, width), *shown, self._keys(width, len(lines) > room)]

    def _airy(self, view: RiskScreenView, width: int) -> list[Line]:
        return self._body(view, width, is_airy=True)

    def _body(self, view: RiskScreenView, width: int, is_airy: bool) -> list[Line]:
        blank = [self._pen().line(width)] if is_airy else []
        lines = [*blank, *(self._trouble(words, tone, width) for words, tone in view.trouble)]
        lines.append(write_items(self._indented(), self.palette, view.money, width - 3).line(width))
        for title, rows in view.groups:
            if is_airy:
                lines += [*blank, self._heading(title, width)]
            lines += [self._row(row, width) for row in rows]
        lines += blank
        for items in view.pulse:
            lines.append(write_items(self._indented(), self.palette, items, width - 3).line(width))
        return lines

    def _heading(self, title: str, width: int) -> Line:
        pen = self._pen("accent", is_bold=True).put(f"  {title}")
        pen.to(width - 2 * NUMBER - PERCENT - 1)
        return pen.put(f"{'used':>{NUMBER}}{'limit':>{NUMBER}}", self._tone("dim")).line(width)

    def _tone(self, tone: str) -> Look:
        return look(self.palette, tone)

    def _title(self, view: RiskScreenView, width: int) -> Line:
        pen = self._pen("bright", "title", True).put("  RISK  ")
        return write(pen, self.palette, view.gate, "title").line(width)

    def _trouble(self, words: str, tone: str, width: int) -> Line:
        pen = self._indented()
        write(pen, self.palette, (filled("!", tone), Span(" ")))
        return pen.put(cut(words, width - pen.at - 1), look(self.palette, tone)).line(width)

    def _row(self, row: LimitRow, width: int) -> Line:
        """Label, where, bar, used, cap, percent."""
        what = WHAT if width >= ROOMY else NARROW_WHAT
        pen = self._indented()
        pen.put(f"{cut(row.label, LABEL - 1):<{LABEL}}", look(self.palette, "text"))
        pen.put(f"{cut(row.what, what - 1):<{what}}", look(self.palette, "mid"))
        cells = width - pen.at - 2 * NUMBER - PERCENT - 1
        if row.part == row.part and row.percent:
            tone = getattr(self.palette, row.tone)
            bar_from_left(pen, row.part, cells, tone, self.palette.raised)
        else:
            pen.put(" " * cells)
        tone = "bright" if row.tone == "info" else row.tone
        pen.put(f"{row.used:>{NUMBER}}", look(self.palette, tone))
        pen.put(f"{row.cap:>{NUMBER}}", look(self.palette, "mid"))
        return pen.put(f"{row.percent:>{PERCENT}}", look(self.palette, tone)).line(width)

    def _keys(self, width: int, can_scroll: bool) -> Line:
        pen = self._pen("dim", "raised")
        keys = [("esc", "leave")] + ([("↑ ↓", "scroll")] if can_scroll else [])
        for key, word in keys:
            pen.put(f" {key} ", look(self.palette, "accent", "raised", True)).put(f"{word}  ")
        return pen.put(" `risk reset` lifts a lock · limits: settings.toml [risk]").line(width)

    def _pen(self, tone: str = "text", ground: str = "pane", is_bold: bool = False) -> Pen:
        return Pen(look(self.palette, tone, ground, is_bold))

    def _indented(self) -> Pen:
        return self._pen().put("  ")


class RiskBoard(Dialog[None]):
    """Stays until it is left: looking at risk is no question that lapses."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        """One pane that draws everything."""
        yield RiskPane(self._desk)

    def sync(self) -> None:
        """Draw what has changed."""
        self.touch()
        self.query_one(RiskPane).sync()

    def repaint(self) -> None:
        """After a change of theme."""
        self.query_one(RiskPane).repaint()

    def on_key(self, event: events.Key) -> None:
        """Scroll or leave; every other key is swallowed."""
        event.stop()
        event.prevent_default()
        if event.key in ("escape", "q", "enter"):
            self.leave()
        elif (step := _SCROLL.get(event.key)) is not None:
            self.query_one(RiskPane).offset_lines += step
            self.sync()
