"""Whether the account can carry the pair: the gate before an entry, the alarm while it is held."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from core.domain.position import AccountFigures
from core.strategies.pair.clip import Leg
from core.trading.strategy import Holdings

INITIAL_RATE = Decimal("0.02")
"""Initial margin of a perpetual as a share of its notional, taken where nothing better is known."""
ENTRY_FACTOR = Decimal("1.2")
CLOSE_FACTOR = Decimal("1.1")


def entry_problem(holdings: Holdings, added: tuple[tuple[Leg, Decimal], ...]) -> str:
    """Why legs with so much more USD notional may not be opened; empty when they may.

    The margin needed is 1.2 x 2 % of what is added, per currency that carries it; a leg that
    shrinks needs none.
    """
    needed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for leg, notional_usd in added:
        margin = ENTRY_FACTOR * INITIAL_RATE * max(Decimal(0), notional_usd)
        needed[leg.instrument.settlement] += margin / _usd_per_currency(leg)
    for currency, amount in needed.items():
        figures = holdings.account(currency)
        if figures is None:
            return f"no account figures of {currency} yet"
        if figures.available < amount:
            return f"{figures.available:.4f} {currency} available, {amount:.4f} needed as margin"
    return ""


def closing_reason(holdings: Holdings, currencies: tuple[str, ...]) -> str:
    """Why everything must be closed now: 1.1 x maintenance margin above equity; else empty."""
    for currency in dict.fromkeys(currencies):
        figures = holdings.account(currency)
        if figures is not None and _is_short(figures):
            return (
                f"{currency} equity {figures.equity:.4f} is below 1.1 x"
                f" maintenance margin {figures.maintenance_margin:.4f}"
            )
    return ""


def _is_short(figures: AccountFigures) -> bool:
    return figures.maintenance_margin * CLOSE_FACTOR > figures.equity


def _usd_per_currency(leg: Leg) -> Decimal:
    """USD of one unit of the currency that carries the leg: the coin for inverse contracts."""
    return Decimal(repr(leg.mid)) if leg.instrument.is_inverse else Decimal(1)
