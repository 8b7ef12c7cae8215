"""Black (1976) prices and greeks of European options, undiscounted.

Everything broadcasts: numbers and arrays mix, the result has the broadcast shape (0-d for plain
numbers). A row with a forward or strike that is not positive and finite, a negative volatility or a
NaN gives NaN. With tau <= 0 or volatility 0 the price is the payoff and the greeks are NaN.

Source: Black (1976), The pricing of commodity contracts; Jäckel (2015), Let's be rational, for the
scaled form of the out-of-the-money price. The venue's conventions (365-day year, USD greeks, capped
theta) are Deribit's, checked against its own tickers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erfc, erfcx, ndtr

from core.quant.types import BoolArray, BoolLike, FloatArray, FloatLike

_SQRT_HALF = 0.7071067811865476
_SQRT_2_BY_PI = 0.7978845608028654
_INV_SQRT_2PI = 0.3989422804014327
_SMALL_T = 0.005
DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, slots=True, eq=False)
class Greeks:
    """Sensitivities of one option of 1 coin, every field of the broadcast shape of the inputs."""

    delta: FloatArray
    """Black-Scholes delta, coin of underlying per option; + for calls."""
    net_delta: FloatArray
    """Delta less the price in coin: the exposure of a coin account. Inverse options only."""
    gamma: FloatArray
    """Change of delta per USD."""
    vega: FloatArray
    """USD per volatility point (0.01)."""
    theta: FloatArray
    """USD per day as the venue shows it: at most the remaining life's or the option's value."""
    theta_raw: FloatArray
    """USD per day without that cap."""
    rho: FloatArray
    """USD per 1 % of rate, spot held."""
    vanna: FloatArray
    """Change of delta per unit of volatility (1.0 = 100 points)."""
    volga: FloatArray
    """USD per unit of volatility squared."""


@dataclass(frozen=True, slots=True, eq=False)
class CoinGreeks:
    """Sensitivities of an option's value in coin, V / F; fields of the broadcast shape."""

    slope: FloatArray
    """Coin per USD of the forward: net delta / F."""
    gamma: FloatArray
    """Coin per USD squared: the curvature of the coin price."""
    vega: FloatArray
    """Coin per volatility point (0.01)."""
    theta: FloatArray
    """Coin per day, with the venue's cap."""
    vanna: FloatArray
    """Change of net delta per unit of volatility."""
    volga: FloatArray
    """Coin per unit of volatility squared."""


def price_usd(
    forward: FloatLike, strike: FloatLike, tau_years: FloatLike, vol: FloatLike, is_call: BoolLike
) -> FloatArray:
    """Undiscounted USD price for one coin, with full relative accuracy out of the money."""
    f, k, tau, sigma, call = _broadcast(forward, strike, tau_years, vol, is_call)
    return np.asarray(_price(f, k, _total_vol(tau, sigma), call))


def price_coin(
    forward: FloatLike, strike: FloatLike, tau_years: FloatLike, vol: FloatLike, is_call: BoolLike
) -> FloatArray:
    """Price in coin, as inverse options are quoted: the USD price over the same forward."""
    f, k, tau, sigma, call = _broadcast(forward, strike, tau_years, vol, is_call)
    return np.asarray(_price(f, k, _total_vol(tau, sigma), call) / f)


def greeks(
    forward: FloatLike, strike: FloatLike, tau_years: FloatLike, vol: FloatLike, is_call: BoolLike
) -> Greeks:
    """All closed-form greeks at once, in the venue's units; NaN where nothing is left to price."""
    f, k, tau, sigma, call = _broadcast(forward, strike, tau_years, vol, is_call)
    tau = np.where(tau > 0.0, tau, np.nan)
    sigma = np.where(sigma > 0.0, sigma, np.nan)
    root_tau = np.sqrt(tau)
    v = sigma * root_tau
    sign = np.where(call, 1.0, -1.0)
    d1 = log_moneyness(f, k) / v + 0.5 * v
    d2 = d1 - v
    density = _INV_SQRT_2PI * np.exp(-0.5 * d1 * d1)
    vega = f * density * root_tau
    decay = 0.5 * vega * sigma / tau
    n1, n2 = ndtr(sign * d1), ndtr(sign * d2)
    # The plain difference is exact enough for a cap, at a third of the price's cost.
    value = sign * (f * n1 - k * n2)
    return Greeks(
        delta=sign * n1,
        net_delta=sign * (k / f) * n2,
        gamma=density / (f * v),
        vega=vega / 100.0,
        theta=-np.minimum(decay * np.minimum(1.0 / DAYS_PER_YEAR, tau), value),
        theta_raw=-decay / DAYS_PER_YEAR,
        rho=sign * k * tau * n2 / 100.0,
        vanna=-density * d2 / sigma,
        volga=vega * d1 * d2 / sigma,
    )


