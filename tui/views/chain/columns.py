"""Which columns the chain shows in a given width, and how wide they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from core.domain.instrument import Instrument
from core.market.catalog import StrikePair
from tui.selection import ColumnSet
from tui.views import figures

RANKS = {
    "quotes": "bid ask iv Δ pos qty mark oi qty2 v Θ Γ biv aiv vol",
    "greeks": "bid ask Δ v Θ Γ pos iv mark oi qty qty2 biv aiv vol",
    "vols": "bid ask iv biv aiv Δ pos mark v qty oi qty2 Θ Γ vol",
}
CALLS = (
    *("pos", "vol", "oi", "Θ", "v", "Γ", "Δ", "mark", "iv", "biv", "aiv"),
    *("bqty", "bid", "ask", "aqty"),
)
"""From the outer edge to the strike."""
PUTS = ("bqty", "bid", "ask", "aqty", "biv", "aiv", "iv", *reversed(CALLS[:8]))
"""From the strike to the outer edge: mirrored, but bid stays left of ask."""
WIDTHS = {"Δ": 5, "iv": 5, "Γ": 8}
WIDTH = 6
TITLES = {"bqty": "qty", "aqty": "qty", "biv": "b iv", "aiv": "a iv"}


@dataclass(frozen=True, slots=True)
class ChainColumns:
    """Which columns stand on each side, and how wide each is."""

    calls: tuple[tuple[str, int], ...]
    puts: tuple[tuple[str, int], ...]
    half: int
    """Cells of each side."""
    strike: int
    """Cells of the strike column."""


def chain_columns(
    chosen: ColumnSet, pairs: tuple[StrikePair, ...], forward: float, width: int
) -> ChainColumns:
    """The columns that fit: the ranking of the chosen set, filled until a side is full."""
    option = next((one for pair in pairs for one in (pair.call, pair.put) if one), None)
    price = _price_width(option, forward)
    widths = {name: WIDTHS.get(name, WIDTH) for name in CALLS}
    strike = max((len(figures.strike_text(pair.strike)) + 2 for pair in pairs), default=8)
    strike = max(strike, 8)
    half = max(0, (width - 2 - strike) // 2)
    widths["mark"] = price + 1
    ranks = RANKS[chosen].split()
    # Wide gaps before the prices are pleasant, but another column is worth more.
    found = [
        _both(ranks, widths | {"bid": price + gap, "ask": price + gap}, half) for gap in (2, 1)
    ]
    calls, puts = max(found, key=lambda sides: len(sides[0]) + len(sides[1]))
    return ChainColumns(calls, puts, half, strike)


def _both(
    ranks: list[str], widths: dict[str, int], half: int
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """Calls and puts.

    The mark of the cursor stands before the calls' outermost column and the strike follows
    the innermost one: they give up a cell of the first for a gap at the second.
    """
    calls = _side(ranks, widths | {"pos": WIDTH - 1}, half - 1, CALLS)
    return calls, _side(ranks, widths, half, PUTS)


def _side(
    ranks: list[str], widths: dict[str, int], half: int, order: tuple[str, ...]
) -> tuple[tuple[str, int], ...]:
    """Columns by rank while they fit, in their order, with the spare cells shared out."""
    sizes = ("bqty", "aqty") if order is CALLS else ("aqty", "bqty")
    names = dict(zip(("qty", "qty2"), sizes, strict=True))
    chosen: list[str] = []
    left = half
    for rank in ranks:
        name = names.get(rank, rank)
        if widths[name] > left:
            break
        chosen.append(name)
        left -= widths[name]
    share = min(2, left // len(chosen)) if chosen else 0
    return tuple((name, widths[name] + share) for name in order if name in chosen)


def _price_width(option: Instrument | None, forward: float) -> int:
    """Cells of the dearest price: coin prices stay below 1, others below the underlying."""
    if option is None:
        return 6
    if option.is_inverse or not isfinite(forward):
        return option.price_decimals + 2
    return max(6, len(figures.fixed(forward, option.price_decimals)))
