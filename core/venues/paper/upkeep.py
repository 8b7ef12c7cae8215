"""What happens to the account with time: funding, the daily settlement, expiry, liquidation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from core.clock import NS_PER_MINUTE, NS_PER_S, utc
from core.domain.instrument import Instrument, Kind
from core.domain.money import decimal_of
from core.market.board import Board
from core.venues.paper.matching.exchange import Exchange

log = logging.getLogger(__name__)

_DAY_NS: Final = 86_400 * NS_PER_S
_SETTLES_AT_NS: Final = 8 * 3600 * NS_PER_S
_MOST_UNSEEN_NS: Final = 15 * NS_PER_MINUTE
"""Funding over a longer pause is not guessed from the rate of now."""
_WRITTEN_EVERY_NS: Final = NS_PER_MINUTE


class Upkeep:
    """Called about once a second with the venue's time.

    `want_prices` is told the indices whose delivery prices are awaited; what comes of it is
    given to `delivered`.
    """

    def __init__(
        self, board: Board, exchange: Exchange, want_prices: Callable[[Iterable[str]], None]
    ) -> None:
        self._board = board
        self._exchange = exchange
        self._want_prices = want_prices
        self._written_ns = 0

    def work(self, venue_ns: int) -> None:
        """Bring the account to `venue_ns`; the caller commits."""
        self._fund(venue_ns)
        self._settle(venue_ns)
        self._expire(venue_ns)
        self._liquidate()

    def delivered(self, index: str, prices: dict[str, float]) -> None:
        """The venue's delivery prices of an index, by date: what expired is settled at its own.

        The whole truth is told then, so that the ledger need not wait for its next question.
        """
        for name, holding in list(self._exchange.account.holdings.items()):
            it = holding.instrument
            if it.index != index or it.expiry_ns is None:
                continue
            price = prices.get(utc(it.expiry_ns).date().isoformat())
            if price is not None and it.expiry_ns <= self._board.venue_now_ns():
                paid = self._exchange.account.deliver(name, decimal_of(price))
                self._exchange.book(paid, it.expiry_ns)
                self._exchange.reconcile()
                log.info("%s was delivered at %s", name, price)

    def _fund(self, venue_ns: int) -> None:
        exchange = self._exchange
        span_ns, since_ns = venue_ns - exchange.funded_ns, exchange.funded_ns
        if span_ns <= 0:
            return
        exchange.funded_ns = venue_ns
        if not since_ns:
            return
        for name, holding in exchange.account.holdings.items():
            if holding.instrument.kind is not Kind.PERPETUAL or not holding.size:
                continue
            ticker = self._board.ticker(name)
            if ticker is None or ticker.current_funding is None or not ticker.index_price:
                continue
            if span_ns > _MOST_UNSEEN_NS:
                log.warning("%s: the funding of %d s is not known", name, span_ns // NS_PER_S)
                continue
            rate, index = decimal_of(ticker.current_funding), decimal_of(ticker.index_price)
            exchange.account.accrue_funding(name, rate, index, span_ns)
            exchange.records.moved(name)
        if venue_ns - self._written_ns >= _WRITTEN_EVERY_NS:
            self._written_ns = venue_ns
            exchange.records.booked(())

    def _settle(self, venue_ns: int) -> None:
        last_ns = venue_ns - (venue_ns - _SETTLES_AT_NS) % _DAY_NS
        exchange = self._exchange
        if last_ns <= exchange.settled_ns:
            return
        if exchange.settled_ns:
            names = list(exchange.account.holdings)
            for paid in exchange.account.settle():
                exchange.book(paid, last_ns)
            exchange.records.booked(names)
        exchange.settled_ns = last_ns

    def _expire(self, venue_ns: int) -> None:
        exchange = self._exchange
        expired = [
            one.instrument
            for one in exchange.account.holdings.values()
            if _has_expired(one.instrument, venue_ns)
        ]
        for working in list(exchange.shelf.working.values()):
            if _has_expired(working.instrument, venue_ns):
                exchange.matcher.end(working, "settlement")
                exchange.matcher.liquidity.forget(working.instrument.name)
        self._want_prices(sorted({it.index for it in expired}))

    def _liquidate(self) -> None:
        """Below maintenance margin the venue takes over: orders go, positions are closed."""
        account = self._exchange.account
        for currency in account.balances:
            funds = account.funds(currency, ())
            if funds.margin_balance >= funds.maintenance:
                continue
            log.warning("liquidating %s: the margin does not carry what is held", currency)
            for working in list(self._exchange.shelf.working.values()):
                if working.instrument.settlement == currency:
                    self._exchange.matcher.end(working, "autoliquidation")
            for holding in list(account.holdings.values()):
                if holding.instrument.settlement == currency and holding.size:
                    self._exchange.force(holding.instrument, holding.size)


def _has_expired(it: Instrument, venue_ns: int) -> bool:
    return it.expiry_ns is not None and it.expiry_ns <= venue_ns