def coin_greeks(found: Greeks, forward: FloatLike) -> CoinGreeks:
    """The same sensitivities measured in coin, at the forward the greeks were made with."""
    f = np.asarray(forward, np.float64)
    return CoinGreeks(
        slope=found.net_delta / f,
        gamma=(found.gamma * f - 2.0 * found.net_delta) / np.square(f),
        vega=found.vega / f,
        theta=found.theta / f,
        vanna=found.vanna - 100.0 * found.vega / f,
        volga=found.volga / f,
    )


def log_moneyness(forward: FloatArray, strike: FloatArray) -> FloatArray:
    """ln(F / K), exact to rounding also when forward and strike are nearly equal."""
    excess = (forward - strike) / strike
    near = np.log1p(np.maximum(excess, -0.5))
    return np.asarray(np.where(excess < -0.5, np.log(forward / strike), near))


def otm_price(distance: FloatArray, total_vol: FloatArray) -> FloatArray:
    """Out-of-the-money price in units of sqrt(F K), relative accuracy kept down to underflow.

        b = exp(-(h^2 + t^2)/2) / 2 * [erfcx(-(h + t)/sqrt 2) - erfcx(-(h - t)/sqrt 2)]

    Args:
        distance: |ln(F / K)|, dimensionless.
        total_vol: v = vol * sqrt(tau); h = -distance / v, t = v / 2.
    """
    # The clips only touch rows whose price is 0 or the bound already, and keep them finite.
    v = np.clip(total_vol, 1e-150, 1e3)
    h, t = np.maximum(-distance / v, -1e3), 0.5 * v
    gauss = np.exp(-0.5 * (h * h + t * t))
    tail = gauss * erfcx_gap(np.minimum(h, 1.0 - t), t)
    # Past the money the scaled form would overflow, and the plain difference no longer cancels.
    body = np.exp(-0.5 * distance) * erfc(-(h + t) * _SQRT_HALF)
    body -= np.exp(0.5 * distance) * erfc((t - h) * _SQRT_HALF)
    price = 0.5 * np.where(h + t > 1.0, body, tail)
    return np.asarray(np.where(total_vol == 0.0, 0.0 * distance, price))


def erfcx_gap(h: FloatArray, t: FloatArray) -> FloatArray:
    """E(h + t) - E(h - t) with E(z) = erfcx(-z / sqrt 2): the scaled price of an option.

    For small t the difference would cancel; there it is a series, exact to rounding.
    """
    small = np.asarray(t < _SMALL_T)
    if not small.any():
        return np.asarray(erfcx(-(h + t) * _SQRT_HALF) - erfcx((t - h) * _SQRT_HALF))
    if small.all():
        return _erfcx_gap_series(h, t)
    h, t, small = np.broadcast_arrays(h, t, small)
    gap = np.empty(h.shape)
    gap[small] = _erfcx_gap_series(h[small], t[small])
    gap[~small] = erfcx_gap(h[~small], t[~small])
    return gap


def _erfcx_gap_series(h: FloatArray, t: FloatArray) -> FloatArray:
    """Odd Taylor series in t: E' = sqrt(2/pi) + z E and E^(n+1) = n E^(n-1) + z E^(n)."""
    e0 = erfcx(-h * _SQRT_HALF)
    e1 = _SQRT_2_BY_PI + h * e0
    e2 = e0 + h * e1
    e3 = 2.0 * e1 + h * e2
    e4 = 3.0 * e2 + h * e3
    e5 = 4.0 * e3 + h * e4
    e6 = 5.0 * e4 + h * e5
    e7 = 6.0 * e5 + h * e6
    e9 = 8.0 * e7 + h * (7.0 * e6 + h * e7)
    s = t * t
    tail = e5 / 120.0 + s * (e7 / 5040.0 + s * (e9 / 362880.0))
    return np.asarray(2.0 * t * (e1 + s * (e3 / 6.0 + s * tail)))


def _broadcast(
    forward: FloatLike, strike: FloatLike, tau_years: FloatLike, vol: FloatLike, is_call: BoolLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, BoolArray]:
    """The inputs as arrays that broadcast; what cannot be priced becomes NaN."""
    f, k = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    sigma = np.asarray(vol, np.float64)
    f = np.where((f > 0.0) & (f < np.inf), f, np.nan)
    k = np.where((k > 0.0) & (k < np.inf), k, np.nan)
    sigma = np.where((sigma >= 0.0) & (sigma < np.inf), sigma, np.nan)
    return f, k, np.asarray(tau_years, np.float64), sigma, np.asarray(is_call, np.bool_)


def _total_vol(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    return np.asarray(sigma * np.sqrt(np.maximum(tau, 0.0)))


def _price(f: FloatArray, k: FloatArray, v: FloatArray, call: BoolArray) -> FloatArray:
    time_value = np.sqrt(f * k) * otm_price(np.abs(log_moneyness(f, k)), v)
    return np.asarray(time_value + np.maximum(np.where(call, f - k, k - f), 0.0))
