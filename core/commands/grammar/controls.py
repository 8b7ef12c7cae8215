"""Everything that is no new order: cancels, exits, automation, choices, questions."""

from __future__ import annotations

import re
from decimal import Decimal

from core.commands.context import Context
from core.commands.grammar.amounts import (
    NUMBER,
    amount_text,
    checked_amount,
    passive,
    plain,
    price_of,
    price_text,
)
from core.commands.grammar.instruments import resolve
from core.commands.grammar.working import cancel_named
from core.commands.reading import (
    Choose,
    Leave,
    Reading,
    SetMultiplier,
    SetTheme,
    Show,
    ShowHelp,
)
from core.domain.label import MANUAL, is_ours, sleeve_of
from core.domain.order import OrderReport, Side
from core.errors import CommandError
from core.trading.commands import (
    AcceptPosition,
    AmendOrder,
    CancelOrder,
    CancelOrders,
    CancelScope,
    CloseEverything,
    ClosePosition,
    Kill,
    ResetRisk,
    SwitchAutomation,
)

Words = re.Match[str]
_SCOPES = {
    "ca": CancelScope.ALL,
    "cc": CancelScope.LAST,
    "cb": CancelScope.BUYS,
    "cs": CancelScope.SELLS,
    "cstops": CancelScope.STOPS,
}
_SCOPE_WORDS = {
    CancelScope.ALL: "all orders",
    CancelScope.LAST: "the last order",
    CancelScope.BUYS: "buys",
    CancelScope.SELLS: "sells",
    CancelScope.STOPS: "stops",
}
_AUTOMATIONS = {"delta hedging": "hedger", "pair": "pair"}
_LARGEST_MULTIPLIER = Decimal(1_000_000)


def cancel_set(match: Words, context: Context) -> Reading:
    """`ca cc cb cs cstops`: always passes, also when nothing seems to work."""
    scope = _SCOPES[match["scope"]]
    working = context.trading.working
    hit = [order for order in working if _is_in(order, scope)]
    if scope is CancelScope.LAST:
        hit = hit[:1]
    words = f"CANCEL {_SCOPE_WORDS[scope]}: {_order_list(hit, context)}"
    if scope in (CancelScope.ALL, CancelScope.STOPS) and (stops := context.trading.stops):
        words += f", {_count(len(stops), 'stop')} of the desk"
    return Reading(words, CancelOrders(scope))


def cancel_one(match: Words, context: Context) -> Reading:
    """`cancel ID`: by the venue's id, or by the number of the line in the orders pane."""
    if (named := cancel_named(match["id"], context)) is not None:
        return named
    order = _order(match["id"], context)
    return Reading(f"CANCEL {order_line(order, context)}", CancelOrder(order.order_id))


def amend(match: Words, context: Context) -> Reading:
    """`amend ID AMOUNT [PRICE]`: the amount in the venue's unit, as the orders pane shows it."""
    order = _order(match["id"], context)
    instrument = context.listed(order.instrument)
    amount = checked_amount(Decimal(match["amount"]), instrument)
    if amount <= order.filled:
        raise CommandError(
            f"amount {plain(amount)} is not above the {plain(order.filled)} already filled"
        )
    price = order.price
    if match["price"]:
        price = passive(price_of(match["price"], instrument, context), order.side, instrument)
    words = f"AMEND {order_line(order, context)} to {amount_text(amount, instrument)}"
    if price is not None:
        words += f" at {price_text(price, instrument)}"
    return Reading(words, AmendOrder(order.order_id, amount, price), order.side)


def close(match: Words, context: Context) -> Reading:
    """`close [INSTRUMENT]`: the chosen one without a name."""
    words = (match["rest"] or "").split()
    instrument = resolve(words, context)
    position = context.trading.position(instrument.name)
    if position is None or position.is_flat:
        # Passed on all the same: the venue may hold what the desk has not heard of yet.
        words = f"CLOSE {instrument.name}: flat as far as the desk knows"
        return Reading(words, ClosePosition(instrument.name))
    side = Side.SELL if position.amount > 0 else Side.BUY
    held = amount_text(abs(position.amount), instrument)
    return Reading(
        f"CLOSE {instrument.name}: {side.value} {held} reduce-only",
        ClosePosition(instrument.name),
        side,
    )


def accept(match: Words, context: Context) -> Reading:
    """`accept [INSTRUMENT]`: also one that is not listed, when an alarm or a check names it."""
    words = (match["rest"] or "").split()
    trading = context.trading
    told = trading.alarms + trading.checks
    name = "".join(words).upper()
    if not any(text.startswith(f"{name}:") for text in told):
        name = resolve(words, context).name
    found = [text for text in told if text.startswith(f"{name}:")]
    differs = found[0] if found else f"{name}: no difference that the desk knows of"
    return Reading(f"ACCEPT the venue's numbers: {differs}", AcceptPosition(name))


