"""A preview in few words, for the command line and the ticket; what is unknown is left out."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from core.commands.preview import Preview
from tui.views import figures

STABLE = ("USDC", "USDT", "USD")


def preview_parts(preview: Preview) -> tuple[str, ...]:
    """`0.1875 BTC`, `iv 55.9`, `Δ -2.11`, `im +0.412`: the most wanted first."""
    parts = [money(preview.premium, preview.currency)] if preview.premium is not None else []
    if preview.premium is None and preview.notional_usd is not None:
        parts.append(f"${preview.notional_usd:,.0f}")
    if isfinite(preview.iv):
        parts.append(f"iv {preview.iv * 100:.1f}")
    if isfinite(preview.change.delta):
        parts.append(f"Δ {figures.signed(preview.change.delta, 2)}")
    if preview.margin is not None:
        parts.append(f"im {signed_money(preview.margin, preview.currency)}")
    if preview.fee is not None:
        parts.append(f"fee {fee_text(preview.fee, preview.currency)}")
    return tuple(parts)


def money(amount: Decimal, currency: str) -> str:
    """`pay 0.1875 BTC` or `get 0.1875 BTC`."""
    word = "pay" if amount > 0 else "get"
    return f"{word} {abs(amount):,.{_places(currency)}f} {currency}"


def signed_money(amount: Decimal, currency: str) -> str:
    """`+0.4120`, in the currency's own decimals."""
    return figures.signed(float(amount), _places(currency))


def fee_text(amount: Decimal, currency: str) -> str:
    """A fee with enough decimals to be seen."""
    places = _places(currency) + 2
    return f"{amount:.{places}f}".rstrip("0").rstrip(".") or "0"


def _places(currency: str) -> int:
    return 2 if currency in STABLE else 4
