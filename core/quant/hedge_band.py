"""The delta hedger's arithmetic: when to trade, how much, and how wide a band costs justify.

Signs: + is long. An inverse contract's position N is in USD and its delta N / price in coin; a
linear contract's position and delta are both in coin. Bands are in coin.

Source: Whalley & Wilmott (1997), An asymptotic analysis of an optimal hedging model for option
pricing with transaction costs; Zakamouline (2006), Efficient analytic approximation of the optimal
hedging strategy for a European call option with transaction costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, copysign, floor, isfinite, sqrt
from typing import Literal

HedgeTarget = Literal["centre", "edge"]

_ROUNDING = 1e-9
"""Share of a contract that float arithmetic may be off: 4.9999999999 contracts are 5."""


@dataclass(frozen=True, slots=True)
class ZakamoulineBand:
    """Half-width and the volatility at which to take the centre's delta."""

    fixed: float
    """H0, the width that stays when gamma vanishes. Coin, whole position."""
    gamma_part: float
    """H1, coin."""
    vol: float
    """sigma_m: above the market's for a short-gamma position, below it for a long one."""

    @property
    def half_width(self) -> float:
        """H0 + H1, coin."""
        return self.fixed + self.gamma_part


def hedge_mismatch(
    option_delta_coin: float, hedge_position: float, price: float, *, is_inverse: bool = True
) -> float:
    """Delta left unhedged, in coin."""
    hedge_delta = hedge_position / price if is_inverse else hedge_position
    return option_delta_coin + hedge_delta


def hedge_order(
    option_delta_coin: float,
    hedge_position_usd: float,
    price: float,
    contract_size: float,
    band_coin: float,
    target: HedgeTarget = "centre",
) -> float:
    """Signed USD amount of an inverse contract to trade, 0 when the mismatch is inside the band.

    Args:
        option_delta_coin: Net option delta, coin (or the delta the hedge setting names).
        hedge_position_usd: Position in the designated contract, USD.
        price: Mid of the contract.
        contract_size: USD; the order is a multiple of it.
        band_coin: Acts only when the mismatch is strictly larger.
        target: `centre` trades to no mismatch, rounded to the nearest contract, halves away from
            zero; `edge` only back to the band, rounded so that the result is inside.

    Raises:
        ValueError: a value is NaN, or price, contract size or band make no sense.
    """
    _check(option_delta_coin, hedge_position_usd, price, contract_size, band_coin)
    mismatch = hedge_mismatch(option_delta_coin, hedge_position_usd, price)
    if _inside(mismatch, band_coin):
        return 0.0
    return _order(mismatch, band_coin, contract_size / price, target) * contract_size


def linear_hedge_order(
    option_delta_coin: float,
    hedge_position_coin: float,
    price: float,
    minimum_coin: float,
    band_coin: float,
    target: HedgeTarget = "centre",
) -> float:
    """Signed coin amount of a linear contract to trade; otherwise as `hedge_order`.

    `minimum_coin` is the minimum trade amount; the order is a multiple of it.
    """
    _check(option_delta_coin, hedge_position_coin, price, minimum_coin, band_coin)
    mismatch = option_delta_coin + hedge_position_coin
    if _inside(mismatch, band_coin):
        return 0.0
    return _order(mismatch, band_coin, minimum_coin, target) * minimum_coin


def whalley_wilmott(
    spot: float, gamma: float, cost: float, risk_aversion: float, discount: float = 1.0
) -> float:
    """Half-width in coin of the band optimal for small costs; trade back to its nearest edge.

        H = (3/2 discount cost S gamma^2 / risk_aversion)^(1/3)

    Args:
        spot: USD.
        gamma: Of the whole position, coin per USD.
        cost: One side, as a share of the traded value (0.0005 is 5 basis points).
        risk_aversion: Absolute, per USD; 1e-6 to 1e-4 are usual.
        discount: exp(-r tau), 1 for coin-margined options.
    """
    _positive(spot=spot, risk_aversion=risk_aversion)
    cube = 1.5 * discount * cost * spot * gamma * gamma / risk_aversion
    return float(cube ** (1.0 / 3.0))


def risk_aversion_for(half_width: float, spot: float, gamma: float, cost: float) -> float:
    """The risk aversion whose Whalley-Wilmott band has this half-width at this gamma."""
    _positive(half_width=half_width, spot=spot)
    return 1.5 * cost * spot * gamma * gamma / half_width**3


def zakamouline(
    spot: float,
    gamma: float,
    cost: float,
    risk_aversion: float,
    vol: float,
    tau_years: float,
    discount: float = 1.0,
) -> ZakamoulineBand:
    """Band fitted to the exact solution, better than Whalley-Wilmott for costs that matter.

    Args are those of `whalley_wilmott`; `gamma` is signed, + for a long-gamma position, and `vol`
    is a decimal per sqrt(year).
    """
    _positive(spot=spot, risk_aversion=risk_aversion, vol=vol, tau_years=tau_years, cost=cost)
    size, ratio = abs(gamma), (discount / vol) ** 0.25
    fixed = cost / (risk_aversion * spot * vol * vol * tau_years)
    part = 1.12 * cost**0.31 * tau_years**0.05 * ratio * sqrt(size / risk_aversion)
    shift = -zakamouline_k(spot, size, cost, risk_aversion, vol, tau_years, discount)
    side = -1.0 if gamma >= 0.0 else 1.0
    return ZakamoulineBand(fixed, part, vol * sqrt(max(0.0, 1.0 + side * shift)))


def zakamouline_k(
    spot: float,
    gamma: float,
    cost: float,
    risk_aversion: float,
    vol: float,
    tau_years: float,
    discount: float = 1.0,
) -> float:
    """K, the relative change of variance in the band's centre; negative. Args as `zakamouline`."""
    scale = (discount / vol) ** 0.25 * (risk_aversion * spot * spot * abs(gamma)) ** 0.15
    return float(-4.76 * cost**0.78 / tau_years**0.02 * scale)


def _inside(mismatch: float, band: float) -> bool:
    """On the band is inside, also when rounding puts it a hair outside."""
    return abs(mismatch) <= band * (1.0 + 1e-12)


def _order(mismatch: float, band: float, contract_coin: float, target: HedgeTarget) -> float:
    """Signed number of contracts, each worth `contract_coin` of delta."""
    if target == "edge":
        count = ceil((abs(mismatch) - band) / contract_coin - _ROUNDING)
    else:
        count = floor(abs(mismatch) / contract_coin + 0.5 + _ROUNDING)
    return -copysign(float(count), mismatch) if count else 0.0


def _check(delta: float, position: float, price: float, contract: float, band: float) -> None:
    if not (isfinite(delta) and isfinite(position)):
        raise ValueError(f"a hedge needs a known delta and position, got {delta} and {position}")
    _positive(price=price, contract=contract)
    if not band >= 0.0:
        raise ValueError(f"the hedge band must be 0 or more, got {band}")


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (value > 0.0 and isfinite(value)):
            raise ValueError(f"{name.replace('_', ' ')} must be positive, got {value}")
