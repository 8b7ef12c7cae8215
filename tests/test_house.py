"""The house keeps its own rules: sizes, folders, floors, settings."""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from core.settings import Settings, load_settings
from tests.shared_data import ROOT

CODE = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("tui/**/*.py")])


def functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of every function in `path`."""
    tree = ast.parse(path.read_text())
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_function_is_longer_than_60_lines_and_half_are_short() -> None:
    found = [one for path in CODE for one in functions(path)]
    assert [one for one in found if one[1] > 60] == []
    assert statistics.median(lines for _, lines in found) < 9


def test_no_file_is_longer_than_500_lines() -> None:
    files = [*CODE, *ROOT.glob("tests/**/*.py")]
    sizes = [(str(path.relative_to(ROOT)), len(path.read_text().splitlines())) for path in files]
    assert [one for one in sizes if one[1] > 500] == []


def test_a_folder_holds_at_most_twelve_files_and_says_what_it_is_for() -> None:
    folders = {path.parent for path in CODE}
    crowded = [
        str(folder.relative_to(ROOT))
        for folder in folders
        if len([one for one in folder.glob("*.py") if one.name != "__init__.py"]) > 12
    ]
    assert crowded == []
    silent = [
        str(folder.relative_to(ROOT))
        for folder in folders
        if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    ]
    assert silent == []


def test_the_core_imports_without_the_screen() -> None:
    code = (
        "import core.desk.build, sys; sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_shipped_settings_are_the_defaults_and_name_every_key() -> None:
    shipped = load_settings(ROOT / "settings.toml")
    assert shipped == Settings()
    table = tomllib.loads((ROOT / "settings.toml").read_text())
    for group in fields(Settings):
        value = getattr(Settings(), group.name)
        assert is_dataclass(value)
        assert set(table[group.name]) == {one.name for one in fields(value)}


def test_every_setting_is_read_somewhere() -> None:
    text = "\n".join(path.read_text() for path in CODE if path.name != "settings.py")
    unread = [
        f"{group.name}.{one.name}"
        for group in fields(Settings)
        for one in fields(getattr(Settings(), group.name))
        if not re.search(rf"\.{one.name}\b", text)
    ]
    assert unread == []


@pytest.mark.parametrize(
    ("broken", "into"),
    [
        ("from core.desk import desk", "core/domain/fill.py"),
        ("import textual", "core/market/book.py"),
        ("import threading", "core/quant/types.py"),
        ("import core.venues.base", "core/simulator/cli.py"),
    ],
)
def test_the_import_contracts_fail_when_broken(tmp_path: Path, broken: str, into: str) -> None:
    copy = tmp_path / "copy"
    for folder in ("core", "tui", "sql"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    target = copy / into
    lines = target.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith(("import ", "from "))) + 1
    target.write_text("".join([*lines[:at], f"{broken}\n", *lines[at:]]))
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
