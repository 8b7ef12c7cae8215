"""Reads what was asked for against the table, with one reason when it is wrong."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.simulator.rpc import invalid
from core.simulator.server.faults.table import ORDERS, TABLE, FaultKind, Parameter, Setting

ORDER_METHODS = frozenset(
    "private/" + name for name in ("buy", "sell", "edit", "edit_by_label", "close_position")
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with every parameter settled."""

    kind: str
    settings: Mapping[str, Setting]

    def number(self, name: str) -> float:
        """A number."""
        value = self.settings[name]
        assert isinstance(value, int | float)
        return value

    def count(self, name: str = "count") -> int:
        """A whole number."""
        return int(self.number(name))

    def is_on(self, name: str) -> bool:
        """A truth."""
        return bool(self.settings[name])

    def text(self, name: str) -> str:
        """A text that has a default."""
        return str(self.settings[name])

    def chosen(self, name: str) -> str | None:
        """A text, None when left out."""
        value = self.settings.get(name)
        return None if value is None else str(value)

    def is_for(self, client_id: str | None) -> bool:
        """True when this client is meant."""
        return self.chosen("client") in (None, client_id)

    def meets(self, method: str, client_id: str | None, key: str = "method") -> bool:
        """True when a request of this method by this client is meant."""
        wanted = self.text(key)
        is_meant = method in ORDER_METHODS if wanted == ORDERS else matches(method, wanted)
        return is_meant and self.is_for(client_id)


def matches(name: str, wanted: str) -> bool:
    """True when a name fits a pattern with *."""
    return fnmatch.fnmatchcase(name, wanted)


def read(params: Mapping[str, Any]) -> Fault:
    """The fault `params` ask for; RpcError names the parameter that is wrong."""
    kind = params.get("kind")
    if not isinstance(kind, str) or kind not in TABLE:
        raise invalid("kind", f"must be one of {', '.join(TABLE)}")
    known = TABLE[kind]
    names = [parameter.name for parameter in known.parameters]
    for name in params:
        if name != "kind" and name not in names:
            raise invalid(name, f"{kind} takes {', '.join(names) or 'no parameters'}")
    return Fault(kind, _settings(known, params))


def _settings(kind: FaultKind, params: Mapping[str, Any]) -> dict[str, Setting]:
    return {
        one.name: one.default if params.get(one.name) is None else _value(one, params[one.name])
        for one in kind.parameters
    }


def _value(parameter: Parameter, value: Any) -> Setting:
    if isinstance(parameter.default, bool):
        return _truth(parameter, value)
    if isinstance(parameter.default, int | float):
        return _number(parameter, value)
    if not isinstance(value, str) or not value or len(value) > 256:
        raise invalid(parameter.name, "must be a text")
    return value


def _truth(parameter: Parameter, value: Any) -> bool:
    if value in (True, "true", "yes", "on"):
        return True
    if value in (False, "false", "no", "off"):
        return False
    raise invalid(parameter.name, "must be true or false")


def _number(parameter: Parameter, value: Any) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or math.isnan(number):
        raise invalid(parameter.name, "must be a number")
    if not parameter.low <= number <= parameter.high:
        raise invalid(parameter.name, f"must lie between {parameter.low:g} and {parameter.high:g}")
    if isinstance(parameter.default, int) and number != int(number):
        raise invalid(parameter.name, "must be a whole number")
    return int(number) if isinstance(parameter.default, int) else number
