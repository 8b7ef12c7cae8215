"""DDIVF: the data-driven innovation volatility forecast behind the pair strategy's band.

For a symmetric law with finite variance |x - mean| / rho has the standard deviation as its mean,
whatever the tails, with rho = Corr(x - mean, sgn(x - mean)) estimated from the data. The forecast
smooths that series exponentially, with the smoothing constant of least squared one-step error.

Source: Thavaneswaran, Paseka & Frank (2020), Generalized value at risk forecasting; Liang,
Thavaneswaran & Hoque (2020) for the name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.quant.types import FloatArray

ALPHAS = np.arange(50) / 100.0
"""0 is allowed, and wins on independent noise."""
_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class DdivfForecast:
    """Forecasts of the innovation that follows each window. All shapes (n,)."""

    sigma: FloatArray
    """Volatility of the next innovation; NaN where rho <= 0 or the window holds a NaN."""
    alpha: FloatArray
    """Smoothing constant of least error; of equals the smallest."""
    fess: FloatArray
    """Sum of squared one-step errors under it."""
    rho: FloatArray
    """Sign correlation: 0.80 for normal innovations, 0.71 for Student-t with 4 degrees."""


def forecast(innovations: FloatArray, burn_in: int = 200) -> float:
    """Volatility of the next innovation from the last k, the one being judged not among them.

    NaN means no band and no signal.

    Raises:
        ValueError: not 1 <= burn_in < k.
    """
    return float(forecast_windows(innovations[None, :], burn_in).sigma[0])


def rolling_forecast(
    innovations: FloatArray, window: int = 1000, burn_in: int = 200
) -> DdivfForecast:
    """For every innovation the forecast from the `window` before it; NaN while there are fewer.

    Missing bars are left out beforehand: one NaN silences every window it is in.
    """
    columns = np.full((4, innovations.size), np.nan)
    if innovations.size > window:
        windows = np.lib.stride_tricks.sliding_window_view(innovations[:-1], window)
        found = forecast_windows(windows, burn_in)
        columns[:, window:] = found.sigma, found.alpha, found.fess, found.rho
    return DdivfForecast(*columns)


def forecast_windows(windows: FloatArray, burn_in: int = 200) -> DdivfForecast:
    """Forecast after each row of `windows`, shape (n, k).

    Raises:
        ValueError: not 1 <= burn_in < k.
    """
    count, k = windows.shape
    if not 1 <= burn_in < k:
        raise ValueError(f"burn-in must be at least 1 and below the window {k}, got {burn_in}")
    columns = np.empty((4, count))
    for first in range(0, count, _BLOCK):
        rows = slice(first, first + _BLOCK)
        columns[:, rows] = _forecast_block(windows[rows], burn_in)
    return DdivfForecast(*columns)


def sign_correlation(windows: FloatArray) -> FloatArray:
    """Corr(w - mean, sgn(w - mean)) of each row; NaN for a constant row."""
    deviation = windows - windows.mean(axis=1, keepdims=True)
    sign = np.sign(deviation)
    sign = sign - sign.mean(axis=1, keepdims=True)
    cross = np.sum(deviation * sign, axis=1)
    square = np.sum(np.square(deviation), axis=1) * np.sum(np.square(sign), axis=1)
    return np.asarray(cross / np.sqrt(np.where(square > 0.0, square, np.nan)))


def _forecast_block(
    windows: FloatArray, burn_in: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    rho = sign_correlation(windows)
    usable = np.where(rho > 0.0, rho, np.nan)
    deviation = windows - windows.mean(axis=1, keepdims=True)
    # Time first: the recursion walks it row by row for all windows and alphas at once.
    v = np.ascontiguousarray((np.abs(deviation) / usable[:, None]).T)
    level = np.repeat(v[:burn_in].mean(axis=0)[:, None], ALPHAS.size, axis=1)
    fess = np.zeros_like(level)
    for i, now in enumerate(v[1:, :, None], start=1):
        error = now - level
        if i >= burn_in:
            fess += error * error
        level += ALPHAS * error
    best = np.argmin(fess, axis=1)
    rows = np.arange(best.size)
    return (
        level[rows, best],
        np.where(np.isnan(usable), np.nan, ALPHAS[best]),
        fess[rows, best],
        rho,
    )
