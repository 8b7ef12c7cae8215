"""What a future costs to hold against its index."""

from __future__ import annotations

from math import nan

from core.clock import years_between


def annual_basis(price: float, index: float, now_ns: int, expiry_ns: int) -> float:
    """Simple premium of `price` over `index` a year, a decimal; NaN at expiry or without prices."""
    years = years_between(now_ns, expiry_ns)
    return (price / index - 1) / years if years > 0 and index > 0 else nan
