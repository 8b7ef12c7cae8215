from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from core.clock import utc
from core.errors import StartError
from core.market.book import BookState
from tests.core.venues.deribit.market.test_replica import assert_same_books
from tests.core.venues.recorded import CAPTURE, capture_frames, frames
from tests.core.venues.slow_book import replay
from tests.core.venues.tape.playing import Player
from tests.eventually import eventually
from tests.shared_data import shared


def test_the_2021_capture_gives_the_books_of_a_slow_replay() -> None:
    player = Player(shared(CAPTURE)).to_the_end()
    expected = replay(capture_frames())
    assert_same_books(player.board, expected)
    (state,) = player.tape.states()
    assert (state.status, state.messages, state.gaps) == ("ended", 136, 0)
    assert player.tape.skipped == 3
    assert set(player.board.catalog.by_name) == set(expected)


def test_the_boards_clock_is_the_tapes_own_and_stands_still_at_the_end() -> None:
    player = Player(shared(CAPTURE)).to_the_end()
    assert utc(player.clock.now_ns()).isoformat() == "2021-07-22T22:42:34.165582+00:00"
    name = "ETH-30JUL21-2800-C"
    assert not player.board.is_stale(name)
    assert player.board.age_ms(name) == 0
    assert 0 < player.board.ticker_age_s(name) < 31


def test_playing_twice_gives_the_same_board() -> None:
    first = Player(shared(CAPTURE)).to_the_end()
    second = Player(shared(CAPTURE), speed=200.0).to_the_end()
    names = first.board.catalog.by_name
    assert [first.board.quote(name) for name in names] == [
        second.board.quote(name) for name in names
    ]
    again = first.to_the_end()
    assert [again.board.quote(n) for n in names] == [second.board.quote(n) for n in names]


def test_it_plays_at_the_recorded_pace_times_its_speed() -> None:
    player = Player(shared(CAPTURE), speed=100.0)
    began_s = time.monotonic()
    player.to_the_end()
    assert 0.28 < time.monotonic() - began_s < 2.0


def test_it_can_be_stopped_in_the_middle() -> None:
    player = Player(shared(CAPTURE), speed=1.0)
    player.tape.start()
    eventually(lambda: player.status.startswith("playing 2021-07-22 22:42:0"))
    (state,) = player.tape.states()
    assert state.is_up
    assert player.tape.stop()


@pytest.mark.parametrize(
    "file",
    [
        "cryptofeed/ws_raw_options_2021.part.jsonl",
        "ssc2ce/deribit_dump.jsonl",
        "ccxt/ws_book_100ms_2026.jsonl",
    ],
)
def test_every_recorded_wrapping_can_be_played(file: str) -> None:
    player = Player(shared(f"fixtures/deribit/{file}")).to_the_end()
    expected = replay(text for _, text in frames(file))
    assert expected
    assert_same_books(player.board, expected)


def test_a_gap_on_the_tape_leaves_that_book_stale() -> None:
    player = Player(shared("fixtures/deribit/ssc2ce/deribit_dump.jsonl")).to_the_end()
    levels = player.board.levels("BTC-PERPETUAL", 1)
    assert levels is not None
    assert levels.state is BookState.STALE
    assert player.tape.states()[0].gaps == 1


def test_without_receive_times_the_venues_time_is_used() -> None:
    player = Player(shared("fixtures/deribit/ssc2ce/deribit_dump.jsonl")).to_the_end()
    assert player.clock.now_ns() == 1592820077257 * 1_000_000


def book_line(at_s: int, name: str) -> str:
    return (
        f'{at_s}.0: {{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"book.{name}'
        f'.100ms","data":{{"timestamp":{at_s}000,"type":"snapshot","change_id":1,'
        f'"instrument_name":"{name}","bids":[["new",0.01,1.0]],"asks":[]}}}}}}\n'
    )


LISTED = (
    '{"jsonrpc":"2.0","id":1,"result":[{"instrument_name":"BTC-PERPETUAL","kind":"future",'
    '"base_currency":"BTC","quote_currency":"USD","settlement_period":"perpetual",'
    '"contract_size":10,"min_trade_amount":10,"tick_size":0.125}]}\n'
)


def test_a_recorded_list_of_instruments_is_believed_more_than_names(tmp_path: Path) -> None:
    path = tmp_path / "tape.txt"
    path.write_text(f"1626993723.0: {LISTED}" + book_line(1626993724, "BTC-PERPETUAL"))
    player = Player(path).to_the_end()
    perpetual = player.board.instrument("BTC-PERPETUAL")
    assert perpetual is not None
    assert str(perpetual.tick) == "0.125"


def test_what_expires_on_the_tape_vanishes(tmp_path: Path) -> None:
    path = tmp_path / "tape.txt"
    before, after = 1626993723, 1627027201
    path.write_text(book_line(before, "ETH-23JUL21-2300-C") + book_line(after, "BTC-PERPETUAL"))
    player = Player(path).to_the_end()
    assert set(player.board.catalog.by_name) == {"BTC-PERPETUAL"}


def test_a_damaged_tape_says_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "tape.gz"
    path.write_bytes(gzip.compress(shared(CAPTURE).read_bytes() * 2)[:4000])
    player = Player(path).to_the_end()
    assert player.status.startswith("down: the tape is damaged after")


def test_a_tape_that_is_not_there_is_named() -> None:
    with pytest.raises(StartError, match="there is no tape nowhere"):
        Player(Path("nowhere.gz"))
