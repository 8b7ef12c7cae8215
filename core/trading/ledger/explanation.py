"""Whether what we booked explains what became of the account's equity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.domain.position import AccountFigures
from core.trading.ledger.books import VenueBooks
from core.trading.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Explained:
    """One currency's equity since this start, and what of its change nobody accounts for."""

    currency: str
    change: Decimal
    unexplained: Decimal
    """Of the change, less realised and open profit, funding and transfers, plus fees.

    The venue rounds every figure to 8 decimals, so some of the last digit are its own; funding
    that trickled in between its two answers shows as well until the next comparison.
    """


class Explanation:
    """Compares at every reconciliation; open profit is the venue's own, of the same moment."""

    def __init__(self, ledger: Ledger, books: VenueBooks) -> None:
        self._ledger = ledger
        self._books = books
        self._starts: dict[str, tuple[Decimal, Decimal]] = {}
        """Currency to equity, and to what of it our bookings do not account for."""
        self.newest: tuple[Explained, ...] = ()
        """By currency; empty before the first comparison."""

    def take(self, accounts: Iterable[AccountFigures]) -> None:
        """Compare with figures of one moment at which ledger and positions agreed."""
        found = []
        for one in sorted(accounts, key=lambda figures: figures.currency):
            rest = self._rest(one)
            equity, start = self._starts.setdefault(one.currency, (one.equity, rest))
            found.append(Explained(one.currency, one.equity - equity, rest - start))
        self.newest = tuple(found)

    def restart(self) -> None:
        """Something was booked that no money moved for: count from the next comparison on."""
        self._starts.clear()
        self.newest = ()

    def _rest(self, one: AccountFigures) -> Decimal:
        earned = self._ledger.earned(one.currency)
        return one.equity - one.total_pl - earned.net - self._books.transfers(one.currency)
