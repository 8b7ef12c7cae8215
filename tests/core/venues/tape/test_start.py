"""Playing from the middle: only what is needed is read, and the board is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import NS_PER_S
from core.errors import StartError
from core.venues.tape.reader import chunks
from core.venues.tape.source import moment_on
from tests.core.venues.recorded import CAPTURE, capture_frames
from tests.core.venues.tape.playing import BEGAN_NS, Player, Recording, digest
from tests.core.venues.tape.test_recorder import SMALL
from tests.shared_data import shared

ROUNDS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of recording: rounds of the capture five seconds apart, in several files."""
    tmp_path = tmp_path_factory.mktemp("tape")
    recording = Recording(tmp_path, SMALL)
    recording.recorder.start()
    frames = capture_frames()
    recording.list_all(frames)
    for number in range(ROUNDS):
        recording.clock.set_ns(BEGAN_NS + number * 5 * NS_PER_S)
        for start in range(0, len(frames), 45):
            recording.feed_and_wait(frames[start : start + 45])
    assert recording.recorder.stop()
    return tmp_path


def test_it_begins_at_the_last_full_state_before_the_time(folder: Path) -> None:
    whole = Player(folder).to_the_end()
    late = Player(folder, start_at="22:42:50").to_the_end()
    assert late.status == "ended"
    assert late.messages < whole.messages / 2
    assert digest(late.board) == digest(whole.board)


def test_what_lies_before_the_time_is_played_at_once(folder: Path) -> None:
    player = Player(folder, speed=100.0, start_at="22:42:50").to_the_end()
    assert player.clock.now_ns() > BEGAN_NS + 55 * NS_PER_S


def test_the_index_is_used_and_not_all_before_it_read(folder: Path) -> None:
    first = next(chunks(folder, BEGAN_NS + 50 * NS_PER_S)).records[0]
    assert BEGAN_NS + 30 * NS_PER_S < first.at_ns <= BEGAN_NS + 48 * NS_PER_S


def test_a_time_before_the_tape_plays_all_of_it(folder: Path) -> None:
    assert Player(folder, start_at="2021-07-01T12:00").to_the_end().messages == ROUNDS * 135


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("22:42:10", 7),
        ("22:43", 57),
        ("2021-07-22T22:42:10", 7),
        ("2021-07-22 22:42:10+00:00", 7),
        ("22:40", 24 * 3600 - 123),
    ],
)
def test_a_time_is_read_on_the_tapes_own_day(folder: Path, text: str, second: int) -> None:
    assert moment_on(folder, text) == BEGAN_NS + second * NS_PER_S


def test_a_foreign_tape_can_begin_in_the_middle_too() -> None:
    path = shared(CAPTURE)
    assert moment_on(path, "22:42:10") == BEGAN_NS + 7 * NS_PER_S
    late = Player(path, start_at="22:42:30", speed=50.0).to_the_end()
    assert digest(late.board) == digest(Player(path).to_the_end().board)


def test_no_time_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="'noon' is no time on a tape, must be like 12:30"):
        Player(folder, start_at="noon")
    silent = tmp_path / "other" / "x.jsonl"
    silent.parent.mkdir()
    silent.write_text("")
    with pytest.raises(StartError, match="does not say when it begins"):
        Player(silent, start_at="12:30")
