"""How a ticket looks: side in word and colour, the market, the fields, the preview, the keys."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from core.commands.preview import Preview
from core.commands.reading import Reading
from core.domain.order import Side
from core.market.quote import Quote
from tui.dialogs.ticket_form import Field, TicketForm
from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.prompt.preview_text import fee_text, money, signed_money
from tui.theme import look
from tui.views import figures
from tui.views.header import MODES

LABEL = 14
HINTS = {
    Field.AMOUNT: "digits, or ← → by the smallest",
    Field.PRICE: "+ - a tick · b bid a ask m mid",
    Field.TRIGGER: "mark that fires it · + - a tick",
    Field.KIND: "← → limit market stop stop-limit",
    Field.POST: "space",
    Field.REDUCE: "space",
    Field.LIFE: "← → gtc day ioc fok",
}
OPTION_HINT = "coin, $ or v · + - tick · b a m"
HINT_AT = 38
_NAMED = ("paper", "test", "live")


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything one picture of the ticket needs."""

    form: TicketForm
    quote: Quote
    reading: Reading | None = None
    preview: Preview | None = None
    problem: str = ""
    """Why Enter would not send."""
    is_armed: bool = False
    mode: str = "sim"
    """Where it would go: named on the ticket wherever it is not practice."""


class TicketPane(LinePane, can_focus=False):
    """Draws the `TicketView` the ticket gives it."""

    DEFAULT_CSS = "TicketPane { width: 72; max-width: 100%; height: 17; }"
    view: TicketView | None = None

    def build(self, width: int, height: int) -> list[Line]:
        """The whole ticket."""
        view = self.view
        if view is None:
            return []
        lines = [self._title(view, width), self._market(view, width), self._blank(width)]
        lines += [self._field(view, one, width) for one in view.form.fields]
        lines += [self._blank(width)] * (10 - len(lines))
        lines += [self._words(view, width), *self._preview(view, width), self._blank(width)]
        return [*lines, self._keys(width)][:height]

    def _pen(self, tone: str = "text", ground: str = "title", is_bold: bool = False) -> Pen:
        return Pen(look(self.palette, tone, ground, is_bold))

    def _blank(self, width: int) -> Line:
        return self._pen().line(width)

    def _title(self, view: TicketView, width: int) -> Line:
        tone = "up" if view.form.side is Side.BUY else "down"
        pen = self._pen("ink", tone, True)
        if view.mode in _NAMED:
            word, ground = MODES[view.mode]
            pen.put(f" {word} ", look(self.palette, "ink", ground, True))
        verb = "EDIT " if view.form.order_id else ""
        pen.put(f" {verb}{view.form.side.name}  {view.form.instrument.name} ")
        state = " STALE " if view.quote.is_stale else " READY " if view.is_armed else " wait "
        return pen.to(width - len(state)).put(state).line(width)

    def _market(self, view: TicketView, width: int) -> Line:
        quote, places = view.quote, view.form.instrument.price_decimals
        pen = self._pen("dim")
        for label, value, tone in (
            ("bid", figures.fixed(quote.bid, places), "up_soft"),
            ("ask", figures.fixed(quote.ask, places), "down_soft"),
            ("mark", figures.fixed(quote.mark, places), "bright"),
        ):
            pen.put(f" {label} ").put(f"{value} ", look(self.palette, tone, "title"))
        if isfinite(quote.mark_iv):
            pen.put(f" iv {figures.percent(quote.mark_iv)} ")
        return pen.put(f" age {figures.age(quote.age_ms)}").line(width)

    def _field(self, view: TicketView, one: Field, width: int) -> Line:
        is_here = view.form.at is one
        ground = "raised" if is_here else "title"
        pen = self._pen("text", ground)
        pen.put(" ▸ " if is_here else "   ", look(self.palette, "accent", ground, True))
        pen.put(f"{one.value:<{LABEL}}", look(self.palette, "mid" if is_here else "dim", ground))
        pen.put(view.form.text_of(one), look(self.palette, "bright", ground, True))
        if is_here:
            pen.put("▏", look(self.palette, "accent", ground))
            pen.to(HINT_AT).put(self._hint(view, one), look(self.palette, "dim", ground))
        return pen.line(width)

    def _hint(self, view: TicketView, one: Field) -> str:
        if one is Field.PRICE and view.form.instrument.is_option:
            return OPTION_HINT
        return HINTS[one]

    def _words(self, view: TicketView, width: int) -> Line:
        if view.problem:
            words = figures.cut(figures.plain(f"not sent: {view.problem}"), width - 2)
            return self._pen("warn", is_bold=True).put(f" {words}").line(width)
        if view.reading is None:
            return self._blank(width)
        tone = {Side.BUY: "up", Side.SELL: "down", None: "text"}[view.reading.side]
        words = figures.cut(view.reading.words, width - 2)
        return self._pen(tone, is_bold=True).put(f" {words}").line(width)

    def _preview(self, view: TicketView, width: int) -> list[Line]:
        preview = view.preview
        if preview is None:
            note = view.reading.notes[0] if view.reading and view.reading.notes else ""
            return [self._pen("warn").put(f" {note}").line(width), *[self._blank(width)] * 3]
        return [
            self._pen("text").put(f" {_cost_words(preview)}").line(width),
            self._pen("mid").put(f" {_greek_words(preview)}").line(width),
            self._pen("mid").put(f" {_margin_words(preview)}").line(width),
            self._pen("warn").put(f" {'   '.join(_notes(view))}").line(width),
        ]

    def _keys(self, width: int) -> Line:
        pen = self._pen("dim", "raised")
        for key, word in (
            ("⏎", "send"),
            ("esc", "leave"),
            ("tab", "next line"),
            ("space", "change"),
        ):
            pen.put(f" {key} ", look(self.palette, "accent", "raised", True)).put(f"{word}  ")
        return pen.line(width)


def _cost_words(preview: Preview) -> str:
    """Premium, fee, notional, volatility."""
    parts = []
    if preview.premium is not None:
        parts.append(money(preview.premium, preview.currency))
    if preview.fee is not None:
        kind = "maker" if preview.is_maker else "taker"
        parts.append(f"{kind} fee {fee_text(preview.fee, preview.currency)} {preview.currency}")
    if preview.notional_usd is not None:
        parts.append(f"notional ${preview.notional_usd:,.0f}")
    if isfinite(preview.iv):
        parts.append(f"iv {figures.percent(preview.iv)}")
    return "   ".join(parts) or "cost unknown"


def _greek_words(preview: Preview) -> str:
    """The change and what stands after it."""
    change, after = preview.change, preview.after
    return (
        f"Δ {figures.signed(change.delta, 2)}   then Δ {figures.signed(after.delta, 2)}   "
        f"Γ {figures.signed(after.gamma, 5)}   v {figures.signed(after.vega, 1)}   "
        f"Θ {figures.signed(after.theta, 1)}"
    )


def _margin_words(preview: Preview) -> str:
    if preview.margin is None:
        return "initial margin unknown"
    return f"initial margin {signed_money(preview.margin, preview.currency)} (estimate)"


def _notes(view: TicketView) -> tuple[str, ...]:
    return view.reading.notes if view.reading else ()


def tolerance(price: Decimal, tick: Decimal) -> Decimal:
    """How far the touch may move while a ticket is open: three ticks, or 0.05 % of the price."""
    return max(3 * tick, price * Decimal("0.0005"))
