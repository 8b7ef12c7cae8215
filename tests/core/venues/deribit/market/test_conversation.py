"""Every transition of a market conversation, without a network."""

from __future__ import annotations

import json
from math import isnan

import pytest

from core.market.book import BookState
from core.venues.deribit.market.shards import Plan
from tests.core.venues.deribit.market.talk import (
    CALL,
    KEY,
    NAMES,
    NOW_NS,
    PERPETUAL,
    TOKENS,
    Talk,
    change,
    error,
    notification,
    snapshot,
)


def is_stale(talk: Talk, name: str) -> bool:
    return talk.board.is_stale(name)


# Opening and logging in.


def test_a_new_connection_asks_for_heartbeats_and_then_subscribes() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    methods = [one["method"] for one in talk.open()]
    assert methods == ["public/set_heartbeat", "public/subscribe"]
    assert talk.core.status == "subscribing"
    assert not talk.core.is_up


def test_without_a_plan_there_is_nothing_to_subscribe() -> None:
    talk = Talk()
    assert [one["method"] for one in talk.open()] == ["public/set_heartbeat"]
    assert talk.wait(1.0) == []
    assert not talk.core.is_up


def test_it_is_live_once_every_channel_is_held() -> None:
    talk = Talk()
    talk.live()
    assert talk.core.status == "live, 100ms"
    assert not is_stale(talk, PERPETUAL)


def test_raw_books_wait_for_the_login() -> None:
    talk = Talk(KEY)
    talk.carry(*NAMES)
    assert [one["method"] for one in talk.open()] == ["public/set_heartbeat", "public/auth"]
    assert talk.core.status == "logging in"
    talk.answer("public/auth", result=TOKENS)
    talk.wait()
    assert f"book.{CALL}.raw" in talk.joined()
    assert f"ticker.{CALL}.100ms" in talk.joined()
    talk.subscribe_all()
    talk.wait()
    assert talk.core.status == "live, raw"


def test_a_refused_login_means_slower_books_and_says_why() -> None:
    talk = Talk(KEY)
    talk.carry(*NAMES)
    talk.open()
    talk.answer("public/auth", error=error(13004, "invalid_credentials"))
    talk.wait()
    assert f"book.{CALL}.100ms" in talk.joined()
    talk.subscribe_all()
    talk.wait()
    assert talk.core.status == "live, 100ms (the login was refused)"


def test_a_login_without_an_answer_does_not_keep_the_books_waiting() -> None:
    talk = Talk(KEY)
    talk.carry(*NAMES)
    talk.open()
    talk.wait(5.1)
    talk.wait()
    assert f"book.{CALL}.100ms" in talk.joined()


def test_without_a_key_and_on_the_simulator_auto_is_100ms() -> None:
    for talk in (Talk(), Talk(KEY, mode="sim")):
        talk.carry(*NAMES)
        talk.open()
        assert talk.asked("public/auth") == 0
        assert f"book.{CALL}.100ms" in talk.joined()


@pytest.mark.parametrize("key", [KEY, None])
def test_raw_that_is_refused_falls_back_once_for_all_chunks(key: object) -> None:
    talk = Talk(KEY if key else None, book_interval="raw")
    talk.carry(*NAMES)
    talk.open()
    if key:
        talk.answer("public/auth", result=TOKENS)
        talk.wait()
    refusal = error(13778, "raw_subscriptions_not_available_for_unauthorized")
    talk.answer("public/subscribe", error=refusal)
    talk.wait()
    assert f"book.{CALL}.100ms" in talk.joined()
    talk.subscribe_all()
    talk.wait()
    assert talk.core.status == "live, 100ms (raw was refused)"


def test_raw_channels_that_are_left_out_of_the_answer_count_as_refused() -> None:
    talk = Talk(book_interval="raw")
    talk.carry(*NAMES)
    talk.open()
    channels = [one for one in talk.joined() if not one.endswith(".raw")]
    talk.answer("public/subscribe", result=channels)
    talk.wait()
    assert talk.last("public/subscribe")["params"]["channels"] == [
        f"book.{name}.100ms" for name in NAMES
    ]


