from __future__ import annotations

import threading
from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from core.clock import ManualClock
from core.desk.past.index import DEPTH_NS, IndexPast, PastStore
from core.desk.past.kept import volatility_batch
from core.errors import StoreError, VenueError
from core.market.board import Board
from core.quant.index.realised import Bars
from core.quant.types import IndexArray
from core.store.batch import pack
from core.venues.charts import HOUR_NS, Charts, VolatilityPast
from tests.core.pricing.market import HandMarket
from tests.eventually import eventually

NOW_NS = 1_800_000_000_000_000_000
"""A full hour."""
LATER_NS = 25_000_000_000


class Venue(Charts):
    """Has hourly bars of everything, `depth` of them; refuses while it is told to."""

    def __init__(self, depth: int = 900) -> None:
        super().__init__("")
        self.depth = depth
        self.refusal = ""
        self.asked: list[tuple[str, int]] = []
        """(what, hours asked for)."""

    def hourly(self, instrument: str, since_ns: int, until_ns: int) -> Bars:
        return hours(self._hours(instrument, since_ns, until_ns, until_ns // HOUR_NS))

    def volatility(self, currency: str, since_ns: int, until_ns: int) -> VolatilityPast:
        at_ns = self._hours(f"{currency} index", since_ns, until_ns, until_ns // HOUR_NS + 1)
        return VolatilityPast(at_ns, np.full(at_ns.size, 0.5))

    def _hours(self, what: str, since_ns: int, until_ns: int, end: int) -> IndexArray:
        self.asked.append((what, round((until_ns - since_ns) / HOUR_NS)))
        if self.refusal:
            raise VenueError(0, self.refusal)
        first = max(-(-since_ns // HOUR_NS), NOW_NS // HOUR_NS - self.depth)
        return np.arange(first, end, dtype=np.int64) * HOUR_NS


def hours(at_ns: IndexArray) -> Bars:
    price = 100.0 * np.exp(0.005 * np.sin(at_ns / HOUR_NS))
    return Bars(at_ns, price, price, price, price, HOUR_NS)


class Kept:
    """A store that remembers what was put, and may be away."""

    def __init__(self, older: Bars | None = None) -> None:
        self.older = older
        self.is_away = False
        self.bars: list[tuple[str, int]] = []
        self.volatilities: list[tuple[str, int]] = []

    def seam(self) -> PastStore:
        return PastStore(
            self._read,
            lambda name, bars: self.bars.append((name, len(bars))),
            lambda chain, past: self.volatilities.append((chain, past.at_ns.size)),
        )

    def _read(self, _name: str, since_ns: int, until_ns: int) -> Bars:
        if self.is_away or self.older is None:
            raise StoreError("the database is away")
        return self.older.rows((self.older.at_ns >= since_ns) & (self.older.at_ns < until_ns))


def board(*chains: str, clock: ManualClock | None = None) -> tuple[Board, ManualClock]:
    market = HandMarket(clock or ManualClock(NOW_NS + LATER_NS))
    for chain in chains:
        market.list_chain((30,), (100_000,), chain)
    market.touch()
    return market.board, market.clock


def pass_hour(clock: ManualClock, on: Board, times: int = 1) -> None:
    clock.advance_s(3_600 * times)
    on.touch("feed", clock.now_ns(), venue_ns=clock.now_ns())


def test_a_month_is_asked_for_once_and_then_each_new_hour() -> None:
    on, clock = board("BTC", "SOL_USDC")
    venue, kept = Venue(), Kept()
    past = IndexPast(venue, on, kept.seam())
    past.turn()
    past.turn()
    month = round(DEPTH_NS / HOUR_NS)
    assert venue.asked == [
        ("BTC-PERPETUAL", month),
        ("BTC index", month),
        ("SOL_USDC-PERPETUAL", month),
    ]
    assert [one.bars for one in past.realised()["BTC"].vols] == [24, 168, 720]
    assert past.realised()["SOL_USDC"].vols[2].close_close > 0
    pass_hour(clock, on)
    past.turn()
    hourly = [one for one in venue.asked[3:] if one[0] != "BTC index"]
    assert hourly == [("BTC-PERPETUAL", 1), ("SOL_USDC-PERPETUAL", 1)]
    assert kept.bars[-1] == ("SOL_USDC-PERPETUAL", 1)
    assert kept.volatilities == [("BTC", month - 1), ("BTC", 1)]


def test_the_venues_index_of_a_minute_we_may_be_recording_waits_for_the_next_hour() -> None:
    on, _ = board("BTC")
    venue = Venue()
    kept = Kept()
    told: list[int] = []
    seam = replace(kept.seam(), put_volatility=lambda _, past: told.extend(past.at_ns.tolist()))
    IndexPast(venue, on, seam).turn()
    assert max(told) == NOW_NS - HOUR_NS


def test_nothing_is_asked_before_anything_is_listed() -> None:
    on, _ = board()
    venue = Venue()
    IndexPast(venue, on, None).turn()
    assert venue.asked == []


def test_an_unfinished_hour_is_waited_for() -> None:
    on, clock = board("ETH_USDC", clock=ManualClock(NOW_NS + 5_000_000_000))
    venue = Venue()
    past = IndexPast(venue, on, None)
    past.turn()
    clock.advance_s(3_596)
    on.touch("feed", clock.now_ns(), venue_ns=clock.now_ns())
    past.turn()
    assert len(venue.asked) == 2
    clock.advance_s(5)
    on.touch("feed", clock.now_ns(), venue_ns=clock.now_ns())
    past.turn()
    assert len(venue.asked) == 2


def test_a_refusal_is_told_and_asked_again_ever_more_slowly() -> None:
    on, _ = board("SOL_USDC")
    venue = Venue()
    venue.refusal = "the venue did not answer"
    past = IndexPast(venue, on, None)
    waits = [past.turn() for _ in range(7)]
    assert waits == sorted(waits)
    assert waits[-1] == 60.0
    assert past.realised()["SOL_USDC"].reason == "the venue did not answer"
    venue.refusal = ""
    past.turn()
    found = past.realised()["SOL_USDC"]
    assert found.reason == ""
    assert found.vols[2].bars == 720


def test_what_the_venue_no_longer_has_comes_from_the_store_once_it_is_up() -> None:
    on, _ = board("SOL_USDC")
    venue = Venue(depth=40)
    kept = Kept(hours(np.arange(NOW_NS // HOUR_NS - 900, NOW_NS // HOUR_NS - 20) * HOUR_NS))
    kept.is_away = True
    past = IndexPast(venue, on, kept.seam())
    past.turn()
    assert isnan(past.realised()["SOL_USDC"].vols[2].close_close)
    kept.is_away = False
    past.turn()
    assert [one.bars for one in past.realised()["SOL_USDC"].vols] == [24, 168, 720]
    assert kept.bars == [("SOL_USDC-PERPETUAL", 40)]


def test_without_the_venue_what_is_kept_is_enough() -> None:
    on, _ = board("SOL_USDC")
    venue = Venue()
    venue.refusal = "the venue did not answer"
    kept = Kept(hours(np.arange(NOW_NS // HOUR_NS - 900, NOW_NS // HOUR_NS) * HOUR_NS))
    past = IndexPast(venue, on, kept.seam())
    past.turn()
    assert past.realised()["SOL_USDC"].vols[2].bars == 720


def test_hours_of_a_long_sleep_are_fetched_and_old_ones_go() -> None:
    on, clock = board("SOL_USDC")
    venue = Venue()
    past = IndexPast(venue, on, None)
    past.turn()
    pass_hour(clock, on, times=24 * 40)
    past.turn()
    assert past.realised()["SOL_USDC"].vols[2].bars == 720


class Hanging(Venue):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()

    def hourly(self, instrument: str, since_ns: int, until_ns: int) -> Bars:
        self.asked.append((instrument, 0))
        assert self.answers.wait(30)
        return super().hourly(instrument, since_ns, until_ns)


def test_a_venue_that_hangs_is_left_behind_and_changes_nothing_any_more() -> None:
    on, _ = board("SOL_USDC")
    venue, kept = Hanging(), Kept()
    past = IndexPast(venue, on, kept.seam())
    past.start()
    eventually(lambda: venue.asked, 30)
    assert past.stop()
    venue.answers.set()
    eventually(lambda: not past.service.is_running, 30)
    assert kept.bars == []


def test_a_tape_says_that_it_has_no_past() -> None:
    on, _ = board("BTC")
    past = IndexPast(None, on, None)
    past.start()
    assert not past.service.is_running
    assert past.realised()["BTC"].reason == "a tape holds no bars of the past"


def test_the_venues_own_index_is_kept_at_its_minutes_with_nothing_of_ours() -> None:
    past = VolatilityPast(np.array([HOUR_NS, 2 * HOUR_NS]), np.array([0.5, 0.51]))
    batch = volatility_batch("BTC", past)
    assert np.isnan(np.asarray(batch.columns["value"])).all()
    assert pack([batch]).parts[0].rows == 2
    assert list(batch.columns["venue"]) == pytest.approx([0.5, 0.51])
