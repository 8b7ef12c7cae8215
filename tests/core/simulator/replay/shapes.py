"""What two messages differ in when values do not count: keys and kinds of values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NULLABLE = {
    "high", "low", "price_change", "last_price", "last", "bid_price", "ask_price", "mid_price",
    "settlement_price", "estimated_liquidation_price",
}  # fmt: skip
"""Documented as null while there is no value: nothing traded, no quote, not settled yet."""


def kind(value: Any) -> str:
    """number, text, truth, list, object or nothing; whole and broken numbers are one kind."""
    if isinstance(value, bool):
        return "truth"
    kinds = {int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return kinds.get(type(value), "nothing")


def differences(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    """`-key` we lack, `+key` we add, `?key` another kind of value; keys with dots are nested."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        yield from _objects(theirs, ours, path)
    elif isinstance(theirs, list) and isinstance(ours, list):
        yield from _lists(theirs, ours, path)
    elif theirs is not None and kind(theirs) != kind(ours) and not _may_be_null(ours, path):
        yield f"?{path}"


def _may_be_null(ours: Any, path: str) -> bool:
    return ours is None and path.rpartition(".")[2] in NULLABLE


def _objects(theirs: dict[str, Any], ours: dict[str, Any], path: str) -> Iterator[str]:
    if path.endswith("_map"):
        theirs = dict.fromkeys(ours, next(iter(theirs.values()), 0.0))
    for key in theirs | ours:
        inner = f"{path}.{key}" if path else key
        if key not in ours:
            yield f"-{inner}"
        elif key not in theirs:
            yield f"+{inner}"
        else:
            yield from differences(theirs[key], ours[key], inner)


def _lists(theirs: list[Any], ours: list[Any], path: str) -> Iterator[str]:
    """Row against row; rows beyond the recorded ones against the last of them."""
    if bool(theirs) != bool(ours):
        yield f"?{path}"
    for n, row in enumerate(ours if theirs else ()):
        yield from differences(theirs[min(n, len(theirs) - 1)], row, path)
