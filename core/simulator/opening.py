"""The trades behind a first opening, so that tape, candles and statistics agree from the start.

The exchange calls it once, when the past is drawn; nothing here is used after that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from core.quant.black import price_usd
from core.quant.implied import implied_vol
from core.quant.types import BoolArray, FloatArray, IndexArray
from core.simulator.markets.bars import MINUTE_MS, Bars
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction, Trade
from core.simulator.markets.tickers import MOST_IV_PERCENT
from core.simulator.matching.ids import Ids, trade_name
from core.simulator.world.listing.calendar import DAY_MS
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.makers.takers import option_weights
from core.simulator.world.prices.carry import years

TRADED_MS: Final = 20 * MINUTE_MS
"""How far back the trades behind candles reach."""
OPTION_TRADES: Final = 2_000
"""All options together, in the last 24 hours."""
MOST_SLIP: Final = 3
"""Base ticks between an option's mark and where strangers traded it."""


class Draft(NamedTuple):
    """One trade before it is known which number it gets."""

    at_ms: int
    market: Market
    tick: int
    units: int
    buys: bool
    mark: float
    spot: float
    """The index then."""
    iv: float | None = None


def draw_trades(floor: Floor, ids: Ids, now_ms: int) -> None:
    """Put trades behind the last minutes of candles, and some on the options people trade most.

    Their ids end where those of the live trades begin; all draws come from the history stream.
    """
    rng = floor.world.history_rng
    drafts: list[Draft] = []
    for market in floor.markets:
        bars = market.tape.bars
        recent = bars.finished(now_ms - now_ms % MINUTE_MS - TRADED_MS - 1)
        if len(recent):
            market.tape.bars = Bars(bars.finished(-1)[: -len(recent)])
            drafts += _behind_candles(floor, market, recent, rng)
    drafts += _option_drafts(floor, now_ms, rng)
    drafts.sort(key=lambda draft: draft.at_ms)
    for number, draft in enumerate(drafts, start=ids.trade - len(drafts) + 1):
        _print(draft, number)
    for market in dict.fromkeys(draft.market for draft in drafts):
        if not market.instrument.is_option:  # whose day is nothing but these trades
            market.tape.refresh_day(now_ms)


def _print(draft: Draft, number: int) -> None:
    it, tape = draft.market.instrument, draft.market.tape
    direction: Direction = "buy" if draft.buys else "sell"
    tape.append(Trade(
        it, trade_name(it, number), tape.seq + 1, draft.at_ms, draft.tick, draft.units,
        direction, tape.next_direction(draft.tick), draft.mark, draft.spot, draft.iv,
    ))  # fmt: skip


def _behind_candles(
    floor: Floor, market: Market, minutes: FloatArray, rng: np.random.Generator
) -> Iterator[Draft]:
    """Two to four trades a minute: its open, its extremes in some order, its close.

    Amounts are whole, so that the minutes get their volume and cost anew from them.
    """
    it, terms = market.instrument, market.instrument.terms
    known = floor.past.series[it.index_name].finished(-1)
    same = known[np.searchsorted(known[:, 0], minutes[:, 0])]
    order = np.where(rng.random((len(minutes), 1)) < 0.5, (0, 1, 2, 3), (0, 2, 1, 3))
    ticks = np.round(_columns(minutes, order) / float(terms.tick)).astype(np.int64)
    index = _columns(same, order)
    mark = index * (market.mark / market.index)
    at_ms = minutes[:, :1].astype(np.int64) + np.sort(
        rng.integers(0, MINUTE_MS, ticks.shape), axis=1
    )
    share = rng.dirichlet(np.ones(4), len(minutes))
    turnover = minutes[:, 5:6] if it.is_linear else minutes[:, 6:7]
    units = np.maximum(1, np.round(share * turnover / float(terms.min_amount)).astype(np.int64))
    wanted = np.diff(ticks, axis=1, prepend=-1) != 0
    wanted[:, 3] = True
    rising = np.diff(ticks, axis=1, prepend=ticks[:, :1])
    buys = np.where(rising == 0, rng.random(ticks.shape) < 0.5, rising > 0)
    columns = (at_ms, ticks, units, buys, np.round(mark, terms.mark_decimals), index)
    for at, tick, size, is_buy, worth, spot in zip(
        *(column[wanted].tolist() for column in columns), strict=True
    ):
        yield Draft(at, market, tick, size, is_buy, worth, spot)


