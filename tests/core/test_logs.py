"""Logs: one way, no secret in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.logs import LogMemory, configure, without_secrets


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    for one in list(root.handlers):
        if one not in handlers:
            root.removeHandler(one)
            one.close()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        '{"client_secret":"hunter2"}',
        "client_secret=hunter2&x=1",
        '"access_token": "hunter2", "a": 1',
        "password: hunter2",
    ],
)
def test_secrets_of_the_protocol_never_stand_in_a_line(text: str) -> None:
    assert "hunter2" not in without_secrets(text)


def test_a_line_reaches_the_file_and_the_pane(tmp_path: Path, root_logger: logging.Logger) -> None:
    memory = LogMemory(size=2)
    configure(tmp_path, memory)
    log = logging.getLogger("core.trading.loop")
    for number in range(3):
        log.info("fill %d refresh_token=abc", number, extra={"kind": "FILL", "source": "order"})
    lines = memory.tail(5)
    assert [line.text for line in lines] == [
        "fill 1 refresh_token=...",
        "fill 2 refresh_token=...",
    ]
    assert (lines[0].kind, lines[0].source, memory.count) == ("FILL", "order", 3)
    rows = [json.loads(row) for row in (tmp_path / "voldesk.log").read_text().splitlines()]
    assert len(rows) == 3
    assert "abc" not in str(rows)
    assert root_logger.handlers