def test_the_next_connection_hopes_for_raw_again() -> None:
    talk = Talk(KEY)
    talk.carry(*NAMES)
    talk.open()
    talk.answer("public/auth", error=error(13004))
    talk.lose()
    talk.open()
    assert talk.asked("public/auth") == 1
    assert talk.joined() == []


# Tokens.


def test_the_token_is_renewed_before_it_ends_and_again() -> None:
    talk = Talk(KEY)
    talk.open()
    talk.answer("public/auth", result=TOKENS)
    for number in (2, 3):
        talk.hear({"id": 0, "result": "ok"})
        for _ in range(72):
            talk.wait(10.0)
            talk.hear(notification("nothing", 1))
        assert talk.asked("public/auth") == number
        assert talk.last("public/auth")["params"]["grant_type"] == "refresh_token"
        talk.answer("public/auth", result=TOKENS)
    assert talk.core.broken == ""


def test_a_refused_renewal_logs_in_anew_and_only_then_gives_up() -> None:
    talk = Talk(KEY)
    talk.open()
    talk.answer("public/auth", result={**TOKENS, "expires_in": 10})
    talk.wait(8.1)
    talk.answer("public/auth", error=error(13004))
    assert talk.last("public/auth")["params"]["grant_type"] == "client_signature"
    talk.answer("public/auth", error=error(13004))
    assert talk.core.broken == "the login was refused when it was renewed"


def test_a_login_refused_for_our_clock_is_signed_by_the_venues_next_time() -> None:
    talk = Talk(KEY)
    talk.open()
    ahead_us = (talk.clock.now_ns() + 300 * 10**9) // 1_000
    talk.answer("public/set_heartbeat", result="ok", usIn=ahead_us)
    ours_ms = talk.last("public/auth")["params"]["timestamp"]
    talk.answer("public/auth", error=error(13004, "invalid_credentials"))
    talk.lose()
    talk.open()
    assert talk.last("public/auth")["params"]["timestamp"] == ours_ms + 300_000


# Signs of life.


def test_a_test_request_is_answered_at_once() -> None:
    talk = Talk()
    talk.open()
    (reply,) = talk.hear({"method": "heartbeat", "params": {"type": "test_request"}})
    assert reply["method"] == "public/test"
    assert talk.hear({"method": "heartbeat", "params": {"type": "heartbeat"}}) == []


def test_silence_is_probed_and_then_breaks_the_connection() -> None:
    talk = Talk()
    talk.live()
    talk.wait(7.6)
    assert talk.asked("public/test") == 1
    assert talk.core.broken == ""
    talk.wait(7.5)
    assert talk.core.broken == "no message for 15 s"


def test_an_answered_probe_is_no_silence() -> None:
    talk = Talk()
    talk.live()
    for _ in range(10):
        talk.wait(7.6)
        talk.answer("public/test", result={"version": "1"})
    assert talk.core.broken == ""


# Subscriptions.


def test_many_channels_go_out_in_requests_below_the_limit() -> None:
    talk = Talk()
    names = [f"BTC-25DEC26-{strike}-C" for strike in range(10_000, 11_000)]
    talk.carry(*names)
    talk.open()
    sizes = [len(json.dumps(one)) for one in talk.requests]
    assert max(sizes) < 32_768
    assert len([one for one in talk.joined() if one.startswith("book.")]) == 1_000


def test_channels_left_out_of_an_answer_leave_the_rest_alone() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    talk.open()
    known = [one for one in talk.joined() if CALL not in one]
    talk.answer("public/subscribe", result=known)
    talk.hear(snapshot(PERPETUAL))
    talk.wait()
    assert talk.core.is_up
    assert (is_stale(talk, PERPETUAL), is_stale(talk, CALL)) == (False, True)


