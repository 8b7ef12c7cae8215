"""Desks in real terminals, ended after each test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, desk_command, processes_on
from tests.eventually import eventually

ALL = frozenset({"tui", "simulator", "-D"})
"""Desk, exchange and database server: the folder goes when they are gone."""
Open = Callable[..., Terminal]


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder others may look into: the embedded database of root asks for that."""
    with tempfile.TemporaryDirectory(prefix="voldesk-e2e-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        eventually(lambda: not processes_on(Path(folder), ALL), within_s=20, every_s=0.1)


@pytest.fixture
def open_desk(data: Path) -> Iterator[Open]:
    """`open_desk("--seed", "3", width=200, height=55)` opens a desk on the test's own data."""
    opened: list[Terminal] = []

    def open_one(*options: str, width: int = 200, height: int = 55) -> Terminal:
        opened.append(Terminal(desk_command(data, *options), width, height))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
