"""What each program lost since it was switched on: realised, funding, fees and open profit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from core.domain.money import profit
from core.domain.position import Position
from core.market.board import Board
from core.trading.ledger.ledger import Ledger
from core.trading.risk.exposure import ZERO, Unmeasured, price_of
from core.trading.risk.losses import usd_per


class SleeveLosses:
    """Remembers what a program's sleeves were worth when it went on; not across a restart."""

    def __init__(self, board: Board, ledger: Ledger) -> None:
        self._board = board
        self._ledger = ledger
        self._started: dict[str, Decimal] = {}

    def forget(self, name: str) -> None:
        """The program is off."""
        self._started.pop(name, None)

    def lost_usd(self, name: str, owns: Callable[[str], bool]) -> Decimal:
        """What the program that owns these sleeves lost since it went on; negative is a gain.

        Unmeasured while a price it needs is missing.
        """
        worth = self._worth_usd(owns)
        return self._started.setdefault(name, worth) - worth

    def _worth_usd(self, owns: Callable[[str], bool]) -> Decimal:
        total = ZERO
        for result in self._ledger.results():
            if owns(result.sleeve) and result.net:
                total += result.net * usd_per(self._board, result.currency)
        for sleeve, position in self._ledger.sleeves():
            if owns(sleeve):
                total += self._open_usd(position)
        return total

    def _open_usd(self, position: Position) -> Decimal:
        name = position.instrument
        instrument = self._ledger.instrument(name)
        quote = self._board.quote(name)
        mark = price_of(quote.mark, quote.mid, quote.last)
        if instrument is None or mark is None or not position.average_price:
            raise Unmeasured(f"{name} has no price yet: what its program lost cannot be checked")
        open_profit = profit(instrument, position.amount, position.average_price, mark)
        return open_profit * usd_per(self._board, instrument.settlement)
