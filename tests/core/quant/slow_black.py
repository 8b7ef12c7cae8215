"""Black-76 in 40-digit decimal arithmetic: the slow plain version the fast one is held against."""

from __future__ import annotations

from decimal import Decimal, localcontext

_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628621")


def slow_otm_price(forward: float, strike: float, tau: float, vol: float) -> Decimal:
    """USD price of the out-of-the-money option at this strike."""
    with localcontext() as context:
        context.prec = 40
        f, k = Decimal(forward), Decimal(strike)
        v = Decimal(vol) * Decimal(tau).sqrt()
        d1 = (f / k).ln() / v + v / 2
        d2 = d1 - v
        if strike >= forward:
            return f * _cumulative(d1) - k * _cumulative(d2)
        return k * _cumulative(-d2) - f * _cumulative(-d1)


def _cumulative(x: Decimal) -> Decimal:
    density = (-x * x / 2).exp() / (2 * _PI).sqrt()
    if x < -4:
        return density * _mills_fraction(-x)
    if x > 4:
        return 1 - density * _mills_fraction(x)
    return Decimal("0.5") + density * _series(x)


def _series(x: Decimal) -> Decimal:
    """Sum of x^(2n+1) / (1*3*...*(2n+1)): all terms of one sign."""
    term = total = x
    n = 1
    while abs(term) > abs(total) * Decimal("1e-40"):
        n += 2
        term = term * x * x / n
        total += term
    return total


def _mills_fraction(x: Decimal) -> Decimal:
    """1/(x + 1/(x + 2/(x + 3/...))), from far enough inside for 25 digits at x = 4."""
    tail = x
    for n in range(100, 0, -1):
        tail = x + n / tail
    return 1 / tail
