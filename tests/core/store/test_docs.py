"""What docs/store.md shows works as it stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from core.settings import StoreSettings
from core.store.db import cli
from core.store.server.postgres import Connection
from tests.shared_data import ROOT

TEXT = (ROOT / "docs" / "store.md").read_text()
COMMANDS = re.findall(r"^python -m core db ([^#\n]*)", TEXT, re.MULTILINE)


@pytest.mark.parametrize("statement", re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL))
def test_every_question_runs(shared: Connection, statement: str) -> None:
    with shared.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchall() == []


def test_every_table_is_named(shared: Connection) -> None:
    with shared.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('r', 'p')"
        )
        names = {name for (name,) in cursor.fetchall()}
    inner = {"axis", "schema_version", "stream_position"}
    assert {name for name in names - inner if f"`{name}`" not in TEXT} == set()


def test_the_settings_are_the_defaults() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert StoreSettings(**tomllib.loads(block)["store"]) == StoreSettings()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_typed(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOLDESK_DATABASE", f"host={tmp_path} dbname=none")
    assert cli.run(command.split(), lambda _: tmp_path) == cli.UNREACHED
    assert capsys.readouterr().err.startswith("the database does not answer")
