"""The venue's whole truth at one moment, gathered from several answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from core.clock import NS_PER_MS, NS_PER_S, Clock
from core.domain.events import Reconciled
from core.domain.fill import Fill
from core.domain.order import OrderReport
from core.domain.position import AccountFigures, VenuePosition
from core.errors import MarketDataError
from core.venues.deribit.account import facts, requests
from core.venues.deribit.account.limits import take_limits
from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.account.requests import Request
from core.venues.deribit.answers import Answer, Failure, Result, Then
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session

log = logging.getLogger(__name__)

OVERLAP_NS: Final = 60 * NS_PER_S
"""Fills are asked for again from so long before the newest known one."""
RECENT_NS: Final = 20 * 3600 * NS_PER_S
"""What lies further back is asked of the archive as well; the venue keeps a day at hand."""
_TRIES: Final = 3
Take = Callable[[msgspec.Raw], None]


class Reconciliation:
    """Asks for positions, orders, accounts, and page by page for every fill not known yet.

    Starts over when a trade of ours happens in between, because then the answers belong to
    different moments; the fills gathered so far are kept.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        limits: Limits,
        currencies: tuple[str, ...],
        done: Callable[[Reconciled], None],
        failed: Callable[[str], None],
        since_ns: int = 0,
    ) -> None:
        self._session = session
        self._clock = clock
        self._limits = limits
        self._currencies = currencies
        self._done = done
        self._failed = failed
        self._known_ns = since_ns
        """Every fill before it is known or among those gathered; 0 while none is."""
        self._fills: dict[str, Fill] = {}
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
            self._session.now_s = max(self._session.now_s, now_s)
            self._ask()

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
        self._traded_in: set[str] = set()
        """Currencies whose fills were asked for this round."""

    def _ask(self) -> None:
        self._round += 1
        self._tries += 1
        self._is_disturbed = False
        self._clear()
        summaries: Request = ("private/get_account_summaries", {"extended": False})
        self._want(
            "positions", ("private/get_positions", {"currency": "any"}), self._take_positions
        )
        self._want("orders", ("private/get_open_orders", {}), self._take_orders)
        self._want("accounts", summaries, self._take_accounts)
        for currency in self._currencies:
            self._want_trades(currency)

    def _want(self, name: str, request: Request, take: Take, may_fail: bool = False) -> None:
        """Ask for one of the answers that belong together."""
        self._waiting.add(name)
        method, params = request
        then = self._then(name, take, may_fail)
        self._session.ask(method, params, then, self._session.now_s)

    def _want_trades(self, currency: str) -> None:
        """Ask for the fills of one currency, once a round."""
        if currency in self._traded_in:
            return
        self._traded_in.add(currency)
        self._want_page(currency, False, None)
        # A newest fill from the future says that our clocks differ: its age is not known then.
        age_ns = self._clock.now_ns() - self._known_ns
        if self._known_ns and not -OVERLAP_NS <= age_ns <= RECENT_NS:
            self._want_page(currency, True, None)

    def _want_page(self, currency: str, is_archive: bool, until_ms: int | None) -> None:
        """Ask for the newest page up to `until_ms` that may hold something new."""
        since_ms = max(self._known_ns - OVERLAP_NS, 0) // NS_PER_MS
        name = f"{'archived ' if is_archive else ''}{currency} trades until {until_ms or 'now'}"

        def take(value: msgspec.Raw) -> None:
            page = facts.fill_page_of(value)
            self._fills |= {f"{one.instrument} {one.trade_id}": one for one in page.fills}
            # Without anything known one page is enough: what is older is nobody's news.
            if page.has_more and page.oldest_ms is not None and self._known_ns:
                is_stuck = until_ms is not None and page.oldest_ms >= until_ms
                older_ms = page.oldest_ms - is_stuck
                if until_ms is not None and older_ms >= until_ms:
                    raise MarketDataError("the venue sends trades newer than asked for")
                self._want_page(currency, is_archive, older_ms)

        request = requests.trades_of_currency(currency, since_ms, until_ms, is_archive)
        self._want(name, request, take, may_fail=is_archive)

    def _then(self, name: str, take: Take, may_fail: bool) -> Then:
        asked_in = self._round

        def then(answer: Answer) -> None:
            if asked_in != self._round:
                return
            try:
                if not isinstance(answer, Result):
                    raise MarketDataError(_words(answer))
                take(answer.value)
            except MarketDataError as error:
                why = f"the {name} did not come: {error}"
                if not may_fail:
                    self.abandon()
                    self._failed(why)
                    return
                log.warning("%s", why)
            self._waiting.discard(name)
            if not self._waiting:
                self._finish()

        return then

    def _finish(self) -> None:
        if self._is_disturbed and self._tries < _TRIES:
            log.info("reconciling again, a trade came in between")
            self._reach()
            self._ask()
            return
        self._reach()
        fills = tuple(sorted(self._fills.values(), key=lambda one: one.at_ns))
        self._fills.clear()
        now_ns = self._clock.now_ns()
        self._done(Reconciled(self._positions, self._orders, fills, self._accounts, now_ns))

    def _reach(self) -> None:
        """All pages came: the next round need only ask for what is newer."""
        self._known_ns = max((one.at_ns for one in self._fills.values()), default=self._known_ns)
        self._known_ns = max(self._known_ns, 1)

    def _take_positions(self, value: msgspec.Raw) -> None:
        self._positions = facts.positions_of(value)
        self._want_trades_of(one.instrument for one in self._positions)

    def _take_orders(self, value: msgspec.Raw) -> None:
        self._orders = facts.orders_of(value)
        self._want_trades_of(one.instrument for one in self._orders)

    def _want_trades_of(self, instruments: Iterable[str]) -> None:
        """Currencies nobody asked for by name, in which the account trades all the same."""
        for instrument in instruments:
            self._want_trades(requests.settlement_of(instrument))

    def _take_accounts(self, value: msgspec.Raw) -> None:
        self._accounts = facts.accounts_of(value, self._clock.now_ns())
        take_limits(value, self._limits)


def _words(answer: Answer) -> str:
    if isinstance(answer, Failure):
        return sentence(answer.error)
    return "" if isinstance(answer, Result) else answer.why
