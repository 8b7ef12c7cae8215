"""Sleeves that hold against each other: the venue holds nothing there, so it delivers nothing."""

from __future__ import annotations

import logging
from decimal import Decimal
from math import isfinite

from core.clock import NS_PER_MS
from core.domain import money
from core.domain.instrument import Instrument
from core.market.board import Board
from core.trading.journal import Journal, NoteRecord
from core.trading.ledger.ledger import Delivery, Ledger

log = logging.getLogger(__name__)
ZERO = Decimal(0)


class FacingSleeves:
    """Delivers what cancels out when its contract expires, at the venue's own last estimate.

    The price divides between the sleeves what the total realised already: their sum is the same
    at any price.
    """

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        board: Board,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._board = board
        self._estimates: dict[str, Decimal] = {}
        """What an index would be delivered at, by the contract that said so."""

    def look(self, now_ns: int) -> None:
        """Note the estimates of contracts that run, deliver those that have expired.

        Our own clock may be wrong and the venue confirms nothing here, so its stamps decide.
        """
        if not self._board.is_venue_time_known:
            return
        venue_ns, facing = self._board.venue_now_ns(), self._ledger.facing()
        for name in self._estimates.keys() - set(facing):
            del self._estimates[name]
        for name in facing:
            it = self._ledger.instrument(name)
            if it is None or it.expiry_ns is None:
                continue
            self._note(name, it.expiry_ns)
            if it.expiry_ns <= venue_ns:
                self._deliver(it, now_ns)

    def _note(self, name: str, expiry_ns: int) -> None:
        """Estimates from after the expiry are those of the next one."""
        ticker = self._board.ticker(name)
        if ticker is None or ticker.timestamp * NS_PER_MS > expiry_ns:
            return
        price = ticker.estimated_delivery_price
        if price is not None and isfinite(price) and price > 0:
            self._estimates[name] = money.decimal_of(price)

    def _deliver(self, it: Instrument, now_ns: int) -> None:
        index = self._estimates.pop(it.name, None)
        if index is None:
            price, why = self._middle(it.name), "the middle of their prices: no estimate was heard"
        else:
            price = money.payoff(it, index) if it.is_option else index
            why = f"by the venue's estimate of {money.plain(index)}"
        self._ledger.deliver(Delivery(it.name, price), now_ns)
        text = f"{it.name} expired; sleeves that held against each other settled at "
        text += f"{money.plain(price)}, {why}"
        log.info("%s", text, extra={"kind": "INFO", "source": "ledger"})
        self._journal.record("note", NoteRecord("delivered", text), now_ns)

    def _middle(self, name: str) -> Decimal:
        """The mean of the lots' averages, so that none of the sleeves takes it all."""
        lots = [one for _, one in self._ledger.sleeves() if one.instrument == name]
        amount = sum((abs(one.amount) for one in lots), ZERO)
        return sum((abs(one.amount) * one.average_price for one in lots), ZERO) / amount
