"""Implied volatility through py_vollib_vectorized: a second opinion, engine "vollib" in settings.

The only file that may import a foreign solver. The import takes a second and compiles for several
more when its cache is cold, so it happens inside the function; whoever starts the program sets
NUMBA_CACHE_DIR to a folder of ours beforehand, because without a writable cache the import fails.

Rows are checked with our own rules first: one row with no time left would raise for the whole
batch, and a price under intrinsic would come back as volatility 0.
"""

from __future__ import annotations

import numpy as np

from core.quant.implied import ImpliedVol, IvStatus, classify
from core.quant.types import BoolArray, BoolLike, FloatArray, FloatLike


def implied_vol_vollib(
    price_usd: FloatLike,
    forward: FloatLike,
    strike: FloatLike,
    tau_years: FloatLike,
    is_call: BoolLike,
) -> ImpliedVol:
    """Black-76 volatility of undiscounted USD prices by Jäckel's method as py_vollib has it.

    Args are those of `implied.implied_vol`.
    """
    shaped = np.broadcast_arrays(
        *(np.asarray(a, np.float64) for a in (price_usd, forward, strike, tau_years)),
        np.asarray(is_call, np.bool_),
    )
    shape = shaped[0].shape
    price, f, k, tau = (np.asarray(a, np.float64).ravel() for a in shaped[:4])
    call = shaped[4].ravel().astype(np.bool_)
    status = classify(price, f, k, tau, call)
    vol = np.full(price.shape, np.nan)
    good = np.flatnonzero(status == IvStatus.OK)
    if good.size:
        vol[good] = _vollib_black(price[good], f[good], k[good], tau[good], call[good])
    lost = (status == IvStatus.OK) & ~(vol > 0.0)
    status[lost], vol[lost] = IvStatus.NO_CONVERGENCE, np.nan
    return ImpliedVol(vol=vol.reshape(shape), status=status.reshape(shape))


def _vollib_black(
    price: FloatArray, f: FloatArray, k: FloatArray, tau: FloatArray, call: BoolArray
) -> FloatArray:
    from py_vollib_vectorized import vectorized_implied_volatility

    flags = np.where(call, "c", "p")
    vols = vectorized_implied_volatility(
        price, f, k, tau, 0.0, flags, model="black", return_as="numpy", on_error="ignore"
    )
    return np.asarray(vols, np.float64)
