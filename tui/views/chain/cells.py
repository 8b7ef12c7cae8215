"""What stands in each column of the chain, formatted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite, nan
from typing import NamedTuple

from core.market.quote import Quote
from core.pricing.view import OptionPricing
from tui.views import figures


class Cell(NamedTuple):
    """Text filled to the width of its column, and its tone."""

    text: str
    tone: str


class Reading(NamedTuple):
    """All that is known of one option at one moment."""

    quote: Quote
    own: OptionPricing | None
    held: Decimal | None
    decimals: int
    amount_decimals: int


def cell_of(name: str, width: int, row: Reading) -> Cell:
    """The text of one column; dim when stale, faint when there is nothing."""
    text, tone = CELLS[name](row)
    if row.quote.is_stale and name != "pos":
        tone = "dim"
    elif text == figures.MISSING:
        tone = "faint"
    return Cell(f"{text:>{width}}", tone)


def _position(row: Reading) -> tuple[str, str]:
    if not row.held:
        return "", "dim"
    return figures.held(float(row.held)), "up" if row.held > 0 else "down"


def _price(price: float, tone: str, row: Reading) -> tuple[str, str]:
    return figures.fixed(price, row.decimals), tone


def _iv(row: Reading) -> tuple[str, str]:
    """Of our own mid; the venue's mark volatility while there is no two-sided quote."""
    own = row.own.mid_iv if row.own else nan
    return figures.vol_points(own if isfinite(own) else row.quote.mark_iv), "text"


def _delta(row: Reading) -> tuple[str, str]:
    delta = row.own.delta if row.own else row.quote.delta
    if abs(delta) >= 0.995:
        return f"{delta:+.1f}", "mid"
    return figures.ratio(delta), "mid"


def _own(row: Reading, field: str, scale: float, decimals: int, tone: str) -> tuple[str, str]:
    value: float = getattr(row.own, field) if row.own else getattr(row.quote, field, nan)
    return figures.fixed(value * scale, decimals), tone


def _gamma(row: Reading) -> tuple[str, str]:
    """Change of delta per USD, without its leading zero."""
    text, tone = _own(row, "gamma", 1, 6, "mid")
    return text.removeprefix("0") if text.startswith("0.") else text, tone


CELLS: dict[str, Callable[[Reading], tuple[str, str]]] = {
    "pos": _position,
    "bid": lambda row: _price(row.quote.bid, "up_soft", row),
    "ask": lambda row: _price(row.quote.ask, "down_soft", row),
    "mark": lambda row: _price(row.quote.mark, "mid", row),
    "bqty": lambda row: (figures.sized(row.quote.bid_amount, row.amount_decimals), "dim"),
    "aqty": lambda row: (figures.sized(row.quote.ask_amount, row.amount_decimals), "dim"),
    "oi": lambda row: (figures.count(row.quote.open_interest), "dim"),
    "vol": lambda row: (figures.count(row.quote.volume), "dim"),
    "iv": _iv,
    "Δ": _delta,
    "biv": lambda row: _own(row, "bid_iv", 100, 1, "up_soft"),
    "aiv": lambda row: _own(row, "ask_iv", 100, 1, "down_soft"),
    "Γ": _gamma,
    "v": lambda row: _own(row, "vega", 1, 1, "mid"),
    "Θ": lambda row: _own(row, "theta", 1, 1, "mid"),
}
