"""The venue's arithmetic once more, from printed numbers only and in floats."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

Row = dict[str, Any]
DAY_MS = 86_400_000
SLOPES = {"BTC": 0.00005, "ETH": 0.000004}


def is_reversed_future(terms: Row) -> bool:
    """True when amounts are USD."""
    return bool(terms["kind"] == "future" and terms["instrument_type"] == "reversed")


def worth(terms: Row, size: float, price: float) -> float:
    """What a signed size counts for at a price (section 18, PnL)."""
    return -size / price if is_reversed_future(terms) else size * price


def fee(terms: Row, trade: Row) -> float:
    """The fee of one execution (section 18, fees)."""
    rate = terms["taker_commission" if trade["liquidity"] == "T" else "maker_commission"]
    linear = terms["instrument_type"] == "linear"
    amount, price = trade["amount"], trade["price"]
    if terms["kind"] == "option":
        coin = trade["index_price"] if linear else 1.0
        return float(amount * min(rate * coin, 0.125 * price))
    return float(rate * (amount * price if linear else amount / price))


def greeks(terms: Row, ticker: Row) -> dict[str, float]:
    """Black-76 of one contract (section 17)."""
    tau = (terms["expiration_timestamp"] - ticker["timestamp"]) / (365 * DAY_MS)
    forward, strike, vol = ticker["underlying_price"], terms["strike"], ticker["mark_iv"] / 100
    deviation = vol * math.sqrt(tau)
    d1 = math.log(forward / strike) / deviation + deviation / 2
    density, normal = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi), NormalDist()
    return {
        "delta": normal.cdf(d1) - (0.0 if terms["option_type"] == "call" else 1.0),
        "gamma": density / (forward * deviation),
        "vega": forward * density * math.sqrt(tau) / 100,
    }


def future_margin(terms: Row, ticker: Row, size: float) -> tuple[float, float]:
    """(initial, maintenance) of a future (section 18, margin)."""
    if terms["instrument_type"] == "linear":
        notional = abs(size) * ticker["mark_price"] / terms["max_leverage"]
        return notional, notional * 0.6667
    coins = abs(size) / ticker["mark_price"]
    extra = SLOPES[terms["base_currency"]] * coins
    return coins * (0.02 + extra), coins * (0.01 + extra)


def short_margin(terms: Row, ticker: Row, mark: float) -> tuple[float, float]:
    """(initial, maintenance) of one short option, with its mark to 8 decimals."""
    forward, strike = ticker["underlying_price"], terms["strike"]
    scale = forward if terms["instrument_type"] == "linear" else 1.0
    mark /= scale
    if terms["option_type"] == "call":
        out = max(0.0, strike - forward) / forward
        initial, maintenance = max(0.15 - out, 0.1) + mark, 0.075 + mark
    else:
        out = max(0.0, forward - strike) / forward
        maintenance = max(0.075, 0.075 * mark) + mark
        initial = max(max(0.15 - out, 0.1) + mark, maintenance)
    return initial * scale, maintenance * scale


@dataclass
class Ledger:
    """Positions and profits added up from executions alone."""

    terms: Callable[[str], Row]
    sizes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    costs: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    gains: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def book(self, trade: Row) -> float:
        """Take one execution in; what it realised."""
        name, price = trade["instrument_name"], trade["price"]
        size, terms = trade["amount"], self.terms(name)
        if trade["direction"] == "sell":
            size = -size
        held, gained = self.sizes[name], 0.0
        if held * size < 0:
            closed = held if abs(size) >= abs(held) else -size
            part = self.costs[name] * closed / held
            gained = worth(terms, closed, price) - part
            self.costs[name] -= part
            self.sizes[name] -= closed
            size += closed
        self.sizes[name] += size
        self.costs[name] += worth(terms, size, price)
        self.gains[name] += gained
        return gained

    def average(self, name: str) -> float:
        """Entry price; 0 when nothing is held."""
        size, cost = self.sizes[name], self.costs[name]
        if abs(size) < 1e-9:
            return 0.0
        return -size / cost if is_reversed_future(self.terms(name)) else cost / size

    def profit(self, name: str, mark: float) -> float:
        """Unrealised, against the average price."""
        return worth(self.terms(name), self.sizes[name], mark) - self.costs[name]
