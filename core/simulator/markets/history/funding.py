"""Funding through time: what one unit of each perpetual has accrued up to any moment."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from core.quant.types import FloatArray, IndexArray
from core.simulator.markets.floor import Floor
from core.simulator.markets.market import Market
from core.simulator.markets.past import Past
from core.simulator.world.listing.calendar import HOUR_MS
from core.simulator.world.makers.quotes import noise
from core.simulator.world.prices.carry import (
    PREMIUM_MEAN,
    PREMIUM_SD,
    funding_cap,
    funding_rate,
)

MINUTE_MS = 60_000
LOOK_EVERY_MS = 1_000
MINUTES_KEPT = 3_000
EIGHT_HOURS_MS = 8 * HOUR_MS
MOST_OLD_HOURS = 24 * 400
HOURLY_SD = 0.006
"""Standard deviation of the log of an index from one made up hour to the next."""


class Fundings:
    """The histories of all perpetuals; each begins when it is first looked at."""

    def __init__(self, floor: Floor, seed: int, now_ms: Callable[[], int]) -> None:
        self._floor = floor
        self._seed = seed
        self._now_ms = now_ms
        self._histories: dict[str, FundingHistory] = {}
        self._looked_ms = 0

    def of(self, market: Market) -> FundingHistory:
        """The history of one perpetual."""
        if market.name not in self._histories:
            history = FundingHistory(market, self._now_ms(), self._seed, self._floor.past)
            self._histories[market.name] = history
        return self._histories[market.name]

    def begin_anew(self) -> None:
        """Forget what was accrued."""
        self._histories.clear()

    def step(self, now_ms: int) -> None:
        """Look at what was accrued, once a second."""
        if now_ms - self._looked_ms < LOOK_EVERY_MS:
            return
        self._looked_ms = now_ms
        for market in self._floor.markets:
            if market.instrument.is_perpetual:
                self.of(market).step(now_ms)


class FundingHistory:
    """One perpetual: a synthetic rate for each hour before the start, then what was accrued.

    `accrued` is one running total, zero at the start, so that all spans add up.
    """

    def __init__(self, market: Market, now_ms: int, seed: int, past: Past) -> None:
        self._market = market
        self._begin_ms = now_ms
        self._seed = seed
        self._start = market.funding.total_interest
        self._past = past
        self._drawn = self._drawn_index()
        """The index at the first hours known, oldest first, the last at or before the start."""
        self.minutes: deque[tuple[int, float]] = deque([(now_ms, 0.0)], maxlen=MINUTES_KEPT)
        """Time in ms and total."""
        self.hours: deque[tuple[int, float, float]] = deque(
            [(now_ms, 0.0, self._drawn[-1])], maxlen=MOST_OLD_HOURS
        )
        """Time in ms, total, and the index as the hour began."""

    def step(self, now_ms: int) -> None:
        """Take the present total in; called once a second."""
        total = self._market.funding.total_interest - self._start
        if now_ms // MINUTE_MS != self.minutes[-1][0] // MINUTE_MS:
            self.minutes.append((now_ms, total))
            if now_ms // HOUR_MS != self.hours[-1][0] // HOUR_MS:
                self.hours.append((now_ms, total, self._index_at(now_ms)))
        self._market.funding.trailing_8h = total - self.accrued(now_ms - EIGHT_HOURS_MS, now_ms)

    def accrued(self, at_ms: int, now_ms: int) -> float:
        """The total at a moment; between two known ones it grows evenly."""
        if at_ms < self._begin_ms:
            return self._before(at_ms)
        known: Sequence[tuple[float, ...]]
        known = self.minutes if at_ms >= self.minutes[0][0] else self.hours
        after = bisect_right(known, (at_ms, np.inf))
        start_ms, start = known[after - 1][:2]
        present = (now_ms, self._market.funding.total_interest - self._start)
        end_ms, end = known[after][:2] if after < len(known) else present
        share = min(1.0, (at_ms - start_ms) / (end_ms - start_ms)) if end_ms > start_ms else 0.0
        return start + share * (end - start)

    def hourly_index(self, hours: range) -> dict[int, float]:
        """The index as each hour began, by hours since the epoch."""
        first_ms = self.hours[0][0]
        begin = self._begin_ms // HOUR_MS
        lived = {at_ms // HOUR_MS: price for at_ms, _, price in self.hours if at_ms > first_ms}
        made_up = self._made_up(hours.start, begin)
        found, price = {}, self._drawn[0]
        for hour in range(min(hours.start, begin), hours.stop):
            price = made_up[hour] if hour <= begin else lived.get(hour, price)
            found[hour] = price
        return found

    def _made_up(self, first: int, begin: int) -> dict[int, float]:
        """Hours up to the start: those of the drawn candles, before that a walk to the first."""
        known = {begin - len(self._drawn) + 1 + n: price for n, price in enumerate(self._drawn)}
        oldest = begin - len(self._drawn) + 1
        walked = np.arange(oldest, first, -1)
        coin = np.array([zlib.crc32(self._market.instrument.base.encode())])
        moves = HOURLY_SD * np.cumsum(normals(coin, walked, np.array([self._seed])))
        digits = self._past.digits(self._market.instrument.index_name)
        prices = np.round(self._drawn[0] * np.exp(-moves), digits).tolist()
        return known | dict(zip((walked - 1).tolist(), prices, strict=True))

    def _drawn_index(self) -> list[float]:
        """The opens of the drawn hours, or the present index."""
        name, last = self._market.instrument.index_name, self._begin_ms // HOUR_MS
        first = last - MOST_OLD_HOURS
        bars = self._past.between(name, first * HOUR_MS, last * HOUR_MS, HOUR_MS)
        return [bar[1] for bar in bars] or [self._market.index]

    def _index_at(self, now_ms: int) -> float:
        hour_ms = now_ms - now_ms % HOUR_MS
        return self._past.between(
            self._market.instrument.index_name, hour_ms, hour_ms, HOUR_MS
        )[0][1]  # fmt: skip

    def _before(self, at_ms: int) -> float:
        """Minus what accrues from then to the start, at each hour's own rate."""
        first = max(at_ms // HOUR_MS, self._begin_ms // HOUR_MS - MOST_OLD_HOURS)
        hours = np.arange(first, self._begin_ms // HOUR_MS + 1)
        ends = np.minimum((hours + 1) * HOUR_MS, self._begin_ms)
        spans = (ends - np.maximum(hours * HOUR_MS, at_ms)) / HOUR_MS
        return -float((self._rates(hours) * np.maximum(spans, 0.0)).sum())

    def _rates(self, hours: IndexArray) -> FloatArray:
        """Funding of one hour, drawn from the hour itself so that every answer agrees."""
        it = self._market.instrument
        salt, ids = np.array([self._seed]), np.array([it.instrument_id])
        premium = PREMIUM_MEAN + 1.5 * PREMIUM_SD * normals(ids, hours, salt)
        cap = funding_cap(it.settlement)
        return np.array([funding_rate(value, cap) / 8.0 for value in premium.tolist()])


def normals(ids: IndexArray, hours: IndexArray, salt: IndexArray) -> FloatArray:
    """Repeatable normal numbers by Box and Muller, out of two repeatable uniforms."""
    one = (noise(ids, hours, salt) + 0.5) / 65536.0
    two = (noise(ids + 1, hours, salt) + 0.5) / 65536.0
    return np.asarray(np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * two))
