"""Writes the tables of keys, commands and faults from their sources: `python -m tests.readme`."""

from __future__ import annotations

import re
from pathlib import Path

from core.commands.table import TABLE, Entry
from core.simulator.server.faults.table import TABLE as FAULTS
from core.simulator.server.faults.table import FaultKind
from tests.shared_data import ROOT

README = ROOT / "README.md"
SIMULATOR = ROOT / "docs" / "simulator.md"
_SIGNS = {
    "colon": ":",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
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


def with_faults(text: str) -> str:
    """`text` with the table of faults replaced by what the exchange offers now."""
    return _between(text, "<!-- faults", "<!-- /faults -->", _faults())


def _faults() -> str:
    rows = [f"| `{kind.name}` | {kind.says} | {_values(kind)} |" for kind in FAULTS.values()]
    return "\n".join(["| fault | what happens | values |", "|---|---|---|", *rows, ""])


def _values(kind: FaultKind) -> str:
    shown = []
    for one in kind.parameters:
        given = "" if one.default is None else f" [{_given(one.default)}]"
        shown.append(f"`{one.name}`{given} {one.says}")
    return "; ".join(shown)


def _given(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")


def main(readme: Path = README, simulator: Path = SIMULATOR) -> None:
    """Rewrite both pages in place."""
    readme.write_text(with_tables(readme.read_text()))
    simulator.write_text(with_faults(simulator.read_text()))


if __name__ == "__main__":
    main()
