"""Books against the truth of each change id, over random changes lost, doubled and swapped."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.book import BookState
from tests.core.venues.deribit.market.talk import CALL, Talk, notification

CHANNEL = f"book.{CALL}.100ms"
Side = dict[float, float]

PRICES = st.integers(1, 8).map(lambda tick: tick / 10)
ROW = st.tuples(st.booleans(), PRICES, st.integers(1, 5).map(float))
CHANGE = st.tuples(st.lists(ROW, max_size=3), st.lists(ROW, max_size=3))
MISHAPS = st.sampled_from(["none", "none", "none", "lost", "doubled", "swapped", "snapshot"])


@dataclass
class Venue:
    """One book as the venue has it, and what it looked like at every change."""

    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)
    change_id: int = 100
    truth: dict[int, tuple[Side, Side]] = field(default_factory=dict)

    def snapshot(self) -> dict[str, Any]:
        self.truth[self.change_id] = dict(self.bids), dict(self.asks)
        rows = [[["new", *level] for level in side.items()] for side in (self.bids, self.asks)]
        return self.frame("snapshot", None, *rows)

    def change(self, bids: list[Any], asks: list[Any]) -> dict[str, Any]:
        parent, self.change_id = self.change_id, self.change_id + 3
        rows = [
            [_applied(side, *row) for row in changes]
            for side, changes in ((self.bids, bids), (self.asks, asks))
        ]
        self.truth[self.change_id] = dict(self.bids), dict(self.asks)
        return self.frame("change", parent, *rows)

    def frame(self, kind: str, parent: int | None, bids: Any, asks: Any) -> dict[str, Any]:
        data = {
            "type": kind,
            "timestamp": 1_790_000_000_000,
            "instrument_name": CALL,
            "change_id": self.change_id,
            "bids": bids,
            "asks": asks,
        }
        return notification(CHANNEL, data if parent is None else {**data, "prev_change_id": parent})


def _applied(side: Side, is_deleted: bool, price: float, amount: float) -> list[Any]:
    if is_deleted:
        side.pop(price, None)
        return ["delete", price, 0.0]
    action = "change" if price in side else "new"
    side[price] = amount
    return [action, price, amount]


def assert_true(talk: Talk, venue: Venue) -> None:
    """A live book is what the venue had at that change; every other book says that it is not."""
    levels = talk.board.levels(CALL, 100)
    assert levels is not None
    if levels.state is not BookState.LIVE:
        assert talk.board.is_stale(CALL)
        return
    bids, asks = venue.truth[levels.change_id]
    assert [(one.price, one.amount) for one in levels.bids] == sorted(bids.items(), reverse=True)
    assert [(one.price, one.amount) for one in levels.asks] == sorted(asks.items())
    quote = talk.board.quote(CALL)
    assert (quote.bid == max(bids)) if bids else quote.bid != quote.bid
    assert (quote.ask == min(asks)) if asks else quote.ask != quote.ask


def _deliveries(venue: Venue, steps: list[tuple[Any, str]]) -> list[dict[str, Any]]:
    """The frames as they come over a bad wire."""
    frames: list[dict[str, Any]] = []
    is_swapping = False
    for (bids, asks), mishap in steps:
        frame = venue.change(bids, asks)
        if mishap != "lost":
            frames += [frame, frame] if mishap == "doubled" else [frame]
        if mishap == "snapshot":
            frames.append(venue.snapshot())
        if is_swapping and len(frames) > 1:
            frames[-2:] = reversed(frames[-2:])
        is_swapping = mishap == "swapped"
    return frames


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CHANGE, MISHAPS), max_size=25), st.integers(1, 4))
def test_a_live_book_is_never_wrong(steps: list[tuple[Any, str]], batch: int) -> None:
    talk, venue = Talk(), Venue()
    talk.carry(CALL)
    talk.open()
    talk.answer("public/subscribe", result=talk.joined())
    frames = [venue.snapshot(), *_deliveries(venue, steps)]
    for start in range(0, len(frames), batch):
        talk.hear(*frames[start : start + batch])
        assert_true(talk, venue)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CHANGE, MISHAPS), max_size=12))
def test_after_any_trouble_the_resync_brings_the_present_book(
    steps: list[tuple[Any, str]],
) -> None:
    talk, venue = Talk(), Venue()
    talk.carry(CALL)
    talk.open()
    talk.answer("public/subscribe", result=talk.joined())
    talk.hear(venue.snapshot(), *_deliveries(venue, steps))
    talk.hear(venue.change([], []))  # what was lost last shows with the next frame
    if talk.board.is_stale(CALL):
        left = talk.last("public/unsubscribe")
        assert left["params"]["channels"] == [CHANNEL]
        talk.answer("public/unsubscribe", result=[CHANNEL])
        talk.wait()
        talk.answer("public/subscribe", result=[CHANNEL])
        talk.hear(venue.snapshot())
    assert not talk.board.is_stale(CALL)
    talk.hear(venue.change([(False, 0.3, 2.0)], []))
    assert not talk.board.is_stale(CALL)
    levels = talk.board.levels(CALL, 100)
    assert levels is not None
    assert levels.change_id == venue.change_id
    assert_true(talk, venue)


def test_the_frames_here_are_the_venues() -> None:
    frame = Venue().snapshot()
    assert json.dumps(frame).startswith('{"jsonrpc": "2.0", "method": "subscription", "params"')
