"""`python -m core.pricing.options.compiling`: compile the second engine into its cache, and end.

The compiler takes many seconds and most of a core, so it runs in a process of its own, politely;
whoever imports the engine afterwards finds everything compiled. NUMBA_CACHE_DIR says where.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from core.quant.black import price_usd
from core.quant.vollib_engine import implied_vol_vollib

_POLITE = 15


def first_volatilities() -> bool:
    """Have the second engine invert a few prices; True when it gives back what went in.

    Raises what the engine raises when it cannot be imported or compiled.
    """
    strike = np.array([80.0, 100.0, 125.0])
    is_call = np.array([False, True, True])
    price = price_usd(100.0, strike, 0.25, 0.6, is_call)
    found = implied_vol_vollib(price, 100.0, strike, 0.25, is_call)
    return bool(np.allclose(found.vol, 0.6, rtol=1e-9))


if __name__ == "__main__":
    os.nice(_POLITE)
    if not first_volatilities():
        sys.exit("its volatilities are wrong")
