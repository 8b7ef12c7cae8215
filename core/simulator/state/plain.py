"""Objects of the simulator as values JSON can hold.

Everything an object has is saved, so that a new field cannot be forgotten; what is wiring or is
made anew at the start is named in OMITTED. Tagged values are dictionaries with one key that begins
with a dollar sign.
"""

from __future__ import annotations

import base64
import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

import numpy as np

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order
from core.simulator.markets.market import Market
from core.simulator.ordered import OrderedSet
from core.simulator.rpc import Json
from core.simulator.world.listing.instruments import Instrument

OMITTED: Final[dict[str, frozenset[str]]] = {
    "Order": frozenset({"account", "connection"}),
    "Position": frozenset({"market"}),
    "Account": frozenset({"client_id", "orders", "positions", "tills"}),
    "Market": frozenset({"instrument", "legs", "_book", "_board", "_row"}),
    "Tape": frozenset({"_instrument", "trades"}),
    "Bars": frozenset({"_old", "_new"}),
    "Exchange": frozenset({"recorder", "is_locked", "_stepped_ms", "_touched"}),
    "ChangeIds": frozenset({"_known"}),
    "Floor": frozenset(
        {"markets", "_option_markets", "_future_markets", "_spot_markets", "_combo_markets"}
    ),
    "FutureBoard": frozenset({"instruments"}),
    "SpotBoard": frozenset({"instruments"}),
    "ComboBoard": frozenset({"instruments", "_places"}),
    "OptionBoard": frozenset(
        {
            "instruments",
            "underlying",
            "tick",
            "step_from",
            "step",
            "_index_names",
            "_coins",
            "_index_row",
            "_surface_row",
            "_basis_row",
            "_forward_scale",
            "_factor",
            "_alone",
            "_is_eth",
        }
    ),
    "World": frozenset({"size"}),
    "Coins": frozenset({"coins", "names", "row", "_beta", "_own_vol"}),
    "Surface": frozenset({"home", "_center"}),
    "Lister": frozenset({"_size"}),
    "Past": frozenset({"seconds"}),
    "Marks": frozenset({"rows"}),
    "FundingHistory": frozenset({"minutes", "hours", "_past"}),
    "PublicSettlements": frozenset({"rows"}),
    "Rollover": frozenset({"deliveries"}),
}
"""Fields deliberately not saved: kept apart by their owner's own rule, or of this process only.

The owner of an order or position and the books are saved by name, trades, finished candles and
rows of the public past go into the history file, boards know their instruments from what is
listed, a world its coins from its size. A connection, a lock and the time of the last step belong
to one process.
"""
SKIPPED: Final = object()
"""What wiring becomes: nothing is written for it."""
_PLAIN = frozenset({str, int, bool, type(None)})
HOME = "core.simulator."


def is_frozen(kind: type) -> bool:
    """True for values, which are never changed in place."""
    return is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def names_of(item: object) -> tuple[str, ...]:
    """The fields of an object that are saved, in the order they were declared."""
    kind = type(item)
    present = [f.name for f in fields(item)] if is_dataclass(item) else list(vars(item))
    omitted = OMITTED.get(kind.__name__, frozenset())
    return tuple(name for name in present if name not in omitted)


class Plan:
    """How the fields of one class are read, all in one call."""

    def __init__(self, item: object) -> None:
        self.names = names_of(item)
        self._read = attrgetter(*self.names) if self.names else None
        self._size = 0 if is_dataclass(item) else len(vars(item))

    def fits(self, item: object) -> bool:
        """False for an object that got attributes others of its class do not have."""
        return not self._size or len(vars(item)) == self._size

    def values(self, item: object) -> tuple[Any, ...]:
        """The values in the order of `names`."""
        if self._read is None:
            return ()
        found = self._read(item)
        return found if len(self.names) > 1 else (found,)


