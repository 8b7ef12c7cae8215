"""Writes the tables of keys, commands and faults from their sources: `python -m tests.readme`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.commands.table import TABLE, Entry
from core.simulator.server.faults.table import TABLE as FAULTS
from core.simulator.server.faults.table import FaultKind
from tests.shared_data import ROOT

README = ROOT / "README.md"
SIMULATOR = ROOT / "docs" / "simulator.md"
VOLATILITY = ROOT / "docs" / "volatility.md"
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


def with_volatility_keys(text: str) -> str:
    """`text` with the table of the volatility screen's keys replaced by those of the one table."""
    entries = [one for one in TABLE if one.group == "volatility"]
    return _between(text, "<!-- volatility keys", "<!-- /volatility keys -->", _keys(entries))


def _keys(entries: Sequence[Entry] = TABLE) -> str:
    rows = [f"| {_spell(entry)} | {entry.help} |" for entry in entries if entry.key]
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


def main() -> None:
    """Rewrite the pages in place."""
    README.write_text(with_tables(README.read_text()))
    SIMULATOR.write_text(with_faults(SIMULATOR.read_text()))
    VOLATILITY.write_text(with_volatility_keys(VOLATILITY.read_text()))


if __name__ == "__main__":
    main()
