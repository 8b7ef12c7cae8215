"""Every fault the exchange serves, typed as the desk offers it and armed by a whole desk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.commands.context import Context
from core.commands.grammar.practice import typed
from core.commands.language import parse
from core.commands.reading import Rehearse
from core.desk.build import build_desk
from core.desk.desk import Desk
from core.desk.options import read_options
from core.trading.commands import Reply
from tests.eventually import eventually

PERPETUAL = "BTC-PERPETUAL"
pytestmark = pytest.mark.timeout(120)


@contextmanager
def desk_on(tmp_path: Path, simulator: str = "") -> Iterator[Desk]:
    """A desk without a database, with these settings of its simulator."""
    file = tmp_path / "settings.toml"
    file.write_text(f"[store]\nis_on = false\n[simulator]\n{simulator}\n")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    words = ["--settings", str(file), "--data", str(tmp_path / "data")]
    with build_desk(read_options(words, "voldesk")) as desk:
        desk.start()
        eventually(lambda: desk.practice.faults and desk.trading.gate.is_open, 30)
        eventually(lambda: not desk.board.is_stale(PERPETUAL), 30)
        yield desk
    for one in set(root.handlers) - set(handlers):
        one.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_on(tmp_path) as desk:
        yield desk


def rehearsed(desk: Desk, text: str) -> Reply:
    """What came of a text."""
    reading = parse(text, Context(desk.board, faults=desk.practice.faults))
    assert isinstance(reading.does, Rehearse)
    number = desk.rehearse(reading.does.rehearsal)

    def replies() -> list[Reply]:
        return [one for one in desk.practice.replies if one.number == number]

    eventually(replies, 10)
    return replies()[0]


def test_every_served_fault_is_armed_as_the_desk_offers_it(desk: Desk) -> None:
    kinds = [one.kind for one in desk.practice.faults]
    assert {"cut", "gap", "silent", "refuse", "restart"} <= set(kinds)
    for fault in sorted(desk.practice.faults, key=lambda one: one.kind == "delay"):
        for text in (f"practice {fault.kind}", f"practice {typed(fault)}"):
            reply = rehearsed(desk, text)
            assert reply.is_ok, reply.text


def test_a_rehearsed_cut_makes_prices_stale_and_they_recover(desk: Desk) -> None:
    before = [link.reconnects for link in desk.links]
    assert rehearsed(desk, "practice cut").text == "rehearsing cut"
    eventually(
        lambda: all(now.reconnects == was + 1 for now, was in zip(desk.links, before, strict=True)),
        15,
    )
    eventually(lambda: all(link.is_up for link in desk.links), 15)
    eventually(lambda: desk.trading.gate.is_open and not desk.board.is_stale(PERPETUAL), 15)


def test_faults_of_a_file_come_by_themselves(tmp_path: Path) -> None:
    faults = tmp_path / "faults"
    faults.write_text("# twice, so that one meets the links alive\n5 cut\n15 cut\n")
    with desk_on(tmp_path, f"faults = '{faults}'") as desk:
        eventually(lambda: all(link.reconnects for link in desk.links), 30)


def test_a_value_out_of_range_is_refused_in_the_exchanges_words(desk: Desk) -> None:
    assert rehearsed(desk, "practice jump btc 5000").text == (
        "jump coin btc fraction 50.0 is not rehearsed: fraction must lie between -0.9 and 10"
    )