def test_a_new_plan_joins_what_is_new_and_leaves_what_is_gone() -> None:
    talk = Talk()
    talk.live()
    talk.core.carry(Plan((PERPETUAL,), ("btc_usd",), has_states=True))
    (request,) = talk.wait()
    assert request["method"] == "public/unsubscribe"
    assert request["params"]["channels"] == [f"book.{CALL}.100ms", f"ticker.{CALL}.100ms"]


# Books.


def test_a_gap_makes_that_book_stale_and_it_alone_is_subscribed_anew() -> None:
    talk = Talk()
    talk.live()
    (leave,) = talk.hear(change(PERPETUAL, 101, 100), change(CALL, 103, 102))
    assert leave["method"] == "public/unsubscribe"
    assert leave["params"]["channels"] == [f"book.{CALL}.100ms"]
    assert (is_stale(talk, PERPETUAL), is_stale(talk, CALL)) == (False, True)
    talk.answer("public/unsubscribe", result=leave["params"]["channels"])
    (join,) = talk.wait()
    assert join["params"]["channels"] == [f"book.{CALL}.100ms"]
    talk.answer("public/subscribe", result=join["params"]["channels"])
    assert is_stale(talk, CALL)
    talk.hear(snapshot(CALL, 200))
    assert not is_stale(talk, CALL)
    assert (talk.core.gaps, talk.core.resyncs) == (1, 1)


def test_every_book_has_stamps_of_its_own() -> None:
    talk = Talk()
    talk.live()
    before = talk.board.stamps(CALL)
    talk.wait(1.0)
    talk.hear(change(PERPETUAL, 101, 100))
    stamps = talk.board.stamps(PERPETUAL)
    assert stamps is not None
    assert (stamps.change_id, stamps.received_ns) == (101, talk.clock.now_ns())
    assert stamps.venue_ns == NOW_NS
    assert talk.board.stamps(CALL) == before


def test_frames_after_a_gap_ask_for_nothing_more() -> None:
    talk = Talk()
    talk.live()
    talk.hear(change(CALL, 103, 102))
    assert talk.hear(change(CALL, 104, 103), change(CALL, 105, 104)) == []
    assert talk.core.resyncs == 1


def test_a_resync_whose_answers_never_come_is_tried_again() -> None:
    talk = Talk()
    talk.live()
    talk.hear(change(CALL, 103, 102))
    for _ in range(30):
        talk.wait(1.0)
        talk.hear(change(PERPETUAL, 101, 100))
    assert talk.asked("public/unsubscribe") >= 2
    assert is_stale(talk, CALL)
    assert not is_stale(talk, PERPETUAL)


def test_a_snapshot_that_never_comes_is_asked_for_again() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    talk.open()
    talk.answer("public/subscribe", result=talk.joined())
    talk.hear(snapshot(PERPETUAL))
    for _ in range(6):
        talk.wait(1.0)
        talk.hear(notification("nothing", 1))
    assert talk.last("public/unsubscribe")["params"]["channels"] == [f"book.{CALL}.100ms"]


def test_a_quiet_book_on_a_speaking_link_is_not_stale() -> None:
    talk = Talk()
    talk.live()
    ticker = {"instrument_name": CALL, "timestamp": 1, "state": "open"}
    for _ in range(60):
        talk.wait(1.0)
        talk.hear(notification(f"ticker.{CALL}.100ms", ticker))
    assert not is_stale(talk, CALL)
    assert talk.core.resyncs == 0


def test_a_silent_link_makes_its_books_stale_before_it_is_given_up() -> None:
    talk = Talk()
    talk.live()
    talk.wait(3.1)
    assert is_stale(talk, PERPETUAL)
    assert talk.core.broken == ""


def test_a_lost_connection_drops_its_books_and_the_next_forgets_all() -> None:
    talk = Talk()
    talk.live()
    old = talk.last("public/subscribe")
    talk.lose()
    book = talk.board.book(CALL)
    assert book is not None
    assert book.state is BookState.STALE
    assert not talk.core.is_up
    talk.open()
    assert f"book.{CALL}.100ms" in talk.joined()
    talk.hear({"id": old["id"], "result": old["params"]["channels"]})
    talk.wait()
    assert not talk.core.is_up
    assert is_stale(talk, CALL)
    talk.subscribe_all()
    talk.wait()
    assert talk.core.is_up
    assert not is_stale(talk, CALL)


