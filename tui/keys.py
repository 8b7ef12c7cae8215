"""Key bindings made from the table of commands, and the check of the keys a user has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding
from textual.keys import _character_to_key

from core.commands.table import PANES, TABLE, Entry, entry
from core.errors import SettingsError

_GO = "go."
_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "enter": "⏎",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_LINE = (
    "trade.buy",
    "trade.sell",
    "order.cancel",
    "automation.hedger",
    "automation.pair",
    "desk.kill",
    "desk.command",
    "desk.help",
    "cancel.all",
    "screen.zoom",
    "go.next",
    "go.chain",
    "order.amend",
    "desk.palette",
)
"""The key line from left to right: on a narrow screen the last ones go first."""
_HINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "chain": (("go.expiry_back", ""), ("go.expiry_on", "expiry"), ("go.underlying", "coin")),
    "futures": (("go.pick", "ladder"),),
    "pair": (("automation.pair", "toggles"),),
    "positions": (("position.flatten", "close"), ("go.pick", "ladder")),
    "orders": (("order.cancel", "cancel"), ("cancel.all", "cancel all"), ("order.amend", "edit")),
    "log": (("go.filter", "filter"),),
}
"""Pane to (entry, word) of the keys its title names."""


def desk_bindings() -> list[Binding]:
    """The keys of the desk: quiet while a dialog is open or a field is typed into."""
    return [_binding(one) for one in TABLE if one.key and not one.is_priority]


def urgent_bindings() -> list[Binding]:
    """The keys that work everywhere: the kill switch, nothing else."""
    return [_binding(one) for one in TABLE if one.key and one.is_priority]


def spelled(keys: str) -> tuple[str, ...]:
    """`"?, ctrl+k"` as the screen names them: question_mark, ctrl+k."""
    parts = [part.strip() for part in keys.split(",")]
    return tuple(_character_to_key(one) if len(one) == 1 else one for one in parts if one)


def checked(user: Mapping[str, str], entries: Iterable[Entry] = TABLE) -> dict[str, str]:
    """The user's keymap; SettingsError names an unknown action, or both owners of one key.

    Textual would drop the losing binding without a word.
    """
    with_keys = {one.id: one for one in entries if one.key}
    if unknown := sorted(set(user) - set(with_keys)):
        raise SettingsError(f"screen.keys names {unknown[0]!r}, which is no action with a key")
    owner: dict[str, str] = {}
    for id_, one in with_keys.items():
        keys = spelled(user.get(id_, one.key))
        if not keys:
            raise SettingsError(f"screen.keys gives {id_} no key")
        for key in keys:
            if owner.setdefault(key, id_) != id_:
                raise SettingsError(f"the key {key} is asked for by both {owner[key]} and {id_}")
    return dict(user)


def _binding(one: Entry) -> Binding:
    is_move = one.id.startswith(_GO)
    return Binding(
        one.key,
        f"{'go' if is_move else 'app.run'}('{one.id.removeprefix(_GO)}')",
        one.label or one.help,
        show=bool(one.label),
        id=one.id,
        priority=one.is_priority,
    )


def shown_key(key: str) -> str:
    """A key as people know it: ? for question_mark, ^k for ctrl+k."""
    return _NAMES.get(key, key.replace("ctrl+", "^"))


def key_line(user: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(key, word) of the key line, with the keys the user has moved."""
    return tuple((_first(id_, user), entry(id_).label) for id_ in _LINE)


def urgent_keys(user: Mapping[str, str]) -> frozenset[str]:
    """Keys of the line that stand in the colour of danger."""
    return frozenset(_first(one.id, user) for one in TABLE if one.is_priority)


def pane_hint(pane: str, user: Mapping[str, str]) -> str:
    """The pane's own keys in few words; empty when it has none."""
    pairs = [f"{_first(id_, user)} {word}".strip() for id_, word in _HINTS.get(pane, ())]
    return "  ".join(pairs).replace(",  .", ", .")


def _first(id_: str, user: Mapping[str, str]) -> str:
    """The first key of an entry as shown; the ten pane keys stand as one."""
    if id_ == f"{_GO}{PANES[0]}" and not any(f"{_GO}{one}" in user for one in PANES):
        return "1-0"
    return shown_key(spelled(user.get(id_, entry(id_).key))[0])
