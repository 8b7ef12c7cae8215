"""Pieces of text with a meaning, and how many of them fit into a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Some text, the palette's name for its colour, and a ground of its own if it is filled."""

    text: str
    tone: str = "text"
    is_bold: bool = False
    ground: str = ""
    """Empty takes the ground of the line."""


@dataclass(frozen=True, slots=True)
class Item:
    """Spans that stand and fall together when a line has too little room."""

    rank: int
    """0 stays longest."""
    spans: tuple[Span, ...]

    @property
    def width(self) -> int:
        """Cells."""
        return sum(len(span.text) for span in self.spans)


def item(rank: int, *spans: Span) -> Item:
    """An item of some spans."""
    return Item(rank, spans)


def fact(rank: int, label: str, value: str, tone: str = "text", is_bold: bool = False) -> Item:
    """A dim label and its value."""
    return Item(rank, (Span(f"{label} ", "dim"), Span(value, tone, is_bold)))


def filled(text: str, ground: str) -> Span:
    """A label that cannot be missed: dark text on a full ground."""
    return Span(f" {text} ", "ink", True, ground)


def fit(items: Iterable[Item], width: int, gap: int = 2) -> tuple[Item, ...]:
    """The items that fit into `width`, in their order; the highest ranks give way first."""
    kept = [one for one in items if one.spans]
    while kept and sum(one.width for one in kept) + gap * (len(kept) - 1) > width:
        worst = max(range(len(kept)), key=lambda i: (kept[i].rank, i))
        del kept[worst]
    return tuple(kept)
