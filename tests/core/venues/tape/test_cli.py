"""`python -m core tape ...`: what it says, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.venues.tape import cli
from core.venues.tape.cut import cut
from tests.core.venues.recorded import CAPTURE
from tests.core.venues.tape.playing import BEGAN_NS, STEP_NS, Player, digest, record
from tests.core.venues.tape.test_recorder import SMALL
from tests.shared_data import shared


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "tape: the following arguments are required"),
        (["sing", "x"], "tape: argument info|verify|cut: invalid choice: 'sing'"),
        (["info", "/nowhere"], "there is no tape /nowhere"),
        (["verify", "{empty}"], "there is no tape in the folder {empty}"),
        (["cut", "{tape}", "x.gz"], "required: --from, --to"),
        (["cut", "{tape}", "x.gz", "--from", "soon", "--to", "x"], "'soon' is no time on a tape"),
        (["cut", "{tape}", "x", "--from", "22:43", "--to", "22:42"], "--to 22:42 is before --from"),
        (["cut", "{tape}", "{tape}", "--from", "22:42", "--to", "22:43"], "exists already"),
        (["cut", "{tape}", "/no/x", "--from", "22:42", "--to", "22:43"], "/no/x cannot be written"),
        (["cut", "{tape}", "x", "--from", "23:42", "--to", "23:43"], "nothing was received"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"tape": shared(CAPTURE), "empty": tmp_path}
    assert cli.run([word.format(**places) for word in words]) == 2
    said = capsys.readouterr().err
    assert sentence.format(**places) in said
    assert said.count("\n") == 1


def test_info_tells_times_frames_and_rates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path)
    assert cli.run(["info", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "2021-07-22 22:42:03 to 2021-07-22 22:42:03 UTC, 0.1 s" in said
    assert "135 frames" in said
    assert "links: market 1 " in said
    assert "gaps in books: 0; frames not recorded: 0" in said
    assert [line.split()[:2] for line in said.splitlines() if "/s" in line] == [
        ["ticker", "89"],
        ["book", "46"],
    ]


def test_verify_names_what_is_wrong_and_its_exit_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, rounds=5, settings=SMALL)
    assert cli.run(["verify", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count(": sound; ") == len(list(tmp_path.iterdir()))
    first, second = sorted(tmp_path.iterdir())[:2]
    altered = bytearray(first.read_bytes())
    altered[100] ^= 4
    first.write_bytes(altered)
    second.write_bytes(second.read_bytes()[:-5])
    assert cli.run(["verify", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"{first}: damaged: {first.name}: the block at byte 0 is altered" in lines[0]
    assert f"{second}: torn, as after a kill: {second.name}: the block at byte" in lines[1]


def test_a_cut_ends_with_the_board_of_that_moment(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part.gz"
    record(whole, rounds=3)
    middle_ns = BEGAN_NS + 200 * STEP_NS
    made = cut(whole, middle_ns, middle_ns + 150 * STEP_NS, part)
    assert made.damage == ""
    assert 145 <= made.frames <= 151
    beginning = tmp_path / "beginning.gz"
    cut(whole, BEGAN_NS, middle_ns + 150 * STEP_NS, beginning)
    ends = [Player(path).to_the_end() for path in (part, beginning)]
    assert [one.status for one in ends] == ["ended", "ended"]
    assert ends[0].clock.now_ns() == ends[1].clock.now_ns()
    assert digest(ends[0].board) == digest(ends[1].board)


def test_a_foreign_tape_can_be_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = tmp_path / "part.gz"
    words = [str(shared(CAPTURE)), str(part), "--from", "22:42:10", "--to", "2021-07-22T22:43"]
    assert cli.run(["cut", *words]) == 0
    assert f"frames in {part}" in capsys.readouterr().out
    player, whole = Player(part).to_the_end(), Player(shared(CAPTURE)).to_the_end()
    assert digest(player.board) == digest(whole.board)
