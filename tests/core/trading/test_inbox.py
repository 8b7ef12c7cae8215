"""The inbox: in order, from any thread, with the time each event waited."""

from __future__ import annotations

import threading

from core.domain.events import TradingLinkChanged
from core.trading.inbox import Event, Inbox, Tick


def test_events_come_out_in_the_order_they_were_posted() -> None:
    inbox = Inbox()
    events: list[Event] = [TradingLinkChanged(True), Tick(), TradingLinkChanged(False, "cut")]
    for event in events:
        inbox.post(event)
    taken = [inbox.take(0) for _ in range(4)]
    assert [one.event for one in taken if one is not None] == events
    assert taken[3] is None
    assert inbox.is_empty


def test_nothing_is_lost_when_many_threads_post() -> None:
    inbox = Inbox()

    def post_many() -> None:
        for _ in range(500):
            inbox.post(Tick())

    threads = [threading.Thread(target=post_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = 0
    while inbox.take(0) is not None:
        count += 1
    assert count == 2_000


def test_an_event_knows_how_long_it_waited() -> None:
    inbox = Inbox()
    inbox.post(Tick())
    posted = inbox.take(1)
    assert posted is not None
    assert 0 <= posted.waited_ms() < 1_000


def test_an_empty_inbox_gives_up_after_the_time_given() -> None:
    assert Inbox().take(0.01) is None
    assert Inbox().take(-1) is None
