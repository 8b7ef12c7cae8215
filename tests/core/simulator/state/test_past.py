"""What was is what it was: candles, trades, statistics and indices after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.simulator.markets.past import dvol_of, index_of
from core.simulator.state import history
from core.simulator.state.tapes import TRADES_KEPT
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def past_of(desk: Desk, until_ms: int) -> dict[str, Any]:
    """The past as public methods print it."""
    start_ms = until_ms - 30 * HOUR_MS
    floor = desk.exchange.floor
    names = (index_of("BTC"), index_of("DOT"), dvol_of("ETH"))
    return {
        "candles": {
            (m.name, minutes): m.tape.bars.between(start_ms, until_ms, minutes * MINUTE_MS)
            for m in floor.markets for minutes in (1, 60)
        },
        "trades": {m.name: [t.row() for t in m.tape.trades][-TRADES_KEPT:] for m in floor.markets},
        "last": {m.name: m.tape.last_price for m in floor.markets},
        "days": {m.name: m.tape.day for m in floor.markets},
        "changes": {m.name: m.tape.price_change() for m in floor.markets},
        "indices": {n: floor.past.between(n, start_ms, until_ms, MINUTE_MS) for n in names},
    }  # fmt: skip


def test_the_past_is_the_same_after_a_restart_and_the_time_off_is_a_flat_gap(
    tmp_path: Path,
) -> None:
    desk = Desk(6)
    keeper = kept(desk, tmp_path / "state")
    desk.run(400.0, 2.0)
    keeper.save()
    end_ms = desk.clock.now_ms()
    before = past_of(desk, end_ms)
    again = reborn(desk, tmp_path / "state", later_s=600.0)
    assert past_of(again, end_ms) == before
    again.run(120.0, 2.0)
    perpetual = again.market("BTC-PERPETUAL").tape.bars
    gap = perpetual.between(end_ms + MINUTE_MS, end_ms + 540_000, MINUTE_MS)
    close = before["candles"]["BTC-PERPETUAL", 1][-1][4]
    assert [row[1:] for row in gap] == [(close, close, close, close, 0.0, 0.0)] * 9
    assert perpetual.between(end_ms + 660_000, end_ms + 660_000, MINUTE_MS)[0][5] > 0


def test_trades_after_the_last_picture_count_once(tmp_path: Path) -> None:
    desk = Desk(6)
    kept(desk, tmp_path / "state")
    perpetual = desk.market("BTC-PERPETUAL")
    for _ in range(3):
        desk.run(0.5)
        desk.send(desk.ann, perpetual, "buy", 5)
        desk.exchange.flush_client()
    for _ in range(2):
        desk = reborn(desk, tmp_path / "state", later_s=1.0)
        tape = desk.market("BTC-PERPETUAL").tape
        seqs = [trade.seq for trade in tape.trades]
        assert seqs == list(range(1, tape.seq + 1))
        mine = {fill.seq for fill in desk.ann.fills}
        assert mine <= set(seqs)
        assert tape.seq == perpetual.tape.seq
        assert tape.day.volume == pytest.approx(perpetual.tape.day.volume)


def test_a_long_history_file_is_written_anew_with_what_is_wanted(tmp_path: Path) -> None:
    desk = Desk(6)
    keeper = kept(desk, tmp_path / "state", most_bytes=1_000)
    first = keeper.history_path
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 5)
    desk.run(70.0, 2.0)
    keeper.save()
    assert not first.exists()
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["state", keeper.history_path.name]
    before = past_of(desk, desk.clock.now_ms())
    again = reborn(desk, tmp_path / "state")
    assert past_of(again, desk.clock.now_ms()) == before
    assert [fill.row for fill in again.ann.fills] == [fill.row for fill in desk.ann.fills]


def test_a_history_of_a_picture_never_taken_is_removed(tmp_path: Path) -> None:
    desk = Desk(6)
    keeper = kept(desk, tmp_path / "state")
    stray = tmp_path / "state.7.history"
    stray.write_bytes(history.MAGIC)
    keeper.save()
    reborn(desk, tmp_path / "state")
    assert not stray.exists()


def test_without_a_state_file_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk = Desk(6)
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 5)
    desk.run(70.0, 10.0)
    desk.exchange.flush_client()
    assert list(tmp_path.iterdir()) == []
