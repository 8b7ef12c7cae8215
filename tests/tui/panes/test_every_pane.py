"""What holds for every pane, in every state, at every width."""

from __future__ import annotations

import logging
import time
from unittest.mock import patch

import pytest

from tests.tui.fake_desk import FakeDesk
from tests.tui.panes.drawing import PANES, STATES, chosen, made, texts
from tui.draw.pane import Pane
from tui.draw.pen import Line, Pen
from tui.panes.keys import Keys

NAMES = [kind.__name__ for kind in PANES]
WIDTHS = (*range(40, 132), *range(132, 241, 7), 240)
"""Every narrow width; wide panes gain nothing new from cell to cell."""
DESKS = {name: make() for name, make in STATES.items()}


def drawn(kind: type[Pane], state: str) -> Pane:
    pane = made(kind, DESKS[state])
    if isinstance(pane, Keys):
        pane._words = (("b", "buy"), ("^k", "KILL"))
    return pane


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", PANES, ids=NAMES)
def test_every_line_is_exactly_as_wide_as_the_pane_and_nothing_is_cut_at_its_edge(
    kind: type[Pane], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Pen.line
    too_long: list[str] = []

    def whole(pen: Pen, width: int) -> Line:
        if pen.at > width:
            too_long.append("".join(words for words, _ in pen._runs))
        return line(pen, width)

    monkeypatch.setattr(Pen, "line", whole)
    pane = drawn(kind, state)
    for width in WIDTHS:
        lines = pane.lines(width, 2 if kind.__name__ == "Header" else 14)
        assert pane._failure == ""
        assert {sum(len(words) for words, _ in line) for line in lines} == {width}, width
    assert too_long == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", PANES, ids=NAMES)
def test_no_height_is_too_small_or_too_large(kind: type[Pane], state: str) -> None:
    pane = drawn(kind, state)
    for height in [*range(1, 12), 24, 55, 80]:
        lines = pane.lines(112, height)
        assert pane._failure == ""
        assert 0 < len(lines) <= height


@pytest.mark.parametrize("chain", ["BTC", "ETH"])
@pytest.mark.parametrize("kind", PANES, ids=NAMES)
def test_nothing_changes_when_nothing_happened(kind: type[Pane], chain: str) -> None:
    fake = DESKS["normal"]
    pane = made(kind, fake, chosen(fake, f"{chain}-PERPETUAL"))
    assert pane.lines(120, 20) == pane.lines(120, 20)


@pytest.mark.parametrize("kind", PANES, ids=NAMES)
def test_a_pane_that_fails_says_so_in_one_red_line_and_logs_once(
    kind: type[Pane], caplog: pytest.LogCaptureFixture
) -> None:
    pane = drawn(kind, "normal")

    def fail(_width: int, _height: int) -> list[Line]:
        raise ZeroDivisionError("no price\nat all")

    with caplog.at_level(logging.ERROR), patch.object(pane, "build", fail):
        lines = pane.lines(90, 10)
        pane.lines(90, 10)
    (line,) = lines
    assert "cannot be drawn: ZeroDivisionError: no price at all" in line[0][0]
    assert line[0][1][0] == pane.palette.down
    assert len(caplog.records) == 1
    assert len(pane.lines(90, 10)) > 0
    assert pane._failure == ""


@pytest.mark.parametrize("kind", PANES[:-1], ids=NAMES[:-1])
def test_an_empty_desk_is_described_in_words(kind: type[Pane]) -> None:
    shown = " ".join(texts(drawn(kind, "empty"), 120, 10))
    words = ("waiting", "Waiting", "No ", "no feed", "Nothing")
    assert any(word in shown for word in words), shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Header", "SILENT"),
        ("Chain", "STALE 12.0 s"),
        ("Ladder", "STALE"),
        ("Futures", "STALE"),
        ("Surface", "STALE"),
        ("Smile", "STALE"),
        ("Term", "STALE"),
        ("WholeSurface", "STALE"),
        ("WholeSmile", "STALE"),
        ("WholeTerm", "STALE"),
        ("Rich", "STALE"),
        ("Index", "STALE"),
        ("Pair", "STALE"),
        ("Positions", "stale"),
        ("Orders", "LINK DOWN"),
    ],
)
def test_a_stale_desk_says_so_in_words(name: str, words: str) -> None:
    kind = PANES[NAMES.index(name)]
    shown = " ".join(texts(drawn(kind, "stale"), 120, 14))
    assert words in shown


def test_a_desk_in_order_says_nothing_of_the_kind() -> None:
    for kind in PANES:
        shown = " ".join(texts(drawn(kind, "normal"), 120, 30))
        assert "STALE" not in shown
        assert "LINK DOWN" not in shown


def test_the_panes_take_less_than_ten_milliseconds_together() -> None:
    fake = FakeDesk.trading()
    sizes = {"Header": (200, 2), "Chain": (112, 32), "Ladder": (38, 22), "Futures": (38, 8)}
    panes = [(made(kind, fake), sizes.get(kind.__name__, (86, 12))) for kind in PANES]
    for pane, size in panes:
        pane.lines(*size)
    spent = []
    for _ in range(5):
        start = time.process_time()
        for pane, size in panes:
            pane.lines(*size)
        spent.append(time.process_time() - start)
    # About 4 ms here, every pane in the same frame; three times that keeps slow machines green.
    assert min(spent) < 0.015
