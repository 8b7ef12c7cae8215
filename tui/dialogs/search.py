"""The search for an instrument: type a few letters, choose from what is near."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from core.commands.grammar.instruments import near
from core.domain.instrument import Instrument
from tui.dialogs.dialog import Dialog
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.session import Session
from tui.theme import look
from tui.views import figures

ROWS = 12


class Matches(LinePane, can_focus=False):
    """The instruments found, with their quotes; one of them chosen."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="matches")
        self._session = session
        self.found: tuple[Instrument, ...] = ()
        self.chosen = 0

    def build(self, width: int, height: int) -> list[Line]:
        """A line per instrument."""
        if not self.found:
            pen = Pen(look(self.palette, "dim", "title"))
            return [pen.put(" type a part of a name: eth perp, 25dec 70000").line(width)]
        return [self._row(i, one, width) for i, one in enumerate(self.found)][:height]

    def _row(self, i: int, one: Instrument, width: int) -> Line:
        ground = "raised" if i == self.chosen else "title"
        quote = self._session.desk.board.quote(one.name)
        pen = Pen(look(self.palette, "text", ground))
        pen.put(" ▸ " if i == self.chosen else "   ", look(self.palette, "accent", ground, True))
        pen.put(f"{one.name:<28}", look(self.palette, "bright", ground, i == self.chosen))
        for price, tone in ((quote.bid, "up_soft"), (quote.ask, "down_soft")):
            text = figures.fixed(price, one.price_decimals)
            pen.put(f"{text:>12}", look(self.palette, tone, ground))
        return pen.line(width)


class Search(Dialog[str]):
    """Answers with a listed name, or None."""

    DEFAULT_CSS = """
    Search #box { width: 64; max-width: 100%; height: 16; background: $panel; padding: 1 2; }
    Search Input { height: 1; border: none; padding: 0; background: $raised; }
    Search Input:focus { background: $raised; }
    Search Matches { height: 12; margin-top: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """The field and the list."""
        with Vertical(id="box"):
            yield Input(placeholder="instrument", id="query", compact=True)
            yield Matches(self._session)

    def sync(self) -> None:
        """New quotes."""
        self.query_one(Matches).sync()

    def on_key(self, event: events.Key) -> None:
        """Arrows move through the list, escape leaves; the rest is typed."""
        self.touch()
        pane = self.query_one(Matches)
        if event.key in ("up", "down") and pane.found:
            event.stop()
            pane.chosen = (pane.chosen + (1 if event.key == "down" else -1)) % len(pane.found)
            pane.sync()
        elif event.key == "escape":
            event.stop()
            self.leave()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        pane = self.query_one(Matches)
        pane.found = near(self._session.desk.board.catalog, event.value, ROWS)
        pane.chosen = 0
        pane.sync()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        pane = self.query_one(Matches)
        if pane.found:
            self.dismiss(pane.found[pane.chosen].name)
