"""`practice FAULT VALUE`: trouble on the simulated exchange, read against what it serves."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal, InvalidOperation

from core.commands.context import Context
from core.commands.reading import Reading, Rehearse, ShowHelp
from core.errors import CommandError
from core.venues.http_rpc import Value
from core.venues.practice import Fault, FaultParam, Rehearsal

PERCENT = frozenset({"fraction"})
"""Parameters the exchange takes as a fraction of 1 and a trader says in percent."""
_TRUTHS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


def listed(_match: re.Match[str], context: Context) -> Reading:
    """`practice`: what there is."""
    return Reading(f"list {len(offered(context))} faults", ShowHelp("practice"))


def rehearse(match: re.Match[str], context: Context) -> Reading:
    """`practice FAULT VALUE`: values in the fault's order, or as name=value in any order."""
    kind, *words = match["rest"].split()
    fault = _fault(kind, context)
    rehearsal = Rehearsal(kind, _values(fault, words, context))
    return Reading(f"REHEARSE {rehearsal.words}", Rehearse(rehearsal), notes=_notes(fault))


def offered(context: Context) -> tuple[Fault, ...]:
    """What can be rehearsed; CommandError with the reason when nothing can."""
    if context.no_practice:
        raise CommandError(context.no_practice)
    if not context.faults:
        raise CommandError("the simulator has not said yet what can be rehearsed")
    return context.faults


def typed(fault: Fault) -> str:
    """The fault with the values it takes when none are given: `silent 5`.

    It stops before the first that is optional, or a sentence: those can only be named.
    """
    words = [fault.kind]
    for param in fault.params:
        word = None if param.default is None else shown(param, param.default)
        if word is None or " " in word:
            break
        words.append(word)
    return " ".join(words)


def shown(param: FaultParam, value: Value) -> str:
    """A value as a trader types it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        number = Decimal(str(value)) * (100 if param.name in PERCENT else 1)
        return f"{number.normalize():f}"
    return value


def _fault(kind: str, context: Context) -> Fault:
    faults = offered(context)
    for fault in faults:
        if fault.kind == kind:
            return fault
    kinds = [one.kind for one in faults]
    near = [one for one in kinds if one.startswith(kind)] or difflib.get_close_matches(kind, kinds)
    raise CommandError(
        f"{kind} cannot be rehearsed; "
        + (f"near: {', '.join(near)}" if near else f"there are: {', '.join(kinds)}")
    )


def _notes(fault: Fault) -> tuple[str, ...]:
    return (fault.says,) if fault.says else ()


def _values(fault: Fault, words: list[str], context: Context) -> tuple[tuple[str, Value], ...]:
    by_name = {param.name: param for param in fault.params}
    found: dict[str, Value] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            name, text = _next_name(fault, found, word), word
        if name not in by_name:
            raise CommandError(f"{fault.kind} knows no {name}; it takes {_takes(fault)}")
        found[name] = _value(by_name[name], text, context)
    return tuple(found.items())


def _next_name(fault: Fault, found: dict[str, Value], word: str) -> str:
    for param in fault.params:
        if param.name not in found:
            return param.name
    raise CommandError(f"{word} is too much: {fault.kind} takes {_takes(fault)}")


def _takes(fault: Fault) -> str:
    return ", ".join(param.name for param in fault.params) or "no value"


def _value(param: FaultParam, text: str, context: Context) -> Value:
    if isinstance(param.default, bool):
        if text not in _TRUTHS:
            raise CommandError(f"{param.name} is {text}, must be on or off")
        return _TRUTHS[text]
    number = _number(param, text)
    if number is not None:
        return number
    if isinstance(param.default, int | float) or param.name in PERCENT:
        raise CommandError(f"{param.name} is {text}, must be a number")
    return _cased(text, context)


def _number(param: FaultParam, text: str) -> float | int | None:
    """The number in `text`; None when it is none."""
    try:
        value = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    if param.name in PERCENT or text.endswith("%"):
        return float(value / 100)
    return int(value) if value == value.to_integral_value() else float(value)


def _cased(text: str, context: Context) -> str:
    """`text` with the names of instruments in it as the venue writes them."""
    listed = context.board.instrument
    return ".".join(part.upper() if listed(part.upper()) else part for part in text.split("."))