def _columns(minutes: FloatArray, order: IndexArray) -> FloatArray:
    """Open, high, low and close of each minute in its `order`, shape (minutes, 4)."""
    prices = minutes[:, [1, 2, 3, 4]]
    return np.asarray(np.take_along_axis(prices, order, axis=1))


def _option_drafts(floor: Floor, now_ms: int, rng: np.random.Generator) -> list[Draft]:
    """A day of strangers in options, each near its mark of that time; untraded ones stay so."""
    board = floor.options
    weights = option_weights(board)
    if not len(weights):
        return []
    rows = np.sort(rng.choice(len(board), size=OPTION_TRADES, p=weights))
    since_ms = np.array([it.creation_ms for it in board.instruments])[rows]
    life_ms = np.minimum(now_ms - since_ms, DAY_MS - MINUTE_MS)
    at_ms = now_ms - 1 - (rng.random(len(rows)) * life_ms).astype(np.int64)
    index = _index_then(floor, board, rows, at_ms)
    forward = board.forward[rows] * index / board.index[rows]
    unit = np.where(board.is_linear[rows], 1.0, forward)
    strike, is_call = board.strike[rows], board.is_call[rows]
    tau = years(at_ms.astype(np.float64), board.expiry_ms[rows])
    mark = price_usd(forward, strike, tau, board.iv[rows] / 100.0, is_call) / unit
    buys = rng.random(len(rows)) < 0.5
    tick = _traded_at(board, rows, mark, buys, rng)
    price = np.array([board.instruments[row].price_of(t)
                      for row, t in zip(rows.tolist(), tick.tolist(), strict=True)])  # fmt: skip
    vol = implied_vol(price * unit, forward, strike, tau, is_call).vol
    iv = np.round(np.minimum(100.0 * np.nan_to_num(vol), MOST_IV_PERCENT), 2)
    size = board.size[rows] / board.lot[rows] * rng.random(len(rows)) ** 4
    columns = (at_ms, rows, tick, np.maximum(1, np.round(size).astype(np.int64)), buys,
               np.round(mark, 8), index, iv)  # fmt: skip
    drafts = [
        Draft(at, floor.option_at(row), *rest)
        for at, row, *rest in zip(*(column.tolist() for column in columns), strict=True)
    ]
    for draft in drafts:
        _hold(draft)
    return drafts


def _index_then(
    floor: Floor, board: OptionBoard, rows: IndexArray, at_ms: IndexArray
) -> FloatArray:
    """The index of each row in the minute of `at_ms`."""
    names = np.array([board.instruments[row].index_name for row in rows.tolist()])
    index = np.empty(len(rows))
    for name in dict.fromkeys(names.tolist()):
        mine = names == name
        known = floor.past.series[name].finished(-1)
        index[mine] = known[np.searchsorted(known[:, 0], at_ms[mine], side="right") - 1, 4]
    return index


def _traded_at(
    board: OptionBoard, rows: IndexArray, mark: FloatArray, buys: BoolArray,
    rng: np.random.Generator,
) -> IndexArray:  # fmt: skip
    """Base ticks at which a taker found somebody: above the mark when buying."""
    fair = mark / board.tick[rows]
    slip = np.minimum(rng.integers(0, MOST_SLIP, len(rows)), (fair / 10.0).astype(np.int64))
    above = board.snap_up(rows, np.ceil(fair).astype(np.int64) + slip)
    below = board.snap_down(rows, np.floor(fair).astype(np.int64) - slip)
    return np.maximum(1, np.where(buys, above, below))


def _hold(draft: Draft) -> None:
    """Somebody holds what was traded."""
    interest = draft.market.interest
    if interest.units == 0:
        interest.street_longs = interest.street_shorts = draft.units
