from __future__ import annotations

from core.clock import ManualClock
from core.market.board import Board
from core.venues.deribit.market.snapshots import PATIENCE_S, SnapshotWatch
from core.venues.deribit.names import instrument_named

NAMES = ["BTC-PERPETUAL", "ETH-PERPETUAL"]


def board() -> Board:
    found = Board(ManualClock())
    found.list_instruments(one for one in map(instrument_named, NAMES) if one is not None)
    return found


def snapshot(on: Board, name: str) -> None:
    book = on.book(name)
    assert book is not None
    book.snapshot(1, [], [])


def test_a_snapshot_that_never_came_is_asked_for_again_and_again() -> None:
    listed = board()
    watch = SnapshotWatch(listed)
    snapshot(listed, "ETH-PERPETUAL")
    seconds = range(20)
    overdue = [(at_s, watch.overdue(NAMES, at_s)) for at_s in seconds]
    asked = [at_s for at_s, names in overdue if names]
    assert asked == [5, 11, 17]
    assert all(names in ([], ["BTC-PERPETUAL"]) for _, names in overdue)


def test_a_snapshot_in_time_is_nobodys_business() -> None:
    listed = board()
    watch = SnapshotWatch(listed)
    assert watch.overdue(NAMES, 0.0) == []
    for name in NAMES:
        snapshot(listed, name)
    assert watch.overdue(NAMES, PATIENCE_S + 2) == []


def test_a_new_connection_gives_everybody_the_full_time_again() -> None:
    watch = SnapshotWatch(board())
    assert watch.overdue(NAMES, 0.0) == []
    watch.reset()
    assert watch.overdue(NAMES, PATIENCE_S + 2) == []


def test_channels_that_are_not_held_are_not_waited_for() -> None:
    watch = SnapshotWatch(board())
    for at_s in range(20):
        assert watch.overdue([], at_s) == []
