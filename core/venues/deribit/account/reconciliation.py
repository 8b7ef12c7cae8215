"""The venue's whole truth at one moment, gathered from several answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from core.clock import Clock
from core.domain.events import Reconciled
from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.domain.position import AccountFigures, VenuePosition
from core.errors import MarketDataError
from core.venues.deribit.account import facts
from core.venues.deribit.account.limits import take_limits
from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.account.requests import Request
from core.venues.deribit.answers import Answer, Failure, Result, Then
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session

log = logging.getLogger(__name__)

TRADES_ASKED: Final = 1_000
_TRIES: Final = 3


class Reconciliation:
    """Asks for positions, orders, trades and accounts.

    Starts over when a trade of ours happens in between, because then the answers belong to
    different moments.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        limits: Limits,
        currencies: tuple[str, ...],
        done: Callable[[Reconciled], None],
        failed: Callable[[str], None],
    ) -> None:
        self._session = session
        self._clock = clock
        self._limits = limits
        self._currencies = currencies
        self._done = done
        self._failed = failed
        self._round = 0
        self._tries = 0
        self._is_disturbed = False
        self._waiting: set[str] = set()
        self._clear()

    @property
    def is_running(self) -> bool:
        """True while answers are awaited."""
        return bool(self._waiting)

    def start(self, now_s: float) -> None:
        """Ask for everything; does nothing while an earlier one runs."""
        if not self.is_running:
            self._tries = 0
            self._ask(now_s)

    def abandon(self) -> None:
        """The link is gone: answers to come mean nothing."""
        self._round += 1
        self._waiting.clear()

    def disturb(self) -> None:
        """A trade of ours arrived by another way."""
        self._is_disturbed = self.is_running

    def _clear(self) -> None:
        self._positions: tuple[VenuePosition, ...] = ()
        self._orders: tuple[OrderReport, ...] = ()
        self._accounts: tuple[AccountFigures, ...] = ()
        self._fills: dict[str, Fill] = {}

    def _ask(self, now_s: float) -> None:
        self._round += 1
        self._tries += 1
        self._is_disturbed = False
        self._clear()
        requests = list(self._requests())
        self._waiting = {name for name, _, _ in requests}
        for name, (method, params), take in requests:
            self._session.ask(method, params, self._then(name, take), now_s)

    def _requests(self) -> Iterator[tuple[str, Request, Callable[[msgspec.Raw], None]]]:
        yield "positions", ("private/get_positions", {"currency": "any"}), self._take_positions
        yield "orders", ("private/get_open_orders", {}), self._take_orders
        for currency in self._currencies:
            params = {"currency": currency, "count": TRADES_ASKED, "historical": False}
            trades = ("private/get_user_trades_by_currency", params | {"sorting": "desc"})
            yield f"{currency} trades", trades, self._take_trades
        yield (
            "accounts",
            ("private/get_account_summaries", {"extended": False}),
            self._take_accounts,
        )

    def _then(self, name: str, take: Callable[[msgspec.Raw], None]) -> Then:
        asked_in = self._round

        def then(answer: Answer) -> None:
            if asked_in != self._round:
                return
            try:
                if not isinstance(answer, Result):
                    raise MarketDataError(_words(answer))
                take(answer.value)
            except MarketDataError as error:
                self.abandon()
                self._failed(f"the {name} did not come: {error}")
                return
            self._waiting.discard(name)
            if not self._waiting:
                self._finish()

        return then

    def _finish(self) -> None:
        if self._is_disturbed and self._tries < _TRIES:
            log.info("reconciling again, a trade came in between")
            self._ask(self._session.now_s)
            return
        fills = tuple(sorted(self._fills.values(), key=lambda one: one.at_ns))
        now_ns = self._clock.now_ns()
        self._done(Reconciled(self._positions, self._orders, fills, self._accounts, now_ns))

    def _take_positions(self, value: msgspec.Raw) -> None:
        self._positions = facts.positions_of(value)

    def _take_orders(self, value: msgspec.Raw) -> None:
        self._orders = facts.orders_of(value)

    def _take_trades(self, value: msgspec.Raw) -> None:
        self._fills |= {f"{one.instrument} {one.trade_id}": one for one in facts.fills_of(value)}

    def _take_accounts(self, value: msgspec.Raw) -> None:
        self._accounts = facts.accounts_of(value, self._clock.now_ns())
        take_limits(value, self._limits)


def _words(answer: Answer) -> str:
    if isinstance(answer, Failure):
        return sentence(answer.error)
    return "" if isinstance(answer, Result) else answer.why
