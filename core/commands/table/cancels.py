"""Cancels: one order, or a set of them."""

from __future__ import annotations

import re

from core.commands.grammar import controls
from core.commands.table.entry import Entry


def _cancel(scope: str, text: str, help_: str, title: str, key: str = "", label: str = "") -> Entry:
    pattern = re.compile(rf"(?P<scope>{text})")
    reader = controls.cancel_set
    return Entry(
        f"cancel.{scope}",
        "cancel",
        help_,
        (text,),
        pattern,
        reader,
        key=key,
        label=label,
        title=title,
        text=text,
    )


CANCELS: tuple[Entry, ...] = (
    Entry(
        "order.cancel",
        "cancel",
        "Cancel one order: the chosen one by key, by line or id as text, also w1 (worked) and"
        " s1 (a stop of the desk).",
        ("cancel ID",),
        re.compile(r"cancel (?P<id>\S+)"),
        controls.cancel_one,
        key="x",
        label="cancel",
        title="Cancel the chosen order",
    ),
    _cancel("all", "ca", "Cancel all orders.", "Cancel all orders", "X", "cancel all"),
    _cancel("last", "cc", "Cancel the newest own order that still works.", "Cancel the last order"),
    _cancel("buys", "cb", "Cancel all buys.", "Cancel all buys"),
    _cancel("sells", "cs", "Cancel all sells.", "Cancel all sells"),
    _cancel("stops", "cstops", "Cancel all stops, the venue's and the desk's.", "Cancel all stops"),
)
