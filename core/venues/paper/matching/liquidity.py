"""What the replicated book still offers: displayed depth less what was taken from it here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.domain.money import decimal_of
from core.domain.order import Side
from core.market.board import Board
from core.market.book import BookState

ZERO: Final = Decimal(0)
_DEPTH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Look:
    """A live book at one moment: price to amount, best first."""

    change_id: int
    bids: dict[float, float]
    asks: dict[float, float]

    def side(self, side: Side) -> dict[float, float]:
        """Where orders of `side` rest."""
        return self.bids if side is Side.BUY else self.asks

    def displayed(self, side: Side, price: Decimal) -> Decimal:
        """The amount resting at `price` among orders of `side`."""
        return decimal_of(self.side(side).get(float(price), 0.0))


@dataclass(slots=True)
class _Taken:
    """What was taken at one price, and what the book showed there when last seen."""

    amount: Decimal
    displayed: Decimal


class Liquidity:
    """The books as one who trades on paper may use them.

    The market does not notice our trades, so what we took stays displayed. It is remembered:
    when the level shrinks, those who left are counted as those we traded with; what is added
    is new; a level that was gone is forgotten.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._looks: dict[str, Look] = {}
        self._taken: dict[str, dict[tuple[Side, Decimal], _Taken]] = {}

    def look(self, name: str) -> Look | None:
        """The book now; None when it is stale, gapped or not listed: nothing trades then."""
        if self._board.is_stale(name):
            return None
        book, known = self._board.book(name), self._looks.get(name)
        if book is None or (known is not None and book.change_id == known.change_id):
            return known if book is not None else None
        levels = self._board.levels(name, _DEPTH)
        if levels is None or levels.state is not BookState.LIVE:
            return None
        bids = {level.price: level.amount for level in levels.bids}
        asks = {level.price: level.amount for level in levels.asks}
        fresh = self._looks[name] = Look(levels.change_id, bids, asks)
        self._remember(name, fresh)
        return fresh

    def refresh(self) -> None:
        """See what became of the levels we took from."""
        for name in [name for name, table in self._taken.items() if table]:
            self.look(name)

    def forget(self, name: str) -> None:
        """The instrument is gone."""
        self._looks.pop(name, None)
        self._taken.pop(name, None)

    def offers(self, name: str, side: Side, limit: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        """(price, amount) an order of `side` up to `limit` may take, best first."""
        look = self.look(name)
        if look is None:
            return
        for price_f, amount_f in look.side(side.opposite).items():
            price = decimal_of(price_f)
            if (price - limit) * side.sign > 0:
                return
            left = decimal_of(amount_f) - self._taken_at(name, side.opposite, price)
            if left > 0:
                yield price, left

    def best(self, name: str, side: Side) -> Decimal | None:
        """The best displayed price among orders of `side`."""
        look = self.look(name)
        price = None if look is None else next(iter(look.side(side)), None)
        return None if price is None else decimal_of(price)

    def take(self, name: str, side: Side, price: Decimal, amount: Decimal) -> None:
        """An order of ours took `amount` from those resting on `side` at `price`."""
        look = self._looks[name]
        table = self._taken.setdefault(name, {})
        entry = table.setdefault((side, price), _Taken(ZERO, look.displayed(side, price)))
        entry.amount += amount

    def _taken_at(self, name: str, side: Side, price: Decimal) -> Decimal:
        entry = self._taken.get(name, {}).get((side, price))
        return ZERO if entry is None else entry.amount

    def _remember(self, name: str, look: Look) -> None:
        table = self._taken.get(name, {})
        for (side, price), entry in list(table.items()):
            shown = look.displayed(side, price)
            entry.amount -= max(ZERO, entry.displayed - shown)
            entry.displayed = shown
            if entry.amount <= 0:
                del table[side, price]
