"""What keys, palette and command line do: one way for all three, from the table's entries."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING

from core.commands.answers import answer
from core.commands.grammar.amounts import plain
from core.commands.grammar.drafts import refusals
from core.commands.reading import (
    Act,
    Choose,
    Leave,
    Reading,
    Rehearse,
    SetMultiplier,
    SetTheme,
    Show,
    ShowDesk,
    ShowHelp,
    ShowVolatility,
)
from core.commands.table import entry
from core.domain.money import decimal_of
from core.domain.order import Side
from core.errors import CommandError
from core.trading.commands import Kill, Request
from tui.dialogs.confirm import Confirm, Question
from tui.dialogs.dialog import Dialog
from tui.dialogs.help import Help
from tui.dialogs.risk import question_for
from tui.dialogs.risk_board import RiskBoard
from tui.dialogs.search import Search
from tui.dialogs.ticket import Ticket
from tui.dialogs.ticket_form import Field, TicketForm
from tui.session import Answered
from tui.theme import THEMES
from tui.views.orders import order_key

if TYPE_CHECKING:
    from tui.app import VoldeskApp

log = logging.getLogger(__name__)
FLATTEN_AFTER_S = (1.0, 5.0)
"""The kill key so long after its last press also flattens; a key held down repeats faster."""


class KillKey:
    """What one press of the kill key means, by the time since the last one."""

    def __init__(self) -> None:
        self._last_s = -inf

    def press(self, now_s: float) -> bool | None:
        """False: kill. True: kill and flatten. None: held down, the first press has done it."""
        since_s, self._last_s = now_s - self._last_s, now_s
        if since_s < FLATTEN_AFTER_S[0]:
            return None
        return since_s <= FLATTEN_AFTER_S[1]


class Deeds:
    """Does what was asked for, and says what came of it."""

    def __init__(self, app: VoldeskApp) -> None:
        self._app = app
        self._session = app.session
        self._kill_key = KillKey()
        self._by_id: dict[str, Callable[[], None]] = {
            "trade.buy": lambda: self._open_ticket(Side.BUY),
            "trade.sell": lambda: self._open_ticket(Side.SELL),
            "order.amend": self._edit_order,
            "order.cancel": self._cancel_order,
            "position.flatten": self._flatten,
            "desk.kill": self.kill,
            "automation.hedger": lambda: self._toggle("hedger", "delta hedging"),
            "automation.pair": lambda: self._toggle("pair", "pair"),
            "screen.zoom": lambda: app.work_screen.toggle_zoom(),
            "vol.screen": app.toggle_volatility,
            "desk.command": lambda: app.work_screen.open_command_line(),
            "desk.palette": app.action_command_palette,
        }

    @property
    def handled(self) -> frozenset[str]:
        """Ids the screen does itself; all others run their entry's text."""
        return frozenset(self._by_id)

    def run_entry(self, id_: str) -> None:
        """Do the entry of the table called `id_`, as its key and its palette line ask."""
        if (own := self._by_id.get(id_)) is not None:
            own()
        else:
            self.run_text(entry(id_).text)

    def run_text(self, text: str) -> None:
        """Read and do a text."""
        try:
            reading = self._session.read(text)
        except CommandError as error:
            self.refuse(str(error), text)
        else:
            self.perform(reading, text)

    def perform(self, reading: Reading, text: str) -> None:
        """Do what a reading says, unless it is dry or refused."""
        if reading.is_dry:
            self.say(f"dry run, nothing sent: {reading.words}", "accent")
        elif reading.refusals:
            self.refuse(reading.refusals[0], text)
        else:
            self._do(reading, text)

    def _do(self, reading: Reading, text: str) -> None:
        does = reading.request()
        if isinstance(does, Kill):
            self._send_kill(does.flatten)
        elif isinstance(does, Act):
            self._act(does, text)
        else:
            self._ask_then_send(reading, does, text)

    # What goes to the loop.

    def _ask_then_send(self, reading: Reading, request: Request, text: str) -> None:
        session = self._session
        question = question_for(request, reading.words, session.desk.settings, session.context())
        if question is None:
            self._send(reading, request, text)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(reading, request, text)
            else:
                self.say(f"not sent: {reading.words}", "warn")

        self._app.push_screen(Confirm(question), answered)

    def _send(self, reading: Reading, request: Request, text: str) -> None:
        """The last look at the book, then off it goes."""
        if reading.orders:
            context = self._session.context()
            instrument = context.listed(reading.orders[0].instrument)
            if why := refusals(reading.orders, instrument, context):
                self.refuse(why[0], text)
                return
        self.say(f"sent: {reading.words}", "accent")
        self._session.submit(request, text)

    def kill(self) -> None:
        """Automation off, everything cancelled; the key again after 1 to 5 s also flattens."""
        flatten = self._kill_key.press(time.monotonic())
        if flatten is not None:
            self._send_kill(flatten)

    def _send_kill(self, flatten: bool) -> None:
        self.drop_dialogs()
        self._session.submit(Kill(flatten), "kill flatten" if flatten else "kill")
        words = "KILL sent: automation off, everything cancelled"
        more = ", positions closed" if flatten else "; again after 1 s closes all positions"
        self.say(words + more, "down")
        self._app.notices.show(words + more, "error", 8.0)

    def drop_dialogs(self) -> None:
        """Close every dialog with no."""
        for screen in reversed(self._app.screen_stack):
            if isinstance(screen, Dialog):
                screen.dismiss(None)

    def _toggle(self, name: str, what: str) -> None:
        state = self._session.desk.trading.automation(name)
        is_on = state is not None and state.is_on
        self.run_text(f"{'deactivate' if is_on else 'activate'} {what}")

    def _cancel_order(self) -> None:
        order_id = self._session.selection.order_id
        if order_id:
            self.run_text(f"cancel {order_id}")
        else:
            self.refuse("no order is chosen: go to the orders with 9, then up or down", "cancel")

    def _flatten(self) -> None:
        """The row of the positions pane when it has the keys, else the chosen instrument."""
        session, chosen = self._session, self._session.selection
        is_row = self._app.work_screen.current == "positions" and chosen.position
        name = chosen.position if is_row else chosen.instrument
        if not name:
            self.refuse("no instrument is chosen", "close")
            return
        text = f"close {name}"
        try:
            reading = session.read(text)
        except CommandError as error:
            self.refuse(str(error), text)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.perform(reading, text)

        self._app.push_screen(Confirm(Question(f"{reading.words}?")), answered)

    # Dialogs.

    def _open_ticket(self, side: Side) -> None:
        session = self._session
        try:
            instrument = session.context().chosen()
        except CommandError as error:
            self.refuse(str(error), side.value)
            return
        form = TicketForm(side, instrument)
        amount = session.multiplier
        is_allowed = instrument.is_amount(amount)
        form.texts[Field.AMOUNT] = plain(amount if is_allowed else instrument.min_amount)
        quote = session.desk.board.quote(instrument.name)
        touch = quote.bid if side is Side.BUY else quote.ask
        if session.selection.price is not None:
            form.set_price(session.selection.price)
        elif touch > 0:
            form.set_price(decimal_of(touch))
        self._ask_ticket(form)

    def _edit_order(self) -> None:
        session = self._session
        working = session.desk.trading.working
        chosen = session.selection.order_id
        order = next((one for one in working if order_key(one) == chosen), None)
        if order is None:
            self.refuse("no working order is chosen: go to the orders with 9", "amend")
        elif (instrument := session.desk.board.instrument(order.instrument)) is not None:
            self._ask_ticket(TicketForm.editing(order, instrument))

    def _ask_ticket(self, form: TicketForm) -> None:
        def answered(reading: Reading | None) -> None:
            if reading is not None:
                self.perform(reading, form.text())

        self._app.push_screen(Ticket(self._session, form), answered)

    # What the screen does itself.

    def _act(self, act: Act, text: str) -> None:
        session, app = self._session, self._app
        if isinstance(act, Show) and act.topic == "risk":
            app.push_screen(RiskBoard(session.desk))
        elif isinstance(act, Show):
            self._tell(answer(act.topic, session.context()))
        elif isinstance(act, Choose):
            self._choose(act.instrument)
        elif isinstance(act, SetMultiplier):
            session.multiplier = Decimal(act.text)
            self._tell(answer("multiplier", session.context()))
        elif isinstance(act, ShowHelp):
            app.push_screen(Help(act.word, app.user_keys, session.desk.practice.faults))
        elif isinstance(act, SetTheme):
            app.use_theme(act.name or _after(app.theme))
        elif isinstance(act, Leave):
            self._leave(act.is_shutdown)
        elif isinstance(act, Rehearse):
            session.rehearse(act.rehearsal, text)
        elif isinstance(act, ShowVolatility):
            self._show_volatility(act)
        elif isinstance(act, ShowDesk):
            self._app.show_volatility(False)

    def _show_volatility(self, act: ShowVolatility) -> None:
        screen, catalog = self._app.vol_screen, self._session.desk.board.catalog
        if act.chain:
            self._session.selection.choose_chain(catalog, act.chain)
        if act.at_ns or act.is_now:
            screen.choice.past_ns = act.at_ns
        self._app.show_volatility()
        if screen.is_mounted:
            screen.sync_now()

    def _choose(self, name: str) -> None:
        if not name:
            self._app.push_screen(Search(self._session), lambda found: self._choose_found(found))
        else:
            self._choose_found(name)

    def _choose_found(self, name: str | None) -> None:
        session = self._session
        if name and session.selection.choose(session.desk.board.catalog, name):
            self._tell(answer("price", session.context()))

    def _leave(self, is_shutdown: bool) -> None:
        if is_shutdown:
            self._session.submit(Kill(), "shutdown")
            self._app.shut_down()
            return
        why = self._what_works()
        if not why:
            self._app.exit(0)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._app.exit(0)

        words = f"Leave? {why}. The venue cancels what rests when the desk goes."
        self._app.push_screen(Confirm(Question(words)), answered)

    def _what_works(self) -> str:
        trading = self._session.desk.trading
        parts = [f"{len(trading.working)} orders work"] if trading.working else []
        parts += [f"{one.name} is on" for one in trading.automations if one.is_on]
        return ", ".join(parts)

    # Words.

    def say(self, text: str, tone: str = "text") -> None:
        """One line beside the command line."""
        self._app.say(text, tone)

    def refuse(self, why: str, text: str) -> None:
        """Why nothing was done: beside the command line, in a toast and in the log."""
        self.say(why, "down")
        self._app.notices.show(why, "warning")
        log.warning("%s: %s", text, why, extra={"source": "desk"})

    def take_replies(self) -> None:
        """Show what the loop has answered since the last frame."""
        for one in self._session.answered():
            self._show_reply(one)

    def _show_reply(self, one: Answered) -> None:
        reply = one.reply
        self._app.say_reply(reply.text, one.text, reply.is_ok)
        if not reply.is_ok:  # what went well is in the log already: the loop says it there
            log.warning("%s: %s", one.text, reply.text, extra={"source": "desk"})
            self._app.notices.show(f"{one.text}: {reply.text}", "error", 8.0)

    def _tell(self, lines: tuple[str, ...]) -> None:
        """An answer: its first line beside the command line, all of it in a toast and the log."""
        self.say(lines[0])
        for line in lines:
            log.info("%s", line, extra={"source": "desk"})
        if len(lines) > 1:
            self._app.notices.show("\n".join(lines), timeout_s=15.0)


def _after(theme: str) -> str:
    """The theme after `theme`."""
    names = [one.name for one in THEMES]
    at = names.index(theme) if theme in names else -1
    return names[(at + 1) % len(names)]
