"""The coins of the simulated market: price at the first start, and how each one moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Coin:
    """What one coin is like."""

    name: str
    price: float
    """USD at the first start."""
    decimals: int
    """Digits of its index."""
    beta: float
    """Share in the market's moves."""
    own_vol: float
    """Volatility of its own per sqrt(year)."""


def _coin(name: str, price: float, beta: float, own_vol: float) -> Coin:
    """A coin whose index shows about six figures, in pairs of digits as the venue's do."""
    figures = 4 - int(np.floor(np.log10(price)))
    return Coin(name, price, max(2, figures + figures % 2), beta, own_vol)


TEN = (
    Coin("BTC", 86_400.0, 2, 1.0, 0.0),
    Coin("ETH", 2_950.0, 2, 1.1, 0.0),
    Coin("SOL", 121.7, 4, 1.25, 0.32),
    Coin("XRP", 2.05, 4, 1.0, 0.45),
    Coin("BNB", 880.0, 2, 0.8, 0.30),
    Coin("DOGE", 0.152, 6, 1.3, 0.55),
    Coin("ADA", 0.46, 5, 1.2, 0.50),
    Coin("AVAX", 12.4, 4, 1.25, 0.42),
    Coin("LINK", 13.2, 4, 1.2, 0.45),
    Coin("DOT", 2.35, 4, 1.15, 0.48),
)
"""In every market; the first two have no noise of their own, BTC is the market itself."""

