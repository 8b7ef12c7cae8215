"""The order ticket: fields by keys, a live preview, and an Enter that means what it shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from textual import events
from textual.app import ComposeResult

from core.commands.context import Context
from core.commands.language import parse
from core.commands.preview import Preview, preview_of
from core.commands.reading import Reading
from core.domain.money import decimal_of
from core.errors import CommandError
from core.market.quote import Quote
from tui.dialogs.dialog import Dialog
from tui.dialogs.ticket_form import Field, TicketForm
from tui.dialogs.ticket_view import TicketPane, TicketView, tolerance
from tui.session import Session
from tui.views import figures

_STEPS = {"left": -1, "right": 1, "space": 1}
_MOVES = {"tab": 1, "down": 1, "shift+tab": -1, "up": -1}
_NUDGES = {"plus": 1, "equals_sign": 1, "minus": -1}


class Ticket(Dialog[Reading]):
    """Answers with the reading to be sent, or None. It sends nothing itself."""

    def __init__(self, session: Session, form: TicketForm) -> None:
        super().__init__()
        self._session = session
        self.form = form
        self._anchor = self._quote()
        """The market the user last acted on: Enter sends only near it."""
        self._problem = ""

    def compose(self) -> ComposeResult:
        """One pane that draws everything."""
        yield TicketPane(id="ticket")

    def sync(self) -> None:
        """Draw the ticket at the prices of now."""
        reading, preview, problem = self._read()
        pane = self.query_one(TicketPane)
        pane.view = TicketView(
            self.form,
            self._quote(),
            reading,
            preview,
            self._problem or problem,
            self.is_armed,
            self._session.desk.mode,
        )
        pane.sync()

    def repaint(self) -> None:
        """After a change of theme."""
        self.query_one(TicketPane).repaint()

    def on_key(self, event: events.Key) -> None:
        """Every key of the ticket; what it does not know it swallows."""
        event.stop()
        event.prevent_default()
        self.touch()
        if event.key == "escape":
            self.leave()
        elif event.key == "enter":
            self._enter()
        else:
            self._edit(event)

    def _edit(self, event: events.Key) -> None:
        form, key = self.form, event.key
        if key in _MOVES:
            form.move(_MOVES[key])
        elif key in _STEPS:
            form.change(_STEPS[key])
        elif key in _NUDGES:
            form.nudge(_NUDGES[key])
        elif key == "backspace":
            form.erase()
        elif key in ("b", "a", "m"):
            self._take_price(key)
        elif event.character:
            form.type_in(event.character)
        self._anchor, self._problem = self._quote(), ""
        self.sync()

    def _take_price(self, key: str) -> None:
        quote = self._quote()
        price = {"b": quote.bid, "a": quote.ask, "m": quote.mid}[key]
        if price > 0 and Field.PRICE in self.form.fields:
            self.form.set_price(self.form.instrument.price_near(decimal_of(price)))

    def _enter(self) -> None:
        """Send what is shown, if it has been seen, can be sent and the market has not moved."""
        if not self.is_armed:
            return
        reading, _, problem = self._read()
        if reading is None or problem:
            self._problem = problem
        elif moved := self._moved():
            self._problem, self._anchor = moved, self._quote()
            self.disarm()
        else:
            self.dismiss(reading)
            return
        self.sync()

    def _read(self) -> tuple[Reading | None, Preview | None, str]:
        """(reading, preview, why it cannot be sent)."""
        context = self._world()
        try:
            reading = parse(self.form.text(), context)
        except CommandError as error:
            return None, None, str(error)
        preview = preview_of(reading.orders, context) if reading.orders else None
        return reading, preview, reading.refusals[0] if reading.refusals else ""

    def _world(self) -> Context:
        """The session's, but amounts are the venue's own."""
        return replace(self._session.context(), multiplier=Decimal(1))

    def _quote(self) -> Quote:
        return self._session.desk.board.quote(self.form.instrument.name)

    def _moved(self) -> str:
        """How far the touch has left the one acted on, in words; empty when near enough."""
        now, then = self._quote(), self._anchor
        for word, price, before in (("bid", now.bid, then.bid), ("ask", now.ask, then.ask)):
            if not (price > 0 and before > 0):
                if (price > 0) != (before > 0):
                    return f"the {word} has {'come' if price > 0 else 'gone'}: look, then Enter"
                continue
            old = decimal_of(before)
            allowed = tolerance(old, self.form.instrument.tick_at(old))
            if abs(decimal_of(price) - old) > allowed:
                places = self.form.instrument.price_decimals
                return (
                    f"the {word} moved from {figures.fixed(before, places)} to "
                    f"{figures.fixed(price, places)}: look, then Enter"
                )
        return ""
