"""Saved values put back, into the objects that are there where others hold them."""

from __future__ import annotations

import base64
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from typing import Any, Protocol

import numpy as np

from core.simulator.ordered import OrderedSet
from core.simulator.rpc import Json
from core.simulator.state.plain import HOME, SKIPPED, is_frozen


class Known(Protocol):
    """Finds what saved values name."""

    def find(self, kind: str, name: str) -> object:
        """The order, market, account or instrument of a name; None when it is no more."""
        ...


class Reviver:
    """Makes values out of saved ones; raises KeyError, TypeError or ValueError for others."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._classes = _classes()
        self._make: dict[str, Callable[[Json], Any]] = {
            "$f": lambda v: float(v["$f"]), "$d": lambda v: Decimal(v["$d"]),
            "$i": lambda v: int(v["$i"]), "$t": lambda v: tuple(self._row(v["$t"])),
            "$q": lambda v: deque(self._row(v["$q"])), "$s": lambda v: set(self._row(v["$s"])),
            "$u": lambda v: OrderedSet(self._row(v["$u"])), "$m": self._mapping,
            "$a": _array, "$g": _stream, "$o": self._object,
            "$order": lambda v: self._named("order", v["$order"]),
            "$market": lambda v: self._named("market", v["$market"]),
            "$account": lambda v: self._named("account", v["$account"]),
            "$instrument": lambda v: self._named("instrument", v["$instrument"]),
        }  # fmt: skip

    def fill(self, item: object, saved: Json) -> None:
        """Give an object its saved fields; a field it no longer has is let go."""
        for name, data in saved.items():
            if not hasattr(item, name):
                continue
            value = self.renewed(getattr(item, name), data)
            if value is not SKIPPED:
                object.__setattr__(item, name, value)

    def value(self, data: Any) -> Any:
        """A new value; SKIPPED for the name of something that is no more."""
        if isinstance(data, list):
            return self._row(data)
        if not isinstance(data, dict):
            return data
        tag = next(iter(data), "")
        if tag.startswith("$"):
            return self._make[tag](data)
        pairs = ((key, self.value(value)) for key, value in data.items())
        return {key: value for key, value in pairs if value is not SKIPPED}

    def renewed(self, present: Any, data: Any) -> Any:
        """The saved value, in the object that is there when it is one that others hold."""
        if not isinstance(data, dict):
            return self._renewed_list(present, data)
        if "$o" in data:
            return self._renewed_object(present, data)
        if "$g" in data and isinstance(present, np.random.Generator):
            present.bit_generator.state = _narrow(data["$g"])
            return present
        if "$t" in data and isinstance(present, tuple) and len(present) == len(data["$t"]):
            return tuple(self.renewed(a, b) for a, b in zip(present, data["$t"], strict=True))
        if isinstance(present, dict):
            return self._renewed_dict(present, data)
        value = self.value(data)
        return deque(value, present.maxlen) if isinstance(present, deque) else value

    def _renewed_list(self, present: Any, data: Any) -> Any:
        """The list itself stays too."""
        if not isinstance(present, list) or not isinstance(data, list):
            return self.value(data)
        if len(present) == len(data):
            present[:] = [self.renewed(a, b) for a, b in zip(present, data, strict=True)]
        else:
            present[:] = self._row(data)
        return present

    def _renewed_object(self, present: Any, data: Json) -> Any:
        if type(present).__name__ != data["$o"] or is_frozen(type(present)):
            return self.value(data)
        self.fill(present, data["fields"])
        return present

    def _renewed_dict(self, present: dict[Any, Any], data: Json) -> dict[Any, Any]:
        """The dictionary itself stays, for those who hold it."""
        if "$m" in data:
            new = self._mapping(data)
        else:
            new = {key: self.renewed(present.get(key), value) for key, value in data.items()}
        present.clear()
        present.update((key, value) for key, value in new.items() if value is not SKIPPED)
        return present

    def complete(self, item: object, saved: Json, **given: object) -> None:
        """Give a blank object all its fields; those neither saved nor given take their default."""
        kind = type(item)
        declared = {f.name: f for f in fields(kind)} if is_dataclass(kind) else {}
        values = {name: self.value(value) for name, value in saved.items()} | given
        for name, value in values.items():
            if value is not SKIPPED and (name in declared or not declared):
                object.__setattr__(item, name, value)
        for name, field in declared.items():
            if values.get(name, SKIPPED) is SKIPPED:
                object.__setattr__(item, name, _default(kind, field))

    def _object(self, data: Json) -> Any:
        item: object = object.__new__(self._classes[data["$o"]])
        self.complete(item, data["fields"])
        return item

    def _row(self, data: list[Any]) -> list[Any]:
        values = (self.value(value) for value in data)
        return [value for value in values if value is not SKIPPED]

    def _mapping(self, data: Json) -> dict[Any, Any]:
        pairs = ((self.value(key), self.value(value)) for key, value in data["$m"])
        return {key: value for key, value in pairs if key is not SKIPPED and value is not SKIPPED}

    def _named(self, kind: str, name: str) -> object:
        found = self._known.find(kind, name)
        return SKIPPED if found is None else found


def _default(kind: type, field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise ValueError(f"a saved {kind.__name__} has no {field.name}")


def _classes() -> dict[str, type]:
    """The simulator's classes by name; nothing else is ever made from a file."""
    found: dict[str, type] = {}
    for name, module in list(sys.modules.items()):
        if name.startswith(HOME):
            for kind in list(vars(module).values()):
                if isinstance(kind, type) and kind.__module__ == name:
                    found[kind.__name__] = kind
    return found


def _array(data: Json) -> Any:
    flat = np.frombuffer(base64.b64decode(data["data"]), np.dtype(data["$a"]))
    return flat.reshape(data["shape"]).copy()


def _stream(data: Json) -> np.random.Generator:
    stream = np.random.default_rng(0)
    stream.bit_generator.state = _narrow(data["$g"])
    return stream


def _narrow(state: Any) -> Any:
    if isinstance(state, dict):
        return int(state["$i"]) if "$i" in state else {k: _narrow(v) for k, v in state.items()}
    return state
