"""The parts of the dialogs that need no app: forms, lines, help, questions, notices."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import cast

import pytest
from rich.console import Console
from textual.app import App

from core.commands.language import parse
from core.commands.preview import preview_of
from core.commands.table import TABLE
from core.domain.order import Side
from core.settings import Settings, VenueSettings
from core.trading.commands import Request
from tests.core.commands.market import CALL, PERPETUAL, context
from tui.dialogs.help import help_table
from tui.dialogs.risk import question_for
from tui.dialogs.ticket_form import KINDS, Field, TicketForm
from tui.dialogs.ticket_view import TicketPane, TicketView
from tui.draw.pen import Line
from tui.notices import BURST, Notices, Severity
from tui.prompt.said import SayLine, said_of
from tui.screens.layout import DESK_PLAN
from tui.screens.lines import Tabs
from tui.theme import THEMES, palette_of

PALETTE = palette_of(THEMES[0].to_color_system().generate())
WIDTHS = range(40, 241)


def width_of(line: Line) -> int:
    """Cells of a drawn line."""
    return sum(len(text) for text, _ in line)


def form_for(name: str, side: Side = Side.BUY) -> TicketForm:
    """A form for an instrument of the small market."""
    return TicketForm(side, context().listed(name))


@pytest.mark.parametrize("name", [CALL, PERPETUAL])
def test_a_ticket_is_drawn_at_every_width_and_in_every_kind(name: str) -> None:
    pane, now = TicketPane(), context()
    pane.palette = PALETTE
    for kind in KINDS:
        form = form_for(name)
        form.kind = kind
        form.texts = {Field.AMOUNT: "100", Field.PRICE: "0.0380", Field.TRIGGER: "68000"}
        reading = parse("sell 5 25dec 70000c @ .0380 post", now)
        view = TicketView(
            form, now.board.quote(name), reading, preview_of(reading.orders, now), "", True
        )
        pane.view = view
        for width in WIDTHS:
            lines = pane.build(width, 17)
            assert len(lines) == 17
            assert {width_of(line) for line in lines} == {width}


def test_the_reading_line_and_the_tabs_keep_their_width() -> None:
    line, tabs = SayLine(), Tabs(DESK_PLAN)
    line.palette = tabs.palette = PALETTE
    line.said = said_of(parse("sell 5 25dec 70000c @ .0375 post", context()), ("iv 42.1", "Δ -2.1"))
    for width in WIDTHS:
        assert [width_of(one) for one in line.build(width, 1)] == [width]
        assert [width_of(one) for one in tabs.build(width, 1)] == [width]


def test_a_narrow_line_keeps_the_order_and_the_key_and_drops_the_rest() -> None:
    line = SayLine()
    line.palette = PALETTE
    line.said = said_of(parse("sell 5 25dec 70000c @ .0375 post", context()), ("iv 42.1", "Δ -2.1"))
    (drawn,) = line.build(64, 1)
    text = "".join(part for part, _ in drawn)
    assert "SELL 5.0 BTC-25DEC26-70000-C limit 0.0375 post-only" in text
    assert "iv" not in text
    assert text.rstrip().endswith("⏎")


def test_the_first_digit_replaces_and_the_next_ones_follow() -> None:
    form = form_for(CALL)
    form.texts[Field.AMOUNT] = "1"
    for char in "2.5x$":
        form.type_in(char)
    assert form.texts[Field.AMOUNT] == "2.5"
    form.erase()
    assert form.texts[Field.AMOUNT] == "2."
    form.move(1)
    form.set_price(Decimal("0.0375"))
    form.nudge(2)
    assert form.texts[Field.PRICE] == "0.0385"
    for char in "$1200":
        form.type_in(char)
    form.nudge(-1)
    assert form.texts[Field.PRICE] == "$1199"


def test_prices_and_amounts_never_fall_below_the_smallest() -> None:
    form = form_for(PERPETUAL, Side.SELL)
    form.texts = {Field.AMOUNT: "10", Field.PRICE: "0.5"}
    form.change(-5)
    form.nudge(-3)
    assert (form.texts[Field.AMOUNT], form.texts[Field.PRICE]) == ("10", "0.5")


def test_a_form_walks_only_the_fields_of_its_kind() -> None:
    form = form_for(PERPETUAL)
    assert len(form.fields) == 6
    form.move(-1)
    assert form.at is Field.LIFE
    form.change(-1)
    assert form.text_of(Field.LIFE) == "fok"
    form.kind = "market"
    form.move(1)
    assert form.at in form.fields


def test_the_help_names_every_usage_and_every_key() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(help_table("", {"trade.buy": "f2"}, PALETTE))
    text = cast(io.StringIO, console.file).getvalue()
    squeezed = " ".join(text.split())
    for one in TABLE:
        assert one.help.split(",")[0].split(":")[0][:30] in squeezed
        for usage in one.usages:
            assert usage in squeezed
    assert "f2 Open the ticket to buy" in squeezed
    console = Console(file=io.StringIO(), width=100)
    console.print(help_table("ladder", {}, PALETTE))
    assert "aN P1 P2 K" not in cast(io.StringIO, console.file).getvalue().split("MOVE")[-1]


@pytest.mark.parametrize(
    ("mode", "text", "asks", "typed"),
    [
        ("sim", "a100 67000", False, ""),
        ("tape", "a100 67000", False, ""),
        ("test", "a100 67000", True, ""),
        ("live", "a100 66000 67000 3", True, "300"),
        ("live", "amend 2 200", True, "200"),
        ("live", "ca", False, ""),
        ("live", "close all", False, ""),
        ("live", "kill flatten", False, ""),
        ("test", "activate pair", False, ""),
        ("live", "activate pair", True, ""),
        ("live", "deactivate pair", False, ""),
        ("sim", "risk reset", False, ""),
        ("test", "risk reset", True, ""),
        ("live", "risk reset", True, ""),
    ],
)
def test_questions_follow_the_risk(mode: str, text: str, asks: bool, typed: str) -> None:
    now = context()
    reading = parse(text, now)
    request = cast(Request, reading.request())
    settings = Settings(venue=VenueSettings(mode=mode))
    question = question_for(request, reading.words, settings, now)
    assert (question is not None) is asks
    if question is not None:
        assert question.typed == typed


class Board:
    """Stands for the app: keeps what was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def notify(self, text: str, *, severity: Severity, timeout: float, markup: bool) -> None:
        """Keep the words."""
        assert severity
        assert timeout > 0
        assert not markup
        self.shown.append(text)


def test_a_burst_of_notices_is_cut_and_the_same_words_come_once() -> None:
    board = Board()
    notices = Notices(cast(App[int], board))
    assert notices.show("refused")
    assert not notices.show("refused")
    for i in range(20):
        notices.show(f"refused {i}")
    assert len(board.shown) == BURST
