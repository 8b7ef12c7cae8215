"""Instruments as people write them: `25dec 70000c`, `eth perp`, `btc-25dec26`, and near misses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.clock import NS_PER_S
from core.commands.context import Context
from core.domain.instrument import Instrument, expiry_label
from core.errors import CommandError
from core.market.catalog import Catalog, StrikePair

_EXPIRY = re.compile(r"[0-9]{1,2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:[0-9]{2})?")
_STRIKE = re.compile(r"(?P<strike>[0-9]{1,9}(?:[.D][0-9]{1,6})?)(?P<kind>C|P)?")
_KINDS = {"C": True, "CALL": True, "P": False, "PUT": False}
_PERPETUAL = frozenset({"PERP", "PERPETUAL"})
_SEPARATORS = re.compile(r"[\s\-]+")
_NEAR_ENOUGH = 0.35


@dataclass(frozen=True, slots=True)
class _Description:
    """What the words say about an instrument; None where they say nothing."""

    chain: str | None = None
    expiry: str | None = None
    strike: float | None = None
    is_call: bool | None = None
    is_perpetual: bool = False


def resolve(words: Sequence[str], context: Context) -> Instrument:
    """The one instrument the words mean; no words mean the chosen one.

    The underlying and, for options, the expiry are taken from the chosen instrument when the
    words leave them out. CommandError names the word that fits nothing, and near names.
    """
    if not words:
        return context.chosen()
    catalog = context.board.catalog
    text = "-".join(words).upper()
    if (exact := catalog.get(text)) is not None:
        return exact
    description = _described(text, catalog)
    if description is None:
        raise _unknown(" ".join(words), catalog)
    return _found(_completed(description, context), " ".join(words), context)


def is_expiry(word: str) -> bool:
    """True for `25dec` and `25dec26`."""
    return bool(_EXPIRY.fullmatch(word.upper()))


def near(catalog: Catalog, text: str, limit: int = 8) -> tuple[Instrument, ...]:
    """The instruments whose names are most like `text`, best first; for pickers and refusals."""
    query = "".join(one for one in text.upper() if one.isalnum())
    if not query:
        return ()
    parts = [part for part in _SEPARATORS.split(text.upper()) if part]
    scored = [(_likeness(name, query, parts), name) for name in catalog.by_name]
    best = sorted(((score, name) for score, name in scored if score > 0), key=_best_first)
    return tuple(catalog.by_name[name] for _, name in best[:limit])


def _best_first(scored: tuple[float, str]) -> tuple[float, int, str]:
    score, name = scored
    return (-score, len(name), name)


def _likeness(name: str, query: str, parts: list[str]) -> float:
    """0 when nothing is alike; above 1 when every part of the text begins a part of the name."""
    name_parts = name.replace("_", "-").split("-")
    if all(any(one.startswith(part) for one in name_parts) for part in parts):
        return 2.0 + sum(part in name_parts for part in parts) / 8
    pairs, asked = _pairs(name.replace("-", "").replace("_", "")), _pairs(query)
    alike = 2 * len(pairs & asked) / (len(pairs) + len(asked) or 1)
    return alike if alike >= _NEAR_ENOUGH else 0.0


@lru_cache(8192)
def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _unknown(text: str, catalog: Catalog) -> CommandError:
    names = ", ".join(one.name for one in near(catalog, text, 4))
    return CommandError(f"{text} is no instrument" + (f"; near: {names}" if names else ""))


def _described(text: str, catalog: Catalog) -> _Description | None:
    """What `text` says, or None when a part of it fits nothing."""
    chains = {one.chain for one in catalog.futures} | set(catalog.chains)
    said = _Description()
    for part in _SEPARATORS.split(text):
        if part in chains:
            said = replace(said, chain=part)
        elif part in _PERPETUAL:
            said = replace(said, is_perpetual=True)
        elif part in _KINDS:
            said = replace(said, is_call=_KINDS[part])
        elif _EXPIRY.fullmatch(part):
            said = replace(said, expiry=part.lstrip("0"))
        elif match := _STRIKE.fullmatch(part):
            kind = _KINDS[match["kind"]] if match["kind"] else said.is_call
            said = replace(said, strike=float(match["strike"].replace("D", ".")), is_call=kind)
        else:
            return None
    return said


def _completed(said: _Description, context: Context) -> _Description:
    """The description with chain and expiry of the chosen instrument where none were said."""
    catalog = context.board.catalog
    chosen = catalog.get(context.selected)
    if said.chain is None:
        first = catalog.chains[0] if catalog.chains else ""
        said = replace(said, chain=chosen.chain if chosen else first)
    if said.expiry is None and said.strike is not None:
        own = chosen.expiry_ns if chosen and chosen.is_option else None
        if (expiry_ns := own or context.expiry_ns) is not None:
            said = replace(said, expiry=expiry_label(expiry_ns))
    return said


def _found(said: _Description, text: str, context: Context) -> Instrument:
    catalog, chain = context.board.catalog, said.chain or ""
    is_option = said.strike is not None or said.is_call is not None
    if said.is_perpetual or not (is_option or said.expiry):
        if (is_option or said.expiry) or (perpetual := catalog.perpetual_of(chain)) is None:
            raise _unknown(text, catalog)
        return perpetual
    expiries = catalog.expiries.get(chain, ()) if is_option else _future_expiries(catalog, chain)
    expiry_ns = _expiry(said.expiry, expiries, text, chain, context.now_ns)
    if not is_option:
        future = catalog.future_at(chain, expiry_ns)
        if future is None:
            raise _unknown(text, catalog)
        return future
    return _option(said, catalog.strikes.get((chain, expiry_ns), ()), text)


def _future_expiries(catalog: Catalog, chain: str) -> tuple[int, ...]:
    return tuple(
        sorted(one.expiry_ns for one in catalog.futures if one.chain == chain and one.expiry_ns)
    )


def _expiry(said: str | None, expiries: Iterable[int], text: str, chain: str, now_ns: int) -> int:
    """The nearest living expiry that begins as said; CommandError naming the listed ones."""
    if said is None:
        raise CommandError(f"{text} names no expiry")
    labels = {label: at for at in expiries if (label := expiry_label(at))}
    exact = labels.get(said)
    if exact is not None:
        return exact
    alive = [at for label, at in labels.items() if label[:-2] == said and at > now_ns - NS_PER_S]
    if not alive:
        listed = ", ".join(list(labels)[:8]) or "none"
        raise CommandError(f"{chain} has no expiry {said} there; listed: {listed}")
    return min(alive)


def _option(said: _Description, pairs: tuple[StrikePair, ...], text: str) -> Instrument:
    if said.strike is None or said.is_call is None:
        raise CommandError(f"{text} is not complete: an option needs a strike and c or p")
    asked, is_call = said.strike, said.is_call
    for pair in pairs:
        option = pair.call if is_call else pair.put
        if pair.strike == asked and option is not None:
            return option
    nearest = sorted(pairs, key=lambda pair: abs(pair.strike - asked))[:3]
    strikes = ", ".join(f"{pair.strike:g}" for pair in sorted(nearest, key=lambda p: p.strike))
    raise CommandError(f"strike {asked:g} is not listed there; nearest: {strikes or 'none'}")
