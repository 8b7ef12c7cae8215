"""Whatever happens to a tape's bytes, what stands before the damage is played, and it is said."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from core.venues.tape.blocks import pack, scan
from core.venues.tape.inspection import inspected
from core.venues.tape.lines import Batch, frame_lines, records_of
from core.venues.tape.reader import chunks
from tests.core.venues.recorded import capture_frames
from tests.core.venues.tape.playing import BEGAN_NS, Player, digest, record
from tests.shared_data import ROOT

BLOCK = 8
CASES = 150


def blocks() -> list[tuple[bytes, int]]:
    """(member, frames) of a small tape of many blocks."""
    frames = capture_frames()
    found = []
    for start in range(0, len(frames), BLOCK):
        part = frames[start : start + BLOCK]
        at_ns = BEGAN_NS + start
        raw = frame_lines("market 1", part, at_ns)
        found.append((pack(raw, at_ns, at_ns, len(part), start == 0), len(part)))
    return found


def played(path: Path) -> tuple[int, str]:
    """Frames handed out, and the damage."""
    frames, damage = 0, ""
    for chunk in chunks(path):
        damage = chunk.damage or damage
        frames += sum(len(one.payloads) for one in chunk.records if isinstance(one, Batch))
        frames += len(chunk.foreign)
    return frames, damage


def frames_before(tape: list[tuple[bytes, int]], at: int) -> int:
    """Frames of the blocks that end at or before byte `at`."""
    end = frames = 0
    for member, count in tape:
        end += len(member)
        frames += count if end <= at else 0
    return frames


def test_a_tape_cut_short_anywhere_plays_to_the_last_whole_block(tmp_path: Path) -> None:
    tape, file = blocks(), tmp_path / "tape.gz"
    whole = b"".join(member for member, _ in tape)
    chance = random.Random(11)
    ends = {sum(len(member) for member, _ in tape[:number]) for number in range(len(tape) + 1)}
    for at in [0, 1, 49, 50, len(whole), *(chance.randrange(len(whole)) for _ in range(CASES))]:
        file.write_bytes(whole[:at])
        frames, damage = played(file)
        assert frames == frames_before(tape, at), at
        assert bool(damage) is (at not in ends), at


def test_a_flipped_bit_anywhere_is_found_and_all_before_it_is_played(tmp_path: Path) -> None:
    tape, file = blocks(), tmp_path / "tape.gz"
    whole = b"".join(member for member, _ in tape)
    chance = random.Random(12)
    for at in [*range(50), *(chance.randrange(len(whole)) for _ in range(CASES))]:
        altered = bytearray(whole)
        altered[at] ^= 1 << chance.randrange(8)
        file.write_bytes(altered)
        frames, damage = played(file)
        assert frames == frames_before(tape, at), at
        assert damage, at
        (contents,) = inspected(file)
        assert contents.damage, at


def test_garbage_never_raises(tmp_path: Path) -> None:
    file = tmp_path / "tape.gz"
    chance = random.Random(13)
    first = blocks()[0][0]
    for size in (0, 1, 10, 1000, 100_000):
        for head in (b"", first[:54], first, b"\x1f\x8b", b'{"jsonrpc"', b"1626993723.0: {"):
            file.write_bytes(head + chance.randbytes(size))
            played(file)
            inspected(file)


def test_after_a_damaged_file_the_next_one_sets_all_right(tmp_path: Path) -> None:
    from tests.core.venues.tape.test_recorder import SMALL

    recording = record(tmp_path, rounds=10, settings=SMALL)
    second = sorted(tmp_path.iterdir())[1]
    altered = bytearray(second.read_bytes())
    altered[len(altered) // 2] ^= 1
    second.write_bytes(altered)
    player = Player(tmp_path).to_the_end()
    assert player.status.startswith("down: the tape is damaged after")
    assert second.name in player.status
    assert player.messages > 8 * 135
    assert digest(player.board) == digest(recording.board)


def test_a_torn_last_block_is_no_damage(tmp_path: Path) -> None:
    record(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + blocks()[3][0][:100])
    player = Player(tmp_path).to_the_end()
    assert (player.status, player.messages) == ("ended", 135)


CHILD = """
import sys, threading
from pathlib import Path
from core.clock import SystemClock
from core.market.board import Board
from core.settings import TapeSettings
from core.venues.tape.recorder import Recorder
clock = SystemClock()
folder = Path(sys.argv[1])
recorder = Recorder(folder, TapeSettings(flush_s=0.01), Board(clock), clock)
recorder.start()
pause = threading.Event()
size = number = 0
while True:
    for _ in range(20):
        number += 1
        text = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"x","data":%d}}'
        recorder.received("market 1", [text % number], clock.now_ns())
    if number % 100 == 0:
        while recorder.flushed_frames < number:
            pause.wait(0.001)
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
    pause.wait(0.0005)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_recorder_keeps_every_block_it_had_written(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        written = 0
        for _ in range(chance.randrange(1, 40)):
            written = int(child.stdout.readline())
        child.kill()
    (file,) = tmp_path.iterdir()
    index = scan(file)
    assert index.is_torn or not index.damage
    numbers = []
    for chunk in chunks(file):
        for one in chunk.records:
            if isinstance(one, Batch):
                numbers += [int(text.rpartition(b":")[2][:-2]) for text in one.payloads]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= written


def test_lines_that_are_not_ours_are_refused() -> None:
    for text in (b"\n", b"x\n", b"12 {\n", b'1626993723.000000000 a! {"mark":"what"}\n'):
        with pytest.raises(ValueError):  # noqa: PT011 - msgspec's errors are ValueErrors
            list(records_of(text))
