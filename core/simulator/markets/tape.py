"""The public trades of one instrument, with its last price, day's range and candles."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

from core.simulator.markets.bars import Bars
from core.simulator.markets.starbase import nanoseconds, number_of
from core.simulator.world.listing.calendar import DAY_MS
from core.simulator.world.listing.instruments import Instrument

KEPT = 1_000
Direction = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True)
class Trade:
    """One public execution."""

    instrument: Instrument
    trade_id: str
    seq: int
    at_ms: int
    tick: int
    units: int
    direction: Direction
    """The taker's side."""
    tick_direction: int
    mark: float
    index: float
    iv: float | None
    """Percent; options only."""
    liquidation: str | None = None
    legs: list[dict[str, Any]] | None = None
    """Of a combo: the trades in its legs as printed."""
    combo_id: str | None = None
    """Of a leg: the combo it traded in."""
    combo_trade_id: str | None = None

    def row(self) -> dict[str, Any]:
        """As the venue prints it."""
        it, amount = self.instrument, self.instrument.amount_of(self.units)
        row: dict[str, Any] = {
            "timestamp": self.at_ms,
            "price": it.price_of(self.tick),
            "amount": amount,
            "direction": self.direction,
            "index_price": self.index,
            "instrument_name": it.name,
            "trade_seq": self.seq,
            "mark_price": self.mark,
            "tick_direction": self.tick_direction,
            "trade_id": self.trade_id,
            "contracts": it.contracts_of(self.units * it.terms.min_amount),
        }
        if self.iv is not None:
            row["iv"] = self.iv
        if self.liquidation is not None:
            row["liquidation"] = self.liquidation
        if self.legs is not None:
            row["legs"] = self.legs
        if self.combo_id is not None:
            row |= {"combo_id": self.combo_id, "combo_trade_id": self.combo_trade_id}
        return row

    def streamed_row(self) -> dict[str, Any]:
        """As channels print it, with the numbers of the matching core."""
        return self.row() | {
            "starbase_match_id": number_of(self.trade_id),
            "starbase_timestamp": nanoseconds(self.at_ms, self.trade_id),
        }


@dataclass(slots=True)
class DayStats:
    """The last 24 hours."""

    high: float | None = None
    low: float | None = None
    first: float | None = None
    volume: float = 0.0
    volume_usd: float = 0.0
    """Of spot in the currency that pays."""


class Tape:
    """What traded. The matching engine appends, everyone reads."""

    def __init__(self, instrument: Instrument, bars: Bars) -> None:
        self._instrument = instrument
        self.bars = bars
        self.trades: deque[Trade] = deque(maxlen=KEPT)
        self.seq = 0
        self.last_tick: int | None = None
        self._last_move = 0
        self.day = DayStats()

    def next_direction(self, tick: int) -> int:
        """tick_direction of a trade at `tick`: 0 plus, 1 zero-plus, 2 minus, 3 zero-minus."""
        if self.last_tick is None or tick > self.last_tick:
            return 0
        if tick < self.last_tick:
            return 2
        return 1 if self._last_move in (0, 1) else 3

    def append(self, trade: Trade) -> None:
        """Take a trade in; its `seq` must be the next one."""
        self.seq = trade.seq
        self._last_move, self.last_tick = trade.tick_direction, trade.tick
        self.trades.append(trade)
        price = self._instrument.price_of(trade.tick)
        coins, cost, usd = turnover(self._instrument, trade)
        self.bars.trade(trade.at_ms, price, coins, cost)
        day = self.day
        day.high = price if day.high is None else max(day.high, price)
        day.low = price if day.low is None else min(day.low, price)
        day.first = price if day.first is None else day.first
        day.volume += coins
        day.volume_usd += usd

    def refresh_day(self, now_ms: int) -> None:
        """Recompute the day's range from the candles; called about once a minute."""
        rows = self.bars.minutes_since(now_ms - DAY_MS)
        if not len(rows):
            self.day = DayStats()
            return
        it, volume = self._instrument, float(rows[:, 5].sum())
        usd = float(rows[:, 6].sum())
        if it.legs or (it.is_option and not it.is_linear):
            # Candles count coins; what they were worth then stands in the trades.
            since_ms = now_ms - DAY_MS
            usd = sum(turnover(it, t)[2] for t in self.trades if t.at_ms >= since_ms)
        self.day = DayStats(
            float(rows[:, 2].max()), float(rows[:, 3].min()), float(rows[0, 1]), volume, usd
        )

    @property
    def last_price(self) -> float | None:
        """None when nothing ever traded."""
        if self.last_tick is not None:
            return self._instrument.price_of(self.last_tick)
        return None

    def price_change(self) -> float | None:
        """Percent against the first price of the day."""
        last, first = self.last_price, self.day.first
        return (
            None
            if last is None or not first or self._instrument.legs
            else round(100.0 * (last / first - 1.0), 4)
        )


def turnover(it: Instrument, trade: Trade) -> tuple[float, float, float]:
    """(base coins, cost in quote currency, USD) of one trade."""
    amount, price = it.amount_of(trade.units), it.price_of(trade.tick)
    if it.legs:
        coins = amount / trade.index if it.quote == "USD" else amount
        return coins, abs(amount * price), coins * trade.index
    if it.is_option and not it.is_linear:
        return amount, amount * price, amount * price * trade.index
    if it.is_linear:
        return amount, amount * price, amount * price
    return amount / price, amount, amount
