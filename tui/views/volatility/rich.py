"""The quotes furthest from the fit: what is dear, what is cheap, by how many half-spreads."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from core.desk.desk import Desk
from core.domain.instrument import expiry_label
from core.pricing.view import Smile, SmilePoint
from tui.views.volatility.picture import is_pricing_stale, now_picture, waiting_words
from tui.views.volatility.strikes import call_delta

QuoteKey = tuple[int, float]
"""(expiry in ns, strike)."""


@dataclass(frozen=True, slots=True)
class RichRow:
    """One quote against its fit; volatility points."""

    key: QuoteKey
    expiry: str
    strike: float
    is_call: bool
    mid: float
    fit: float
    richness: float
    """Mid less fit: positive is dear."""
    half_spreads: float
    """The richness in halves of the quote's own spread: beyond 1 the curve lies outside it."""
    delta: float


@dataclass(frozen=True, slots=True)
class RichView:
    """The list, the furthest first."""

    chain: str
    rows: tuple[RichRow, ...]
    outside: int
    """How many quotes do not hold the curve between bid and ask."""
    total: int
    is_stale: bool
    empty: str


def half_spreads(point: SmilePoint) -> float:
    """Richness in half-spreads of the quote; NaN without one of them."""
    spread = point.ask_iv - point.bid_iv
    return 2.0 * point.richness / spread if spread > 0 else float("nan")


def rich_rows(desk: Desk, chain: str) -> tuple[RichRow, ...]:
    """Every quote the filter let pass that has a fit, the furthest in half-spreads first."""
    found = [
        row
        for smile in now_picture(desk, chain).smiles
        for point in smile.points
        if point.is_used and (row := _row(smile, point)) is not None
    ]
    return tuple(sorted(found, key=lambda row: (-abs(row.half_spreads), row.key)))


def rich_view(desk: Desk, chain: str) -> RichView:
    """The whole list of one chain."""
    rows = rich_rows(desk, chain)
    words = ""
    if not rows:
        has_smiles = any(one.points for one in now_picture(desk, chain).smiles)
        words = "No fit to compare quotes with." if has_smiles else waiting_words(desk)
    outside = sum(abs(row.half_spreads) > 1 for row in rows)
    return RichView(chain, rows, outside, len(rows), is_pricing_stale(desk), words)


def _row(smile: Smile, point: SmilePoint) -> RichRow | None:
    spreads = half_spreads(point)
    if not isfinite(spreads):
        return None
    is_call = point.strike >= smile.forward
    delta = call_delta(point.k, point.mid_iv, smile.tau_years)
    return RichRow(
        (smile.expiry_ns, point.strike),
        expiry_label(smile.expiry_ns),
        point.strike,
        is_call,
        point.mid_iv * 100,
        point.fit_iv * 100,
        point.richness * 100,
        spreads,
        delta if is_call else delta - 1.0,
    )


def otm_name(desk: Desk, chain: str, key: QuoteKey) -> str:
    """The out-of-the-money option of a quote; empty when it is not listed."""
    pairs = desk.board.catalog.strikes.get((chain, key[0]), ())
    pair = next((one for one in pairs if one.strike == key[1]), None)
    smile = now_picture(desk, chain).smile(key[0])
    if pair is None or smile is None:
        return ""
    option = pair.call if key[1] >= smile.forward else pair.put
    return option.name if option else ""
