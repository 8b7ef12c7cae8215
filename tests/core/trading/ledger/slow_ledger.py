"""A plain slow ledger in fractions: average and profit from the venue's rules, trade by trade."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Trade = tuple[Decimal, Decimal]
"""(signed amount, price)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Exact amount, average price and realised profit."""

    amount: Fraction
    average: Fraction
    realised: Fraction


def replay(trades: list[Trade], is_harmonic: bool) -> Standing:
    """Every unit is kept with its entry price; closing takes the mean of what is held.

    Source: deribit-api.md section 18: inverse futures realise size * (1/entry - 1/exit) with
    the harmonic mean as entry; linear ones and options size * (exit - entry), arithmetic mean.
    """
    entries: list[tuple[Fraction, Fraction]] = []
    realised = Fraction(0)
    for amount, price in trades:
        left, at = Fraction(amount), Fraction(price)
        held = sum((size for size, _ in entries), Fraction(0))
        if held * left < 0:
            closing = min(abs(left), abs(held)) * (1 if held > 0 else -1)
            entry = _mean(entries, is_harmonic)
            gain = 1 / entry - 1 / at if is_harmonic else at - entry
            realised += closing * gain
            keep = (held - closing) / held
            entries = [(size * keep, entry_price) for size, entry_price in entries if keep]
            left += closing
        if left:
            entries.append((left, at))
    held = sum((size for size, _ in entries), Fraction(0))
    return Standing(held, _mean(entries, is_harmonic) if held else Fraction(0), realised)


def _mean(entries: list[tuple[Fraction, Fraction]], is_harmonic: bool) -> Fraction:
    size = sum((amount for amount, _ in entries), Fraction(0))
    if is_harmonic:
        return size / sum((amount / price for amount, price in entries), Fraction(0))
    return sum((amount * price for amount, price in entries), Fraction(0)) / size