MORE = (
    _coin("HYPE", 38.5, 1.3, 0.62),
    _coin("TRX", 0.334, 0.45, 0.24),
    _coin("SUI", 1.62, 1.3, 0.55),
    _coin("TON", 1.85, 0.9, 0.5),
    _coin("LTC", 92.4, 0.95, 0.4),
    _coin("BCH", 540.0, 0.95, 0.42),
    _coin("NEAR", 1.94, 1.3, 0.52),
    _coin("UNI", 6.35, 1.2, 0.55),
    _coin("AAVE", 172.0, 1.25, 0.5),
    _coin("ATOM", 2.62, 1.1, 0.46),
    _coin("ETC", 14.8, 1.05, 0.44),
    _coin("XLM", 0.248, 1.0, 0.5),
    _coin("FIL", 1.52, 1.2, 0.52),
    _coin("APT", 2.05, 1.25, 0.5),
    _coin("ARB", 0.212, 1.3, 0.52),
    _coin("OP", 0.31, 1.3, 0.54),
    _coin("INJ", 5.1, 1.35, 0.58),
    _coin("TIA", 0.62, 1.35, 0.62),
    _coin("SEI", 0.131, 1.3, 0.58),
    _coin("ICP", 3.35, 1.15, 0.55),
    _coin("HBAR", 0.138, 1.1, 0.54),
    _coin("VET", 0.0128, 1.1, 0.48),
    _coin("ALGO", 0.141, 1.15, 0.5),
    _coin("XTZ", 0.52, 1.05, 0.46),
    _coin("EOS", 0.24, 1.05, 0.5),
    _coin("MKR", 1480.0, 1.0, 0.52),
    _coin("LDO", 0.66, 1.3, 0.58),
    _coin("CRV", 0.41, 1.25, 0.62),
    _coin("SNX", 0.52, 1.2, 0.64),
    _coin("COMP", 31.0, 1.15, 0.52),
    _coin("GRT", 0.044, 1.2, 0.5),
    _coin("SAND", 0.152, 1.25, 0.52),
    _coin("MANA", 0.158, 1.2, 0.5),
    _coin("AXS", 0.98, 1.2, 0.56),
    _coin("IMX", 0.29, 1.3, 0.56),
    _coin("GALA", 0.0072, 1.3, 0.58),
    _coin("CHZ", 0.031, 1.1, 0.5),
    _coin("ENJ", 0.032, 1.1, 0.55),
    _coin("FLOW", 0.19, 1.1, 0.54),
    _coin("EGLD", 8.2, 1.15, 0.52),
    _coin("THETA", 0.36, 1.15, 0.52),
    _coin("KAVA", 0.13, 1.05, 0.5),
    _coin("ZEC", 420.0, 0.8, 0.95),
    _coin("DASH", 48.0, 0.9, 0.8),
    _coin("XMR", 365.0, 0.6, 0.45),
    _coin("NEO", 4.1, 1.05, 0.46),
    _coin("QTUM", 1.55, 1.05, 0.48),
    _coin("ZIL", 0.0053, 1.1, 0.5),
    _coin("IOTA", 0.104, 1.15, 0.52),
    _coin("BAT", 0.22, 1.0, 0.55),
    _coin("ZRX", 0.142, 1.1, 0.54),
    _coin("SUSHI", 0.31, 1.25, 0.58),
    _coin("YFI", 4150.0, 1.05, 0.46),
    _coin("1INCH", 0.17, 1.15, 0.5),
    _coin("ENS", 10.4, 1.25, 0.58),
    _coin("APE", 0.25, 1.3, 0.58),
    _coin("DYDX", 0.215, 1.25, 0.58),
    _coin("GMX", 8.9, 1.15, 0.54),
    _coin("BLUR", 0.034, 1.3, 0.66),
    _coin("PEPE", 4.6e-06, 1.45, 0.72),
    _coin("SHIB", 8.6e-06, 1.25, 0.5),
    _coin("BONK", 9.8e-06, 1.5, 0.7),
    _coin("WIF", 0.38, 1.5, 0.78),
    _coin("FLOKI", 4.6e-05, 1.45, 0.68),
    _coin("MEME", 0.0012, 1.35, 0.74),
    _coin("ORDI", 4.4, 1.4, 0.74),
    _coin("CAKE", 2.3, 1.1, 0.5),
    _coin("PYTH", 0.072, 1.3, 0.62),
    _coin("JUP", 0.235, 1.35, 0.6),
    _coin("JTO", 0.42, 1.35, 0.64),
    _coin("W", 0.042, 1.35, 0.66),
    _coin("STRK", 0.118, 1.3, 0.66),
    _coin("ZK", 0.036, 1.3, 0.66),
    _coin("ZRO", 1.42, 1.2, 0.64),
    _coin("EIGEN", 0.52, 1.4, 0.7),
    _coin("ENA", 0.27, 1.45, 0.7),
    _coin("ETHFI", 0.86, 1.35, 0.66),
    _coin("PENDLE", 2.1, 1.35, 0.62),
    _coin("ONDO", 0.5, 1.2, 0.58),
    _coin("RENDER", 1.75, 1.35, 0.58),
    _coin("FET", 0.26, 1.4, 0.64),
    _coin("TAO", 295.0, 1.3, 0.66),
    _coin("WLD", 0.62, 1.35, 0.64),
    _coin("ARKM", 0.25, 1.35, 0.7),
    _coin("AKT", 0.52, 1.25, 0.68),
    _coin("KAS", 0.047, 1.15, 0.62),
    _coin("STX", 0.3, 1.3, 0.56),
    _coin("RUNE", 0.64, 1.3, 0.6),
    _coin("CFX", 0.075, 1.3, 0.62),
    _coin("MASK", 0.62, 1.2, 0.62),
    _coin("ROSE", 0.0138, 1.2, 0.58),
    _coin("CELO", 0.17, 1.15, 0.54),
    _coin("ONE", 0.0044, 1.15, 0.58),
    _coin("ANKR", 0.0075, 1.1, 0.54),
    _coin("SKL", 0.0135, 1.15, 0.58),
    _coin("STORJ", 0.145, 1.05, 0.58),
    _coin("BAND", 0.42, 1.1, 0.54),
    _coin("RSR", 0.0042, 1.3, 0.64),
    _coin("LRC", 0.058, 1.15, 0.54),
    _coin("COTI", 0.024, 1.2, 0.64),
    _coin("OMG", 0.13, 1.05, 0.54),
    _coin("PAXG", 4120.0, 0.05, 0.16),
    _coin("PENGU", 0.0125, 1.5, 0.78),
    _coin("TRUMP", 7.1, 1.1, 0.78),
    _coin("VIRTUAL", 0.92, 1.5, 0.85),
    _coin("MOVE", 0.051, 1.35, 0.74),
    _coin("BERA", 1.02, 1.25, 0.78),
    _coin("KAITO", 0.72, 1.3, 0.82),
    _coin("IP", 3.1, 1.2, 0.82),
    _coin("S", 0.105, 1.35, 0.66),
    _coin("LAYER", 0.19, 1.2, 0.8),
    _coin("INIT", 0.105, 1.25, 0.82),
    _coin("PUMP", 0.0029, 1.4, 0.88),
    _coin("XPL", 0.21, 1.3, 0.9),
    _coin("ASTER", 1.18, 1.2, 0.92),
    _coin("WLFI", 0.145, 1.1, 0.75),
    _coin("LINEA", 0.0105, 1.25, 0.82),
    _coin("AVNT", 0.42, 1.25, 0.95),
    _coin("MNT", 1.08, 1.05, 0.52),
)
"""Only in the full market."""

BY_NAME = {coin.name: coin for coin in (*TEN, *MORE)}
