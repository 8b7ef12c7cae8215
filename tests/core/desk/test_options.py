"""Options: every mistake is one sentence, and nothing reaches the live venue by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.desk.options import read_options
from core.errors import StartError, VoldeskError


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--venue", "moon"], "invalid choice: 'moon'"),
        (["--what"], "unrecognized arguments: --what"),
        (["--port", "many"], "invalid int value: 'many'"),
        (["--port", "70000"], "simulator.port is 70000, must be from 0 to 65535"),
        (["--market", "huge"], "invalid choice: 'huge'"),
        (["--load", "-1"], "simulator.load is -1, must be at least 0"),
        (["--venue", "tape"], "no --tape FILE is named"),
        (["--tape", "/nowhere/at/all"], "there is no tape /nowhere/at/all"),
        (["--venue", "sim", "--tape", "x"], "--tape goes with the venue tape"),
        (["--record", "/nowhere/x.gz"], "there is no folder /nowhere"),
        (["--record", "settings.toml"], "it is a file, must be a folder"),
        (["--tape-speed", "-1"], "--tape-speed is -1.0, must be 0 or more"),
        (["--tape-speed", "fast"], "'fast'"),
        (["--tape-from", "12:30"], "--tape-from goes with the venue tape"),
        (["--venue", "live"], "start with --live to trade with real money"),
        (["--settings", "/nowhere/settings.toml"], "there is no settings file"),
    ],
)
def test_a_wrong_option_is_named(words: list[str], sentence: str) -> None:
    with pytest.raises(VoldeskError) as caught:
        read_options(words, "voldesk")
    assert sentence in str(caught.value)


def test_simulated_is_the_default() -> None:
    assert read_options([], "voldesk").settings.venue.mode == "sim"


def test_live_in_the_settings_alone_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[venue]\nmode = 'live'\n")
    with pytest.raises(StartError, match="start with --live"):
        read_options(["--settings", str(file)], "voldesk")


def test_the_command_line_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[simulator]\nseed = 1\nport = 7000\n")
    options = read_options(["--settings", str(file), "--seed", "5", "--venue", "test"], "voldesk")
    assert (options.settings.simulator.seed, options.settings.simulator.port) == (5, 7000)
    assert options.settings.venue.mode == "test"


def test_a_tape_implies_its_venue(tmp_path: Path) -> None:
    tape = tmp_path / "tape.txt"
    tape.write_text("")
    options = read_options(["--tape", str(tape)], "voldesk")
    assert (options.settings.venue.mode, options.tape) == ("tape", tape)
    assert options.tape_speed == 1.0
    assert read_options(["--tape", str(tape), "--tape-speed", "max"], "v").tape_speed == 0


def test_the_folder_of_the_settings_records_every_run_but_a_replay(tmp_path: Path) -> None:
    file, tape = tmp_path / "settings.toml", tmp_path / "tape.txt"
    file.write_text(f"[tape]\nfolder = '{tmp_path}/tapes'\n")
    tape.write_text("")
    assert read_options(["--settings", str(file)], "v").record == tmp_path / "tapes"
    assert read_options(["--settings", str(file), "--tape", str(tape)], "v").record is None
