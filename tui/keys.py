"""Key bindings made from the table of commands, and the check of the keys a user has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from textual.binding import Binding
from textual.keys import _character_to_key

from core.commands.table import PANES, TABLE, VOL_PANES, Entry, entry
from core.errors import SettingsError

Place = Literal["desk", "volatility"]
PLACES: tuple[Place, ...] = ("desk", "volatility")
"""The screens whose keys the table has."""
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
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "escape": "esc",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "enter": "⏎",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_LINES: dict[Place, tuple[str, ...]] = {
    "desk": (
        *("trade.buy", "trade.sell", "order.cancel", "automation.hedger", "automation.pair"),
        *("desk.kill", "desk.command", "desk.help", "vol.screen", "cancel.all", "screen.zoom"),
        *("go.next", "go.chain", "order.amend", "desk.palette"),
    ),
    "volatility": (
        *("vol.screen", "vol.minute_back", "vol.hour_back", "vol.day_back", "vol.now", "vol.map"),
        *("desk.kill", "desk.command", "desk.help", "trade.buy", "trade.sell", "vol.axis"),
        *("vol.span", "screen.zoom", "go.next", "vol.surface", "cancel.all", "desk.palette"),
    ),
}
"""The key line from left to right: on a narrow screen the last ones go first."""
_PAIRS = {
    "vol.minute_back": "vol.minute_on",
    "vol.hour_back": "vol.hour_on",
    "vol.day_back": "vol.day_on",
}
"""Entries of the line that stand beside the one that goes the other way."""
_HINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "chain": (("go.expiry_back", ""), ("go.expiry_on", "expiry"), ("go.underlying", "coin")),
    "futures": (("go.pick", "ladder"),),
    "pair": (("automation.pair", "toggles"),),
    "positions": (("position.flatten", "close"), ("go.pick", "ladder")),
    "orders": (("order.cancel", "cancel"), ("cancel.all", "cancel all"), ("order.amend", "edit")),
    "log": (("go.filter", "filter"),),
}
_VOL_HINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "surface": (("go.columns", "columns"), ("go.underlying", "coin")),
    "smile": (("vol.axis", "axis"), ("go.expiry_back", ""), ("go.expiry_on", "expiry")),
    "rich": (("go.pick", "choose"),),
    "index": (("vol.span", "span"),),
}
"""Pane to (entry, word) of the keys its title names."""


def bindings_of(place: Place) -> list[Binding]:
    """The keys of a screen: quiet while a dialog is open or a field is typed into."""
    return [
        _binding(one)
        for one in TABLE
        if one.key and not one.is_priority and one.place in ("", place)
    ]


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
    owner: dict[tuple[str, str], str] = {}
    for id_, one in with_keys.items():
        keys = spelled(user.get(id_, one.key))
        if not keys:
            raise SettingsError(f"screen.keys gives {id_} no key")
        for where in [(place, key) for place in PLACES if one.place in ("", place) for key in keys]:
            if (other := owner.setdefault(where, id_)) != id_:
                raise SettingsError(f"the key {where[1]} is asked for by both {other} and {id_}")
    return dict(user)


def _binding(one: Entry) -> Binding:
    is_move = one.id.startswith(_GO) or (one.place == "volatility" and not one.text)
    name = one.id.rpartition(".")[2] if is_move else one.id
    return Binding(
        one.key,
        f"{'go' if is_move else 'app.run'}('{name}')",
        one.label or one.help,
        show=bool(one.label),
        id=one.id,
        priority=one.is_priority,
    )


def shown_key(key: str) -> str:
    """A key as people know it: ? for question_mark, ^k for ctrl+k."""
    return _NAMES.get(key, key.replace("ctrl+", "^"))


def key_line(user: Mapping[str, str], place: Place = "desk") -> tuple[tuple[str, str], ...]:
    """(key, word) of a screen's key line, with the keys the user has moved."""
    return tuple((_shown(id_, user, place), _word(id_, place)) for id_ in _LINES[place])


def urgent_keys(user: Mapping[str, str]) -> frozenset[str]:
    """Keys of the line that stand in the colour of danger."""
    return frozenset(_first(one.id, user) for one in TABLE if one.is_priority)


def pane_hint(pane: str, user: Mapping[str, str], place: Place = "desk") -> str:
    """The pane's own keys in few words; empty when it has none."""
    hints = _HINTS if place == "desk" else _VOL_HINTS
    pairs = [f"{_first(id_, user)} {word}".strip() for id_, word in hints.get(pane, ())]
    return "  ".join(pairs).replace(",  .", ", .")


def _word(id_: str, place: Place) -> str:
    """What a key of the line does there: the key that opens a screen also leads back."""
    return "desk" if (id_, place) == ("vol.screen", "volatility") else entry(id_).label


def _shown(id_: str, user: Mapping[str, str], place: Place) -> str:
    """The keys of an entry of the line: pane keys stand as one, and there with back again."""
    panes = PANES if place == "desk" else VOL_PANES
    prefix = "go" if place == "desk" else "vol"
    ids = [f"{prefix}.{one}" for one in panes]
    if id_ == ids[0] and not any(one in user for one in ids):
        return f"{_first(ids[0], user)}-{_first(ids[-1], user)}"
    other = _PAIRS.get(id_)
    return f"{_first(id_, user)} {_first(other, user)}" if other else _first(id_, user)


def _first(id_: str, user: Mapping[str, str]) -> str:
    """The first key of an entry as shown."""
    return shown_key(spelled(user.get(id_, entry(id_).key))[0])
