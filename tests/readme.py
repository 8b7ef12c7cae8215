"""Writes the README's tables of keys and commands from the one table: `python -m tests.readme`."""

from __future__ import annotations

import re
from pathlib import Path

from core.commands.table import TABLE, Entry
from tests.shared_data import ROOT

README = ROOT / "README.md"
_SIGNS = {
    "colon": ":",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def with_tables(text: str) -> str:
    """`text` with both tables replaced by what the table of commands says now."""
    text = _between(text, "<!-- keys", "<!-- /keys -->", _keys())
    return _between(text, "<!-- commands", "<!-- /commands -->", _commands())


def _between(text: str, start: str, end: str, body: str) -> str:
    pattern = re.compile(rf"({re.escape(start)}[^\n]*\n).*?({re.escape(end)})", re.DOTALL)
    return pattern.sub(lambda found: f"{found[1]}{body}{found[2]}", text)


def _keys() -> str:
    rows = [f"| {_spell(entry)} | {entry.help} |" for entry in TABLE if entry.key]
    return "\n".join(["| key | does |", "|---|---|", *rows, ""])


def _spell(entry: Entry) -> str:
    keys = [_SIGNS.get(key.strip(), key.strip()) for key in entry.key.split(",")]
    return " ".join(f"`{key}`" for key in keys)


def _commands() -> str:
    rows = [
        f"| {', '.join(f'`{usage}`' for usage in entry.usages)} | {entry.help} |"
        for entry in TABLE
        if entry.usages
    ]
    return "\n".join(["| command | does |", "|---|---|", *rows, ""])


def main(path: Path = README) -> None:
    """Rewrite the README in place."""
    path.write_text(with_tables(path.read_text()))


if __name__ == "__main__":
    main()
