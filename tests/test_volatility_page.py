"""The page about the volatility screen tells the truth: commands are read, keys are ours."""

from __future__ import annotations

import re

import pytest

from core.commands.language import parse
from core.commands.reading import ShowDesk, ShowVolatility
from core.commands.table import TABLE, VOL_PANES
from tests.core.commands.market import NOW_NS, context
from tests.readme import VOLATILITY, with_volatility_keys
from tests.shared_data import ROOT

TEXT = VOLATILITY.read_text()
COMMANDS = sorted(set(re.findall(r"`((?:vol|desk)(?: [^`]+)?)`", TEXT)))


def test_the_keys_are_those_of_the_one_table() -> None:
    assert with_volatility_keys(TEXT) == TEXT, "run python -m tests.readme"


def test_the_page_names_every_command_of_its_group() -> None:
    named = " ".join(COMMANDS)
    for one in TABLE:
        if one.group == "volatility" and one.usages:
            assert one.usages[0].split(" TIME")[0] in named


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_is_read(command: str) -> None:
    reading = parse(command, context())
    assert isinstance(reading.does, ShowVolatility | ShowDesk)
    assert not reading.refusals


def test_every_pane_has_a_line_under_its_number() -> None:
    rows = re.findall(r"^\| (\d) ", TEXT, re.MULTILINE)
    assert rows == [str(i + 1) for i in range(len(VOL_PANES))]


def test_every_linked_page_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_a_time_alone_is_the_latest_one_that_is_past() -> None:
    for text in ("vol at 00:00", "vol at 23:59"):
        does = parse(text, context()).does
        assert isinstance(does, ShowVolatility)
        assert 0 <= NOW_NS - does.at_ns < 86_400_000_000_000