class Packer:
    """Packs one picture of the exchange; an object met twice is written once."""

    def __init__(
        self,
        wiring: Iterable[object] = (),
        *,
        streams: bool = True,
        plans: dict[type, Plan] | None = None,
    ) -> None:
        """Without `streams` generators count as wiring; `plans` are shared between packers."""
        self._met = {id(part) for part in wiring}
        self._streams = streams
        self._plans = {} if plans is None else plans
        self._pack: dict[type, Callable[[Any], Any]] = {
            float: _float, Decimal: lambda v: {"$d": str(v)},
            list: self._row, tuple: lambda v: self._tagged("$t", v),
            dict: self._mapping, deque: lambda v: self._tagged("$q", v),
            set: lambda v: self._tagged("$s", sorted(v, key=repr)),
            OrderedSet: lambda v: self._tagged("$u", v),
            np.ndarray: _array, np.random.Generator: self._stream,
            Order: lambda v: {"$order": v.order_id}, Market: lambda v: {"$market": v.name},
            Account: lambda v: {"$account": v.client_id},
            Instrument: lambda v: {"$instrument": v.name},
        }  # fmt: skip

    def fields(self, item: object) -> Json:
        """The saved fields of one object by name."""
        pack, plan = self._pack, self._plans.get(type(item))
        if plan is None or not plan.fits(item):
            plan = self._plans[type(item)] = Plan(item)
        row = {}
        for name, value in zip(plan.names, plan.values(item), strict=True):
            kind = type(value)
            if kind not in _PLAIN:
                known = pack.get(kind)
                value = self._other(value) if known is None else known(value)
                if value is SKIPPED:
                    continue
            row[name] = value
        return row

    def value(self, value: Any) -> Any:
        """One value; SKIPPED for wiring, TypeError for what cannot be saved."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        pack = self._pack.get(kind)
        return self._other(value) if pack is None else pack(value)

    def _other(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, np.generic):
            return self.value(value.item())
        if callable(value) or id(value) in self._met:
            return SKIPPED
        kind = type(value)
        if not kind.__module__.startswith(HOME):
            raise TypeError(f"a {kind.__name__} cannot be saved")
        self._pack[kind] = self._frozen if is_frozen(kind) else self._object
        return self._pack[kind](value)

    def _object(self, item: object) -> Any:
        if id(item) in self._met:
            return SKIPPED
        self._met.add(id(item))
        return self._frozen(item)

    def _frozen(self, item: object) -> Json:
        return {"$o": type(item).__name__, "fields": self.fields(item)}

    def _row(self, values: Iterable[Any]) -> Any:
        """A collection that holds wiring is wiring."""
        packed = [self.value(value) for value in values]
        return SKIPPED if any(value is SKIPPED for value in packed) else packed

    def _tagged(self, tag: str, values: Iterable[Any]) -> Any:
        row = self._row(values)
        return SKIPPED if row is SKIPPED else {tag: row}

    def _mapping(self, value: dict[Any, Any]) -> Any:
        pairs = [(key, self.value(item)) for key, item in value.items()]
        if any(item is SKIPPED for _, item in pairs):
            return SKIPPED
        if all(type(key) is str and not key.startswith("$") for key, _ in pairs):
            return dict(pairs)
        return {"$m": [[self.value(key), item] for key, item in pairs]}

    def _stream(self, stream: np.random.Generator) -> Any:
        if not self._streams or id(stream) in self._met:
            return SKIPPED
        self._met.add(id(stream))
        return {"$g": _wide(stream.bit_generator.state)}


def _float(value: float) -> Any:
    return value if math.isfinite(value) else {"$f": repr(value)}


def _array(values: np.ndarray[Any, Any]) -> Json:
    data = base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
    return {"$a": values.dtype.str, "shape": list(values.shape), "data": data}


def _wide(state: Any) -> Any:
    """Bit generators hold integers of 128 bits, which go as text."""
    if isinstance(state, dict):
        return {key: _wide(value) for key, value in state.items()}
    return {"$i": str(state)} if isinstance(state, int) else state