def test_answers_to_nothing_are_ignored() -> None:
    talk = Talk()
    talk.live()
    for id_ in (-1, 10**12, "abc", None):
        assert talk.hear({"id": id_, "result": ["book.X.100ms"]}) == []
        assert talk.hear({"id": id_, "error": error(11050, "bad_request")}) == []
    assert talk.core.broken == ""


def test_too_many_requests_breaks_the_connection() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    talk.open()
    talk.answer("public/subscribe", error=error(10028, "too_many_requests"))
    assert talk.core.broken == "the venue counted too many requests"


# What is measured.


def test_delay_and_rates_are_of_the_last_seconds() -> None:
    talk = Talk()
    talk.live()
    for step in range(60):
        talk.wait(0.1)
        frame = change(PERPETUAL, 101 + step, 100 + step)
        frame["params"]["data"]["timestamp"] = talk.clock.now_ns() // 10**6 - 25
        talk.hear(frame, frame)
    delay = talk.core.delays.lately(talk.now_s)
    assert delay.median_ms == pytest.approx(25, abs=1)
    assert delay.p99_ms == pytest.approx(25, abs=1)
    rates = talk.core.traffic.rates(talk.now_s)
    assert rates.messages_per_s == pytest.approx(20, abs=2)
    size = len(json.dumps(change(PERPETUAL, 101, 100)))
    assert rates.bytes_per_s == pytest.approx(20 * size, rel=0.2)


@pytest.mark.parametrize("off_s", [-300, 300, 100_000, -100_000])
def test_a_clock_that_is_minutes_off_tells_no_delay_and_the_venues_time_is_right(
    off_s: int,
) -> None:
    talk = Talk()
    talk.live()
    theirs_ms = talk.clock.now_ns() // 10**6 + off_s * 1_000
    talk.lose()  # a desk that starts with such a clock: nothing was heard before
    fresh = Talk()
    fresh.carry(*NAMES)
    fresh.open()
    frame = snapshot(PERPETUAL)
    frame["params"]["data"]["timestamp"] = theirs_ms
    fresh.hear(frame)
    assert isnan(fresh.core.delays.lately(fresh.now_s).median_ms)
    assert fresh.board.venue_now_ns() == theirs_ms * 10**6


def test_a_clock_that_is_seconds_off_is_told_by_the_answers() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    talk.open()
    behind_us = talk.clock.now_ns() // 1_000 - 4_000_000
    talk.answer("public/set_heartbeat", result="ok", usIn=behind_us)
    frame = snapshot(PERPETUAL)
    frame["params"]["data"]["timestamp"] = behind_us // 1_000
    talk.hear(frame)
    assert isnan(talk.core.delays.lately(talk.now_s).median_ms)


def test_a_slow_answer_does_not_make_a_good_clock_look_wrong() -> None:
    talk = Talk()
    talk.carry(*NAMES)
    talk.open()
    talk.answer("public/set_heartbeat", result="ok", usIn=talk.clock.now_ns() // 1_000 + 1)
    sent_us = talk.clock.now_ns() // 1_000
    talk.wait(4.0)
    talk.answer("public/subscribe", result=talk.joined(), usIn=sent_us)
    frame = snapshot(PERPETUAL)
    frame["params"]["data"]["timestamp"] = talk.clock.now_ns() // 10**6 - 20
    talk.hear(frame)
    assert talk.core.delays.lately(talk.now_s).median_ms == pytest.approx(20, abs=1)


# The list.


def test_only_the_first_asks_for_lists_and_says_them_once() -> None:
    talk = Talk(is_first=True)
    talk.open()
    assert talk.asked("public/get_instruments") == 1
    talk.answer("public/get_instruments", result=[])
    assert [one.instruments for one in talk.listed()] == [()]
    assert talk.listed() == []
    other = Talk()
    other.open()
    assert other.asked("public/get_instruments") == 0
