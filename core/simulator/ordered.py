"""A set that keeps the order in which things came in, so that equal runs give equal frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class OrderedSet(Generic[T]):
    """First come, first iterated. Iterating is safe while others are added or taken out."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items: dict[T, None] = dict.fromkeys(items)

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def add(self, item: T) -> None:
        """Put one in; one that is there keeps its place."""
        self._items[item] = None

    def update(self, items: Iterable[T]) -> None:
        """Put several in."""
        for item in items:
            self._items[item] = None

    def discard(self, item: T) -> None:
        """Take one out when it is there."""
        self._items.pop(item, None)

    def difference_update(self, items: Iterable[T]) -> None:
        """Take several out."""
        for item in items:
            self._items.pop(item, None)

    def clear(self) -> None:
        """Take all out."""
        self._items.clear()
