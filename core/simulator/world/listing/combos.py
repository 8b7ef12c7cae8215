"""Combos: which contracts make one, what the venue calls it, and its terms.

Only structures whose names are recorded or documented are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from core.simulator.world.listing.instruments import Instrument, Kind, Terms

Part = tuple[Instrument, int]
"""A contract, and +1 where who buys the combo buys it, -1 where it is sold."""
REACH = 2
"""Strikes between the legs of the spreads the exchange lists itself."""


def structure_of(parts: Sequence[Part]) -> tuple[str, tuple[Part, ...]] | None:
    """(name, legs) of the combo some trades make, whichever side it was asked for; None if none."""
    if len({it.name for it, _ in parts}) < len(parts) or len({_chain(it) for it, _ in parts}) != 1:
        return None
    kinds = {it.kind for it, _ in parts}
    if kinds == {"future"}:
        return _future_spread(parts)
    if kinds == {"option"} and len({it.expiry_ms for it, _ in parts}) == 1:
        return _option_combo(parts)
    return None


def combo(name: str, legs: Sequence[Part], number: int, now_ms: int) -> Instrument:
    """The instrument of a structure; it ends with the first of its legs."""
    first = min((it for it, _ in legs), key=lambda it: it.expiry_ms)
    kind: Kind = "option_combo" if first.kind == "option" else "future_combo"
    return Instrument(
        name, number, kind, first.base, first.settlement, first.index_name, first.expiry_ms,
        first.period, now_ms, _terms([it.terms for it, _ in legs]),
        legs=tuple((it.name, sign) for it, sign in legs),
    )  # fmt: skip


def standard_combos(listed: Iterable[Instrument]) -> list[tuple[str, tuple[Part, ...]]]:
    """What the exchange lists by itself: inverse futures against the perpetual, some spreads."""
    found = []
    inverse = [it for it in listed if not it.is_linear and it.kind in ("future", "option")]
    for coin in dict.fromkeys(it.base for it in inverse):
        own = [it for it in inverse if it.base == coin]
        perpetual = next(it for it in own if it.is_perpetual)
        found += [[(it, 1), (perpetual, -1)]
                  for it in own if it.kind == "future" and it is not perpetual]  # fmt: skip
        found += _standard_options([it for it in own if it.kind == "option"])
    structures = [structure_of(parts) for parts in found]
    return [structure for structure in structures if structure is not None]


def _standard_options(options: list[Instrument]) -> list[list[Part]]:
    """Spreads in the middle of the nearest monthly chain."""
    monthly = [it for it in options if it.period == "month"]
    if not monthly:
        return []
    expiry_ms = min(it.expiry_ms for it in monthly)
    calls, puts = (
        sorted((it for it in monthly if it.expiry_ms == expiry_ms and it.is_call == is_call),
               key=lambda it: it.strike)
        for is_call in (True, False)
    )  # fmt: skip
    middle = len(calls) // 2
    if middle < REACH or len(calls) <= middle + REACH or len(puts) != len(calls):
        return []
    return [
        [(calls[middle], 1), (calls[middle + REACH], -1)],
        [(puts[middle], 1), (puts[middle - REACH], -1)],
        [(calls[middle], 1), (puts[middle], 1)],
    ]


def _future_spread(parts: Sequence[Part]) -> tuple[str, tuple[Part, ...]] | None:
    if len(parts) != 2 or parts[0][1] == parts[1][1]:
        return None
    near, far = sorted((it for it, _ in parts), key=lambda it: _order(it))
    name = f"{far.chain}-FS-{_code(far)}_{_code(near)}"
    return name, ((near, -1), (far, 1))


def _option_combo(parts: Sequence[Part]) -> tuple[str, tuple[Part, ...]] | None:
    """By strike, calls before puts; both sides of a structure have one name."""
    legs = sorted(parts, key=lambda part: (part[0].strike, not part[0].is_call))
    shape = "".join("C" if it.is_call else "P" for it, _ in legs)
    strikes = list(dict.fromkeys(it.name.split("-")[2] for it, _ in legs))
    for flip in (1, -1):
        signs = tuple(sign * flip for _, sign in legs)
        code = SHAPES.get((len(strikes), shape, signs))
        if code is not None:
            chain, expiry = legs[0][0].name.split("-")[:2]
            name = f"{chain}-{code}-{expiry}-{'_'.join(strikes)}"
            return name, tuple((it, sign) for (it, _), sign in zip(legs, signs, strict=True))
    return None


SHAPES = {
    (2, "CC", (1, -1)): "CS",
    (2, "PP", (-1, 1)): "PS",
    (1, "CP", (1, 1)): "STRD",
    (2, "PC", (1, 1)): "STRG",
    (1, "CP", (1, -1)): "REV",
    (2, "CPCP", (1, -1, -1, 1)): "BOX",
}
"""(different strikes, legs by strike, signs) -> the venue's code."""


def _chain(it: Instrument) -> tuple[str, str]:
    return it.index_name, it.settlement


def _order(it: Instrument) -> int:
    """The perpetual is nearer than any date."""
    return 0 if it.is_perpetual else it.expiry_ms


def _code(it: Instrument) -> str:
    return "PERP" if it.is_perpetual else it.name.rpartition("-")[2]


def _terms(legs: Sequence[Terms]) -> Terms:
    """The finest tick and the largest amount of the legs; fees are those of the legs."""
    tick, free = min(terms.tick for terms in legs), Decimal(0)
    return replace(
        legs[0], contract_size=max(terms.contract_size for terms in legs),
        min_amount=max(terms.min_amount for terms in legs), tick=tick, step_above=None,
        step_tick=tick, maker_fee=free, taker_fee=free, mark_decimals=8,
    )  # fmt: skip
