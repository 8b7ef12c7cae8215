"""The venue's own books: settlements, deliveries and transfers out of its transaction log.

A page costs a whole second of the log's rate limit, so pages are asked for one at a time, apart
from the reconciliation, and only what is newer than the last answer.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from core.clock import NS_PER_MS
from core.domain.booking import Booking, BookingKind
from core.domain.events import Booked
from core.venues.deribit.account.refusals import sentence
from core.venues.deribit.answers import Answer, Failure, NotSent, Result
from core.venues.deribit.session import TOO_MANY_REQUESTS, Session

log = logging.getLogger(__name__)

EVERY_S: Final = 10.0
PACE_S: Final = 1.25
"""The venue allows one page a second."""
REFUSED_S: Final = 300.0
"""A key that may not read the log is not asked for again so soon."""
CROWDED_S: Final = 10.0
"""Another program of the account may read the log too. What is refused then costs the connection,
so the next page waits, and twice as long after each refusal."""
PAST_MS: Final = 50 * 3_600_000
"""How far before the newest line the first reading goes: the last settlements before a start."""
PAGE: Final = 250
_FIRST_MS: Final = 1_451_606_400_000
"""2016, before the venue had a log. The first reading ends by `PAST_MS`, not by our clock."""
_LAST_MS: Final = 4_102_444_800_000
"""2100: the venue's clock may be ahead of ours."""
_ZERO: Final = Decimal(0)
_KINDS: Final = {
    "settlement": BookingKind.SETTLED,
    "delivery": BookingKind.DELIVERED,
    "expiry": BookingKind.DELIVERED,
    "exercise": BookingKind.DELIVERED,
}
_NO_BOOKINGS: Final = frozenset({"trade", "options_settlement_summary"})


class LogRow(msgspec.Struct, frozen=True, gc=False):
    """One line of the transaction log."""

    id: int
    type: str
    currency: str
    timestamp: int
    change: Decimal = _ZERO
    instrument_name: str | None = None
    cashflow: Decimal | None = None
    commission: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    total_interest_pl: Decimal | None = None


class LogPage(msgspec.Struct, frozen=True):
    """Lines, newest first, and where the older ones go on."""

    logs: list[LogRow]
    continuation: int | str | None = None


read_page: Final = msgspec.json.Decoder(LogPage, strict=False).decode


def booking(row: LogRow) -> Booking | None:
    """The line as the domain's booking; None for trades and for what moved nothing."""
    kind = _KINDS.get(row.type, BookingKind.CASH)
    if row.type in _NO_BOOKINGS or (kind is BookingKind.CASH and not row.change):
        return None
    name = row.instrument_name or ""
    if kind is BookingKind.CASH:
        name = ""
    return Booking(
        id=str(row.id),
        kind=kind,
        currency=row.currency,
        instrument=name,
        change=row.change,
        at_ns=row.timestamp * NS_PER_MS,
        price=_paid(row, name) if kind is BookingKind.DELIVERED else None,
        fee=row.commission or _ZERO,
        funding=row.total_interest_pl,
    )


def _paid(row: LogRow, name: str) -> Decimal | None:
    """What one unit was paid out at: for options the cash itself says it to the last digit."""
    if name.endswith(("-C", "-P")) and row.amount and row.cashflow is not None:
        return abs(row.cashflow) / row.amount
    return row.price


class BookingsQuery:
    """Reads the log of one currency after the other; one run at a time."""

    def __init__(
        self, session: Session, currencies: tuple[str, ...], tell: Callable[[Booked], None]
    ) -> None:
        self._session = session
        self._currencies = currencies
        self._tell = tell
        self._since_ms = dict.fromkeys(currencies, 0)
        self._pages: deque[tuple[str, int | str | None]] = deque()
        self._rows: list[LogRow] = []
        self._round = 0
        self._is_waiting = False
        self._start_at_s = 0.0
        self._page_at_s = 0.0
        self._crowded_s = CROWDED_S

    def start(self, now_s: float) -> None:
        """Ask for what is new; does nothing while a run goes on or soon after one."""
        if self._pages or self._is_waiting or now_s < self._start_at_s:
            return
        self._start_at_s = now_s + EVERY_S
        self._pages.extend((currency, None) for currency in self._currencies)
        self.tick(now_s)

    def abandon(self) -> None:
        """The link is gone: answers to come mean nothing, the next run starts with the next page.

        A pause that the venue asked for outlives the link.
        """
        self._round += 1
        self._pages.clear()
        self._rows.clear()
        self._is_waiting = False
        self._start_at_s = 0.0

    def tick(self, now_s: float) -> None:
        """Ask for the next page when its turn has come."""
        if not self._pages or self._is_waiting or now_s < self._page_at_s:
            return
        currency, continuation = self._pages.popleft()
        self._page_at_s = now_s + PACE_S
        self._is_waiting = True
        params: dict[str, object] = {
            "currency": currency,
            "start_timestamp": self._since_ms[currency] or _FIRST_MS,
            "end_timestamp": _LAST_MS,
            "count": PAGE,
        }
        if continuation is not None:
            params["continuation"] = continuation
        asked = self._then(currency)
        self._session.ask("private/get_transaction_log", params, asked, now_s)

    def _then(self, currency: str) -> Callable[[Answer], None]:
        asked_in = self._round

        def then(answer: Answer) -> None:
            if asked_in != self._round:
                return
            self._is_waiting = False
            try:
                if isinstance(answer, Result):
                    self._crowded_s = CROWDED_S
                    self._take(currency, read_page(answer.value))
                    return
                if isinstance(answer, Failure) and answer.error.code == TOO_MANY_REQUESTS:
                    self._page_at_s = self._session.now_s + self._crowded_s
                    self._crowded_s = min(2.0 * self._crowded_s, REFUSED_S)
                why = sentence(answer.error) if isinstance(answer, Failure) else answer.why
            except msgspec.MsgspecError as error:
                why = f"it is unreadable: {error}"
            self._give_up(currency, why, is_refused=not isinstance(answer, NotSent))

        return then

    def _take(self, currency: str, page: LogPage) -> None:
        self._rows += page.logs
        if page.continuation not in (None, "", "none", 0) and not self._is_far_back(page):
            self._pages.appendleft((currency, page.continuation))
            return
        rows, self._rows = self._rows, []
        if rows:
            self._since_ms[currency] = max(row.timestamp for row in rows)
        found = [one for one in map(booking, reversed(rows)) if one is not None]
        self._tell(Booked(currency, tuple(sorted(found, key=lambda one: one.at_ns))))

    def _is_far_back(self, page: LogPage) -> bool:
        if not page.logs:
            return True
        return page.logs[-1].timestamp < self._rows[0].timestamp - PAST_MS

    def _give_up(self, currency: str, why: str, *, is_refused: bool) -> None:
        log.warning("the transaction log of %s did not come: %s", currency, why)
        self._rows.clear()
        self._pages.clear()
        if is_refused:
            self._start_at_s = self._session.now_s + REFUSED_S