def close_all(_match: Words, context: Context) -> Reading:
    """`close all`: every position to zero."""
    count = len(context.trading.positions)
    return Reading(f"CLOSE ALL: {_count(count, 'position')}", CloseEverything())


def kill(match: Words, context: Context) -> Reading:
    """`kill [flatten]`: automation off, everything cancelled, positions closed if asked."""
    flatten = bool(match["flatten"])
    words = f"KILL: automation off, cancel {_count(len(context.trading.working), 'order')}"
    if flatten:
        words += f", close {_count(len(context.trading.positions), 'position')}"
    return Reading(words, Kill(flatten))


def switch(match: Words, _context: Context) -> Reading:
    """`activate` / `deactivate` `delta hedging` or `pair`."""
    is_on = match["verb"] == "activate"
    name = match["what"]
    words = f"{name} {'ON' if is_on else 'OFF'}"
    return Reading(words, SwitchAutomation(_AUTOMATIONS[name], is_on))


def reset_risk(_match: Words, _context: Context) -> Reading:
    """`risk reset`: an act of a person, so that no lock goes away by itself."""
    return Reading("LIFT the lock on losses and count them from now on", ResetRisk())


def set_multiplier(match: Words, _context: Context) -> Reading:
    """`size multiplier N`."""
    value = Decimal(match["amount"])
    if not Decimal("0.0001") <= value <= _LARGEST_MULTIPLIER:
        raise CommandError(
            f"size multiplier {plain(value)} is not from 0.0001 to {plain(_LARGEST_MULTIPLIER)}"
        )
    return Reading(f"size multiplier becomes {plain(value)}", SetMultiplier(plain(value)))


def reset_multiplier(_match: Words, context: Context) -> Reading:
    """`reset size multiplier`: back to the one in the settings."""
    value = plain(context.default_multiplier)
    return Reading(f"size multiplier becomes {value}", SetMultiplier(value))


def choose(match: Words, context: Context) -> Reading:
    """`change instrument [NAME]`: without a name the search opens."""
    words = (match["rest"] or "").split()
    if not words:
        return Reading("choose an instrument", Choose())
    instrument = resolve(words, context)
    return Reading(f"choose {instrument.name}", Choose(instrument.name))


def set_theme(match: Words, context: Context) -> Reading:
    """`theme [NAME]`: without a name the next one."""
    name = (match["rest"] or "").strip()
    if name and name not in context.themes:
        raise CommandError(f"{name} is no theme; there are: {', '.join(context.themes)}")
    return Reading(f"theme {name or 'next'}", SetTheme(name))


def show_help(match: Words, _context: Context) -> Reading:
    """`help [WORD]`."""
    word = (match["rest"] or "").strip()
    return Reading(f"help on {word}" if word else "help", ShowHelp(word))


def leave(match: Words, context: Context) -> Reading:
    """`quit` asks when something works; `shutdown` kills first and then leaves."""
    if match["verb"] == "quit":
        return Reading("leave the desk", Leave())
    count = _count(len(context.trading.working), "order")
    return Reading(f"SHUT DOWN: automation off, cancel {count}, leave", Leave(is_shutdown=True))


def order_line(order: OrderReport, context: Context) -> str:
    """An order of ours in a few words: SELL 5 BTC-25DEC26-70000-C at 0.0375."""
    instrument = context.board.instrument(order.instrument)
    price = order.price if order.price is not None else order.trigger_price
    at = "market"
    if price is not None:
        at = price_text(price, instrument) if instrument else plain(price)
    return f"{order.side.name} {plain(order.remaining)} {order.instrument} at {at}"


def show(topic: str, words: str) -> Reading:
    """The reading of a question."""
    return Reading(words, Show(topic))


def _is_in(order: OrderReport, scope: CancelScope) -> bool:
    if scope is CancelScope.ALL:
        return True
    if scope is CancelScope.LAST:
        return is_ours(order.label) and sleeve_of(order.label) == MANUAL
    if scope is CancelScope.STOPS:
        return order.type.is_stop
    return order.side is (Side.BUY if scope is CancelScope.BUYS else Side.SELL)


def _order(text: str, context: Context) -> OrderReport:
    """The working order with this id, label or line number; CommandError naming what there is."""
    working = context.trading.working
    for order in working:
        if text in (order.order_id.lower(), order.label.lower()):
            return order
    if re.fullmatch(NUMBER, text) and text.isdigit() and 1 <= int(text) <= len(working):
        return working[int(text) - 1]
    lines = f"lines 1 to {len(working)}" if working else "none"
    raise CommandError(f"{text} is no working order; there are: {lines}")


def _order_list(orders: list[OrderReport], context: Context) -> str:
    if not orders:
        return "none working"
    if len(orders) == 1:
        return order_line(orders[0], context)
    return _count(len(orders), "order")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
