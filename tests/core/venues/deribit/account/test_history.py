"""The fills of the past: page by page back to the last known one, and no further."""

from __future__ import annotations

from typing import Any

import pytest

from core.clock import NS_PER_MS, NS_PER_S
from core.domain.events import Reconciled, TradingLinkChanged
from core.venues.deribit.account.reconciliation import OVERLAP_NS
from tests.core.venues.deribit.account.talk import ANSWERS, NOW_NS, Talk, trade_row

TRADES = "private/get_user_trades_by_currency"
NOW_MS = NOW_NS // NS_PER_MS
HOUR_MS = 3_600_000


class Past:
    """The venue's side: trades of BTC, one every second, and a page of 1,000 of them."""

    def __init__(self, talk: Talk, count: int) -> None:
        self.talk = talk
        self.rows = [
            trade_row(f"t{n}", timestamp=NOW_MS - (count - n) * 1000) for n in range(count)
        ]
        self.asked: list[dict[str, Any]] = []
        self.is_archive_broken = False

    def answer_all(self) -> list[str]:
        """Answer what is sent until nothing more is; the methods in order."""
        methods = []
        while requests := self.talk.sent():
            for request in requests:
                methods.append(request["method"])
                self.answer(request)
        return methods

    def answer(self, request: dict[str, Any]) -> None:
        if request["method"] != TRADES:
            self.talk.answer(request, ANSWERS.get(request["method"]))
            return
        params = request["params"]
        self.asked.append(params)
        if params["historical"] and self.is_archive_broken:
            self.talk.refuse(request, 13028)
        else:
            self.talk.answer(request, self._page(params))

    def _page(self, params: dict[str, Any]) -> dict[str, Any]:
        start, end = params.get("start_timestamp", 0), params.get("end_timestamp", 10**15)
        is_mine = params["currency"] == "BTC"
        found = [one for one in self.rows if is_mine and start <= one["timestamp"] <= end][::-1]
        return {"trades": found[: params["count"]], "has_more": len(found) > params["count"]}


def known(hours_ago: float) -> int:
    return NOW_NS - int(hours_ago * 3600) * NS_PER_S


def fills_of(talk: Talk) -> list[str]:
    (truth,) = talk.facts(Reconciled)
    return [one.trade_id for one in truth.fills]


def test_after_a_night_without_a_link_every_page_is_read() -> None:
    talk = Talk(since_ns=known(1.0))
    past = Past(talk, 3_500)
    talk.account.begin(0.0)
    past.answer_all()
    assert fills_of(talk) == [f"t{n}" for n in range(3_500)]
    assert all(not one["historical"] for one in past.asked)
    assert {one["start_timestamp"] for one in past.asked} == {
        (known(1.0) - OVERLAP_NS) // NS_PER_MS
    }


def test_at_a_first_start_one_page_is_enough() -> None:
    talk = Talk()
    past = Past(talk, 3_500)
    talk.account.begin(0.0)
    past.answer_all()
    assert len(fills_of(talk)) == 1_000
    assert [one["currency"] for one in past.asked] == ["BTC", "USDC"]
    assert all("start_timestamp" not in one for one in past.asked)


def test_later_only_what_is_new_is_asked_for() -> None:
    talk = Talk()
    past = Past(talk, 10)
    talk.account.begin(0.0)
    past.answer_all()
    past.asked.clear()
    talk.account.reconcile(1.0)
    past.answer_all()
    newest_ms = past.rows[-1]["timestamp"]
    overlap_ms = OVERLAP_NS // NS_PER_MS
    assert {one["start_timestamp"] for one in past.asked} == {newest_ms - overlap_ms}


def test_after_days_the_archive_is_asked_as_well() -> None:
    talk = Talk(since_ns=known(72))
    past = Past(talk, 5)
    talk.account.begin(0.0)
    past.answer_all()
    assert sorted((one["currency"], one["historical"]) for one in past.asked) == [
        ("BTC", False),
        ("BTC", True),
        ("USDC", False),
        ("USDC", True),
    ]
    assert fills_of(talk) == [f"t{n}" for n in range(5)]


def test_when_the_venues_clock_is_ahead_of_ours_the_archive_is_asked_as_well() -> None:
    talk = Talk(since_ns=known(-72))
    past = Past(talk, 5)
    talk.account.begin(0.0)
    past.answer_all()
    assert sorted(one["historical"] for one in past.asked) == [False, False, True, True]


def test_an_archive_that_fails_keeps_no_link_down() -> None:
    talk = Talk(since_ns=known(72))
    past = Past(talk, 5)
    past.is_archive_broken = True
    talk.account.begin(0.0)
    past.answer_all()
    assert talk.facts(TradingLinkChanged) == [TradingLinkChanged(True)]
    assert len(fills_of(talk)) == 5


def test_a_page_full_of_one_moment_does_not_ask_for_ever() -> None:
    talk = Talk(since_ns=known(1.0))
    past = Past(talk, 2_500)
    for row in past.rows:
        row["timestamp"] = NOW_MS - 5_000
    talk.account.begin(0.0)
    past.answer_all()
    assert len(past.asked) <= 6


def test_a_currency_nobody_named_is_asked_for_when_something_is_held_in_it() -> None:
    talk = Talk(since_ns=known(1.0))
    position = {"instrument_name": "BTC_USDT-PERPETUAL", "direction": "buy", "size": 1.0}
    talk.account.begin(0.0)
    sent: list[Any] = []
    while requests := talk.sent():
        for request in requests:
            sent.append(request["params"].get("currency"))
            is_position = request["method"] == "private/get_positions"
            talk.answer(request, [position] if is_position else ANSWERS.get(request["method"]))
    assert sent.count("USDT") == 1
    assert len(talk.facts(Reconciled)) == 1


def test_a_trade_in_between_asks_again_but_not_for_the_pages_that_came() -> None:
    talk = Talk(since_ns=known(1.0))
    past = Past(talk, 2_500)
    talk.account.begin(0.0)
    for _ in range(3):
        for request in talk.sent():
            talk.answer(request, ANSWERS.get(request["method"]))
    for request in talk.sent():
        past.answer(request)
    talk.notify("user.trades.any.any.raw", [trade_row("t2499", timestamp=NOW_MS - 1000)])
    past.answer_all()
    starts = [one["start_timestamp"] for one in past.asked if one["currency"] == "BTC"]
    assert len(starts) == 4
    assert starts[-1] > starts[0]
    assert len(fills_of(talk)) == 2_500


@pytest.mark.parametrize("is_up", [True, False])
def test_a_frame_lost_while_reconciling_has_everything_asked_again(is_up: bool) -> None:
    talk = Talk()
    if is_up:
        talk.come_up()
        talk.all_facts().clear()
        talk.account.reconcile(0.0)
    else:
        talk.account.begin(0.0)
    methods = []
    while requests := talk.sent():
        for request in requests:
            methods.append(request["method"])
            talk.answer(request, ANSWERS.get(request["method"]))
            if request["method"] == "private/get_positions" and len(methods) < 8:
                talk.account.unreadable(0.0)
    assert methods.count("private/get_positions") == 2
    assert len(talk.facts(Reconciled)) == 1


def test_a_venue_that_sends_the_same_page_for_ever_breaks_the_link() -> None:
    talk = Talk(since_ns=known(1.0))
    page = {"trades": [trade_row(timestamp=NOW_MS)], "has_more": True}
    talk.come_up(get_user_trades_by_currency=page)
    assert "the venue sends trades newer than asked for" in talk.session.broken
    assert talk.facts(TradingLinkChanged) == []
