"""The delta of every option held on one chain, recomputed from the venue's volatilities."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from core.clock import years_between
from core.domain.instrument import Instrument
from core.domain.position import Position
from core.market.board import Board
from core.quant.black import greeks
from core.quant.settling import effective_forward, open_share
from core.trading.strategy import Context


@dataclass(frozen=True, slots=True)
class OptionDelta:
    """The options of one chain as one number, or the reason why there is none."""

    coin: float = 0.0
    """Coin; NaN while an option cannot be priced."""
    gamma: float = 0.0
    """Change of the Black-Scholes delta per USD."""
    count: int = 0
    """Option positions found."""
    problem: str = ""
    """Why `coin` is NaN, in words that name the instrument; empty when it is not."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What prices one position."""

    option: Instrument
    amount: float
    strike: float
    forward: float
    vol: float
    tau_years: float
    share: float
    """How much of the settlement price is still open: 1, fading to 0 in the last half hour."""


def option_delta(context: Context, chain: str, kind: str, max_age_s: float) -> OptionDelta:
    """Sum of amount x delta over the options of `chain`, all sleeves together.

    `kind` is net (delta less the premium in coin, for a coin account) or bs (Black-Scholes). The
    delta is recomputed from the ticker's mark volatility and forward, because the printed mark
    price lags the forward. Linear options have no premium in coin: both kinds agree on them. In
    the last half hour a delta fades with the share of the settlement mean that is still open, and
    the known part of that mean is in the forward.
    One option without a fresh ticker makes the whole sum NaN.
    """
    held = [one for one in context.holdings.positions() if is_option_of(one.instrument, chain)]
    rows: list[_Row] = []
    for position in held:
        row = _row(context, position, max_age_s)
        if isinstance(row, str):
            return OptionDelta(nan, nan, len(held), row)
        rows.append(row)
    coin, gamma = _sum(rows, kind) if rows else (0.0, 0.0)
    if not isfinite(coin):
        return OptionDelta(nan, nan, len(held), f"the {chain} options cannot be priced")
    return OptionDelta(coin, gamma, len(held))


def is_option_of(name: str, chain: str) -> bool:
    """True when `name` reads as a call or put of `chain`, listed or not."""
    return name.startswith(f"{chain}-") and name.endswith(("-C", "-P"))


def _row(context: Context, position: Position, max_age_s: float) -> _Row | str:
    """What prices the option, or why it cannot be priced."""
    name, board = position.instrument, context.board
    option = board.instrument(name)
    if option is None or option.strike is None or option.expiry_ns is None:
        return f"{name} is held but not listed"
    now_ns = board.venue_now_ns()
    if option.expiry_ns <= now_ns:
        return f"{name} has expired and is not settled yet"
    age_s = board.ticker_age_s(name)
    if not age_s <= max_age_s:
        return f"{name} has no ticker" if age_s != age_s else f"{name} is {age_s:.0f} s old"
    share = open_share(now_ns, option.expiry_ns)
    vol, forward = _marks(board, name, share)
    if not (vol > 0 and forward > 0):
        return f"{name} has no mark volatility"
    tau_years = years_between(now_ns, option.expiry_ns)
    return _Row(option, float(position.amount), option.strike, forward, vol, tau_years, share)


def _marks(board: Board, name: str, share: float) -> tuple[float, float]:
    """(mark volatility as a decimal, forward of what is delivered); NaN for what is not told."""
    ticker = board.ticker(name)
    if ticker is None or ticker.mark_iv is None or ticker.underlying_price is None:
        return nan, nan
    average = ticker.estimated_delivery_price
    known = nan if average is None else average
    return ticker.mark_iv / 100, effective_forward(ticker.underlying_price, known, share)


def _sum(rows: list[_Row], kind: str) -> tuple[float, float]:
    """(delta, gamma) of the positions together."""
    result = greeks(
        np.array([row.forward for row in rows]),
        np.array([row.strike for row in rows]),
        np.array([row.tau_years for row in rows]),
        np.array([row.vol for row in rows]),
        np.array([bool(row.option.is_call) for row in rows]),
    )
    is_net = np.array([kind == "net" and row.option.is_inverse for row in rows])
    deltas = np.where(is_net, result.net_delta, result.delta)
    shares = np.array([row.share for row in rows])
    amounts = np.array([row.amount for row in rows]) * shares
    return float(amounts @ deltas), float((amounts * shares) @ result.gamma)
