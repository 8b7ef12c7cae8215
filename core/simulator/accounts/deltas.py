"""Deltas and greeks of an account, in total and per index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from core.quant.black import greeks
from core.simulator.accounts.funds import expires_next
from core.simulator.accounts.money import coins_of
from core.simulator.accounts.position import Position
from core.simulator.world.makers.options import OptionBoard

GREEKS = ("delta", "gamma", "vega", "theta")


def position_greeks(position: Position) -> dict[str, float]:
    """Totals of one option position: contracts x greek."""
    market = position.market
    board, i = market.board, market.row
    assert isinstance(board, OptionBoard)
    g = greeks(
        float(board.forward[i]), float(board.strike[i]), float(max(board.tau[i], 1e-9)),
        float(board.iv[i]) / 100.0, bool(board.is_call[i]),
    )  # fmt: skip
    size = float(position.size)
    return {name: float(np.nan_to_num(getattr(g, name))) * size for name in GREEKS}


def delta_fields(currency: str, positions: Iterable[Position]) -> dict[str, Any]:
    """The delta and greek fields of a summary; positions of size 0 show their index.

    The maps are in coins. Totals are too, except in USDC accounts, where a delta is what the coins
    are worth; there the value of the options is not taken off.
    """
    maps: dict[str, defaultdict[str, float]] = {n: defaultdict(float) for n in GREEKS}
    totals = dict.fromkeys(GREEKS, 0.0)
    coins: defaultdict[str, float] = defaultdict(float)
    total = near = 0.0
    for position in positions:
        index, own = position.market.instrument.index_name, _own_delta(position)
        price = position.market.index if currency == "USDC" else 1.0
        coins[index] += own
        if position.market.instrument.is_option and position.size:
            for name, value in position_greeks(position).items():
                totals[name] += value * (price if name == "delta" else 1.0)
                maps[name][index] += value
        net = own * price - (0.0 if currency == "USDC" else _option_value(position))
        total += net
        near += 0.0 if expires_next(position.market) else net
    row: dict[str, Any] = {f"options_{name}": round(totals[name], 5) for name in GREEKS}
    row |= {f"options_{n}_map": {k: round(v, 5) for k, v in maps[n].items()} for n in GREEKS[1:]}
    row |= {"delta_total": round(total, 8), "projected_delta_total": round(near, 8)}
    row["delta_total_map"] = {index: round(value, 9) for index, value in coins.items()}
    return row


def _own_delta(position: Position) -> float:
    """In coins; of options with 5 decimals, as the position prints it."""
    it = position.market.instrument
    if not position.size:
        return 0.0
    if it.is_option:
        return round(position_greeks(position)["delta"], 5)
    return float(coins_of(it, position.size, position.mark()))


def _option_value(position: Position) -> float:
    return float(position.value()) if position.market.instrument.is_option else 0.0
