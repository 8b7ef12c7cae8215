"""What is recorded plays back to the same board; files rotate; secrets stay out."""

from __future__ import annotations

import gzip
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from core.market.book import BookState
from core.settings import TapeSettings
from core.venues.tape.blocks import scan
from core.venues.tape.recorder import is_public
from tests.core.venues.recorded import capture_frames
from tests.core.venues.tape.playing import BEGAN_NS, LINKS, Player, Recording, digest, record
from tests.eventually import eventually

SMALL = TapeSettings(file_mb=0.02, flush_s=100.0)
"""Blocks and files end by their size alone: the same frames, the same files."""
TOKENS = (
    b'{"jsonrpc":"2.0","id":4,"result":{"access_token":"1790.hush","refresh_token":"1791.hush"}}'
)
FILL = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"user.trades.any","data":[]}}'


def test_a_replay_ends_with_the_same_board(tmp_path: Path) -> None:
    recording = record(tmp_path)
    player = Player(tmp_path).to_the_end()
    assert player.status == "ended"
    assert player.clock.now_ns() == recording.clock.now_ns()
    assert digest(player.board) == digest(recording.board)
    assert recording.recorder.frames == player.messages == 135


def test_zcat_reads_it(tmp_path: Path) -> None:
    record(tmp_path)
    (file,) = tmp_path.iterdir()
    text = subprocess.run(["zcat", str(file)], capture_output=True, check=True).stdout
    lines = text.splitlines()
    assert lines[0].endswith(b' tape! {"mark":"began","is_continued":false}')
    assert lines[-1].partition(b": ")[2] == capture_frames()[-1]


def test_files_rotate_and_play_in_order(tmp_path: Path) -> None:
    recording = record(tmp_path, rounds=10, settings=SMALL)
    files = sorted(tmp_path.iterdir())
    assert len(files) >= 5
    assert max(path.stat().st_size for path in files) < 60_000
    player = Player(tmp_path).to_the_end()
    assert player.status == "ended"
    assert player.messages == 10 * 135
    assert digest(player.board) == digest(recording.board)


def test_every_file_but_the_first_can_be_played_alone(tmp_path: Path) -> None:
    recording = record(tmp_path, rounds=10, settings=SMALL)
    alone = Player(max(tmp_path.iterdir())).to_the_end()
    assert alone.messages < 135
    assert digest(alone.board) == digest(recording.board)


def test_the_oldest_recordings_go_and_other_files_stay(tmp_path: Path) -> None:
    other = tmp_path / "mine.gz"
    other.write_bytes(b"precious" * 10_000)
    settings = replace(SMALL, keep_mb=0.1)
    recording = record(tmp_path, rounds=15, settings=settings)
    files = sorted(path for path in tmp_path.iterdir() if path != other)
    assert sum(path.stat().st_size for path in files) <= 130_000
    assert other.exists()
    other.unlink()
    player = Player(tmp_path).to_the_end()
    assert player.status == "ended"
    assert digest(player.board) == digest(recording.board)


def test_a_second_run_is_a_new_file_after_the_first(tmp_path: Path) -> None:
    record(tmp_path)
    recording = record(tmp_path)
    first, second = sorted(tmp_path.iterdir())
    assert (first.name, second.name) == ("20210722-224203-0001.gz", "20210722-224203-0002.gz")
    player = Player(tmp_path).to_the_end()
    assert (player.status, player.messages) == ("ended", 270)
    assert digest(player.board) == digest(recording.board)


def test_a_dropped_link_leaves_its_books_stale_in_the_replay_too(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.recorder.start()
    frames = capture_frames()
    recording.list_all(frames)
    recording.feed(frames)
    recording.recorder.dropped(LINKS[1], recording.clock.now_ns())
    recording.board.drop_feed(LINKS[1])
    assert recording.recorder.stop()
    player = Player(tmp_path).to_the_end()
    assert digest(player.board) == digest(recording.board)
    books = [player.board.book(name) for name in player.board.catalog.by_name]
    states = {book.state for book in books if book}
    assert states >= {BookState.LIVE, BookState.STALE}


@pytest.mark.parametrize(
    ("frame", "is_kept"),
    [
        (TOKENS, False),
        (TOKENS.replace(b'"jsonrpc":"2.0",', b""), False),
        (TOKENS[:40], False),
        (FILL, False),
        (FILL.replace(b'"jsonrpc":"2.0",', b""), False),
        (b"hush", False),
        (b' {"method":"subscription","params":{"channel":"x"}}', False),
        (b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}', False),
        (b'{"params":{"channel":"ticker.X.raw","data":{}},"method":"subscription"}', True),
        (b'{"method":"subscription","params":{"channel":"book.X.raw"}}', True),
    ],
)
def test_only_public_notifications_reach_a_tape(frame: bytes, is_kept: bool) -> None:
    assert is_public(frame) is is_kept


def test_tokens_that_came_by_a_market_link_are_not_on_the_tape(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.recorder.start()
    recording.recorder.received(LINKS[0], [TOKENS, FILL, *capture_frames()[:5]], BEGAN_NS)
    assert recording.recorder.stop()
    (file,) = tmp_path.iterdir()
    text = gzip.decompress(file.read_bytes())
    assert text.count(b"\n") == 1 + 5 - 1
    assert b"token" not in text
    assert b"hush" not in text
    assert b"user." not in text


def test_a_disk_that_is_too_slow_costs_frames_and_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recording = Recording(tmp_path, TapeSettings(queue_mb=0.05))
    frames = capture_frames()
    recording.list_all(frames)
    recording.feed(frames)  # nobody writes yet
    lost = recording.recorder.lost_frames
    assert 0 < lost < len(frames)
    assert "too slow" in recording.recorder.service_state().last_error
    assert "frames of market 1 are left out" in caplog.text
    recording.recorder.start()
    eventually(lambda: recording.recorder.frames >= 1)
    eventually(lambda: recording.recorder.frames + lost >= len(frames) - 1)
    recording.feed(frames[-2:] * 3)
    assert recording.recorder.stop()
    player = Player(tmp_path).to_the_end()
    assert player.status.startswith("ended; ")
    assert player.status.endswith("frames were not recorded")


def test_a_full_disk_ends_the_recording_in_one_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "tapes"
    folder.write_text("a file where the folder should be")
    recording = Recording(folder)
    recording.recorder.start()
    recording.list_all(capture_frames())
    eventually(lambda: recording.recorder.fault)
    recording.feed(capture_frames())
    assert recording.recorder.fault == f"recording in {folder} stopped: File exists"
    assert recording.recorder.service_state().last_error == recording.recorder.fault
    assert "Traceback" not in caplog.text
    assert recording.recorder.stop()


def test_states_inside_a_file_are_where_replay_may_begin(tmp_path: Path) -> None:
    record(tmp_path)
    (file,) = tmp_path.iterdir()
    index = scan(file)
    assert not index.damage
    assert index.blocks[0][1].is_key
    assert index.blocks[0][1].first_ns == BEGAN_NS
    assert index.blocks[-1][1].last_ns == BEGAN_NS + len(capture_frames()) * 1_000_001
