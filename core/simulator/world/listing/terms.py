"""Contract terms: sizes, ticks, fees and bands of everything the venue lists."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from core.simulator.world.listing.calendar import Period
from core.simulator.world.listing.instruments import Kind, Terms
from core.simulator.world.prices.roster import BY_NAME, Coin

_INVERSE_MAKER, _INVERSE_TAKER = Decimal("0.00015"), Decimal("0.00035")
_OPTION_FEE = Decimal("0.0003")


def _perpetual(contract: str, tick: str, digits: int, leverage: int, band: float) -> Terms:
    size, step = Decimal(contract), Decimal(tick)
    return Terms(
        size, size, step, None, step, _INVERSE_MAKER, _INVERSE_TAKER, digits, leverage, band
    )


def _option(
    contract: str, minimum: str, tick: str, steps: tuple[str, str] | None, digits: int = 4,
    lots: int = 1, block_tick: str = "", block_contracts: int = 25,
) -> Terms:  # fmt: skip
    above, step = (Decimal(steps[0]), Decimal(steps[1])) if steps else (None, Decimal(tick))
    return Terms(
        Decimal(contract), Decimal(minimum), Decimal(tick), above, step, _OPTION_FEE, _OPTION_FEE,
        digits, 0, 0.0, Decimal("0.00015"), lots, Decimal(block_tick or tick), _OPTION_FEE,
        block_contracts * int(contract),
    )  # fmt: skip


def _spot(minimum: str, tick: str, digits: int) -> Terms:
    size, step, free = Decimal(minimum), Decimal(tick), Decimal(0)
    return Terms(
        size, size, step, None, step, free, free, digits, 0, 0.03, free, 1, step, free, 25_000
    )


INVERSE_PERPETUAL = {
    "BTC": _perpetual("10", "0.5", 2, 50, 0.015),
    "ETH": _perpetual("1", "0.05", 2, 50, 0.015),
}
INVERSE_FUTURE = {
    "BTC": _perpetual("10", "2.5", 2, 25, 0.015),
    "ETH": _perpetual("1", "0.25", 2, 25, 0.015),
}
INVERSE_OPTION = {
    "BTC": _option("1", "0.1", "0.0001", ("0.005", "0.0005")),
    "ETH": _option("1", "1", "0.0001", ("0.005", "0.0005"), block_contracts=250),
}
LINEAR_OPTION = {
    "BTC": _option("1", "0.01", "5", ("1000", "20"), 2),
    "ETH": _option("1", "0.1", "0.2", ("40", "1")),
    "SOL": _option("10", "10", "0.1", None, lots=10),
    "XRP": _option("1000", "1000", "0.0005", None, 4, 10_000),
    "AVAX": _option("100", "100", "0.0005", ("0.1", "0.002"), 6, 1_000),
    "TRX": _option("10000", "10000", "0.00005", ("0.01", "0.0001"), 6, 100_000, "0.0001"),
    "HYPE": _option("10", "10", "0.01", ("1", "0.05"), 4, 10),
}
"""As recorded, but for ETH and HYPE, which are by guess."""
LINEAR_PERPETUAL = {
    "BTC": _perpetual("0.0001", "0.1", 2, 50, 0.03),
    "ETH": _perpetual("0.001", "0.01", 3, 50, 0.03),
    "SOL": _perpetual("0.001", "0.001", 4, 50, 0.10),
    "XRP": _perpetual("1", "0.0001", 4, 25, 0.10),
    "BNB": _perpetual("0.001", "0.01", 3, 25, 0.10),
    "DOGE": _perpetual("10", "0.00001", 6, 25, 0.10),
    "ADA": _perpetual("1", "0.00001", 6, 25, 0.10),
    "AVAX": _perpetual("0.1", "0.001", 4, 25, 0.10),
    "LINK": _perpetual("0.1", "0.001", 4, 25, 0.10),
    "DOT": _perpetual("0.1", "0.0005", 5, 25, 0.10),
}

SPOT = {
    ("BTC", "USDC"): _spot("0.0001", "1", 2),
    ("ETH", "USDC"): _spot("0.001", "0.1", 2),
    ("ETH", "BTC"): _spot("0.001", "0.00001", 6),
}
"""Ticks and smallest orders by guess; trading is free of fees."""


def terms_of(coin: str, kind: Kind, settlement: str, period: Period) -> Terms:
    """The contract terms of one kind of instrument."""
    if kind == "option":
        return LINEAR_OPTION[coin] if settlement == "USDC" else INVERSE_OPTION[coin]
    if settlement == "USDC":
        terms = LINEAR_PERPETUAL.get(coin) or _linear_perpetual(BY_NAME[coin])
        return terms if period == "perpetual" else replace(terms, leverage=25)
    return INVERSE_PERPETUAL[coin] if period == "perpetual" else INVERSE_FUTURE[coin]


def _linear_perpetual(coin: Coin) -> Terms:
    """Five figures in the price; a contract is a power of ten of coins worth about 0.1 to 1 USD."""
    power = int(np.floor(np.log10(coin.price)))
    tick = Decimal(1).scaleb(power - 4)
    contract = Decimal(1).scaleb(-power - 1)
    return _perpetual(f"{contract:f}", f"{tick:f}", coin.decimals, 20, 0.10)
