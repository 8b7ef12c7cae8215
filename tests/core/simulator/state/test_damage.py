"""Damaged, torn, foreign and unwritable files: one sentence, and nothing good is lost."""

from __future__ import annotations

import errno
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from core.errors import StartError
from core.simulator.exchange import Exchange
from core.simulator.state import history
from core.simulator.state.keeper import Keeper
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk, StillClock


def traded(path: Path) -> tuple[Desk, Keeper]:
    """A desk with a position, its files and a change after the picture."""
    desk = Desk(6)
    keeper = kept(desk, path)
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 5, label="kept")
    desk.exchange.flush_client()
    return desk, keeper


def bring_back(keeper: Keeper, saved: dict[str, Any]) -> None:
    """As the command line does it."""
    keeper.resume_ns(saved)
    keeper.restore(Exchange(StillClock(), 1), saved)


def test_the_older_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text('{"format":1,"at_ns":1}')
    with pytest.raises(StartError, match=r"format 1.*format 2.*move it away"):
        Keeper(path).load()


@pytest.mark.parametrize("part", ["exchange", "markets", "accounts", "history", "terms"])
def test_a_picture_with_a_part_missing_is_refused_by_name(tmp_path: Path, part: str) -> None:
    path = tmp_path / "state"
    traded(path)
    data = json.loads(path.read_text())
    del data[part]
    path.write_text(json.dumps(data))
    keeper = Keeper(path)
    saved = keeper.load()
    assert saved is not None
    with pytest.raises(StartError, match=f"{path} is damaged"):
        bring_back(keeper, saved)


def test_a_torn_end_is_cut_off_and_all_before_it_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk, keeper = traded(tmp_path / "state")
    with keeper.history_path.open("ab") as file:
        file.write(history.framed(history.CHANGES, b"x" * 50)[:-9])
    again = reborn(desk, tmp_path / "state")
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == 50
    assert not caplog.records
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_history_is_kept_aside_and_what_is_good_of_it_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk, keeper = traded(tmp_path / "state")
    data = bytearray(keeper.history_path.read_bytes())
    data[1_000] ^= 0xFF
    keeper.history_path.write_bytes(data)
    again = reborn(desk, tmp_path / "state")
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == 50
    aside = tmp_path / "state.1.history.damaged"
    assert aside.read_bytes() == data
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "state.1.history is damaged" in caplog.text


@pytest.mark.parametrize("content", [None, b"", b"something else entirely"])
def test_a_lost_history_leaves_the_picture_and_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    desk, keeper = traded(tmp_path / "state")
    keeper.save()
    if content is None:
        keeper.history_path.unlink()
    else:
        keeper.history_path.write_bytes(content)
    again = reborn(desk, tmp_path / "state")
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == 50
    assert len(caplog.records) == 1
    assert again.market("BTC-PERPETUAL").tape.bars.newest_finished_ms() is not None
    twice = reborn(again, tmp_path / "state")
    assert twice.ann.size_in(twice.market("BTC-PERPETUAL")) == 50
    assert len(caplog.records) == 1


def test_a_full_disk_is_named_once_and_what_it_missed_is_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = traded(tmp_path / "state")
    real_write = os.write

    def half_then_full(file: int, data: memoryview) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(file, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half_then_full)
        for _ in range(3):
            desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1)
            desk.exchange.flush_client()
    assert [r.getMessage() for r in caplog.records] == [
        "cannot save the state: [Errno 28] No space left on device"
    ]
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1)
    desk.exchange.flush_client()
    assert caplog.records[-1].getMessage() == "the state is saved again"
    again = reborn(desk, tmp_path / "state")
    assert again.ann.size_in(again.market("BTC-PERPETUAL")) == 90
    assert [fill.row for fill in again.ann.fills] == [fill.row for fill in desk.ann.fills]


def test_a_folder_that_cannot_be_written_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(6)
    kept(desk, tmp_path / "file" / "state")
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 5)
    desk.exchange.flush_client()
    assert len(caplog.records) == 1
    assert "cannot save the state" in caplog.text
