"""What is listed: when to ask again, what to ask, and which of the answers the desk wants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from core.clock import NS_PER_S
from core.domain.instrument import Instrument, Kind
from core.errors import MarketDataError
from core.settings import VenueSettings
from core.venues.deribit.answers import Answer, Result
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.names import instrument_named
from core.venues.deribit.session import Session
from core.venues.deribit.wire import InstrumentState

log = logging.getLogger(__name__)

_DAY_NS: Final = 86_400 * NS_PER_S
_AFTER_EXPIRY_NS: Final = tuple((8 * 3600 + second) * NS_PER_S for second in (5, 30, 60, 180))
"""Seconds of the day (UTC) after which the venue has new contracts: it takes up to a minute."""
_OPENING_STATES: Final = frozenset({"created", "started", "open"})
_QUIET_S: Final = 1.5
"""State frames come in crowds: ask once they pause."""
_LONGEST_WAIT_S: Final = 5.0
_RETRY_S: Final = 3.0

Listed = Callable[[list[Instrument]], None]


class Listing:
    """Asks for all instruments through one connection's session, again when they change."""

    def __init__(self, session: Session, settings: VenueSettings, listed: Listed) -> None:
        self._session = session
        self._settings = settings
        self._listed = listed
        self._due_at_s: float | None = None
        self._nudged_at_s: float | None = None
        self._next_expiry_ns = 0
        self._found: dict[str, list[Instrument]] = {}
        self._open: set[str] = set()

    def reset(self, now_s: float) -> None:
        """A new socket: what is listed may have changed while there was none."""
        self._open.clear()
        self._found.clear()
        self._due_at_s, self._nudged_at_s = now_s, None

    def state_changed(self, state: InstrumentState, is_listed: bool, now_s: float) -> None:
        """An instrument changed its state; a new list is needed if we would list it otherwise.

        Combos come and go all day long, and a list is megabytes: those do not count.
        """
        instrument = instrument_named(state.instrument_name)
        if instrument is None or not is_wanted(instrument, self._settings):
            return
        if (state.state in _OPENING_STATES) != is_listed:
            self.nudge(now_s)

    def nudge(self, now_s: float) -> None:
        """Ask soon, once for a whole crowd of changes."""
        first_s = self._nudged_at_s = now_s if self._nudged_at_s is None else self._nudged_at_s
        self._due_at_s = min(now_s + _QUIET_S, first_s + _LONGEST_WAIT_S)

    def tick(self, now_s: float, now_ns: int) -> None:
        """Ask when it is time; the venue's `now_ns`, 0 while unknown, tells the daily expiry."""
        if now_ns and now_ns >= self._next_expiry_ns:
            if self._next_expiry_ns:
                self.nudge(now_s)
            self._next_expiry_ns = _next_after(now_ns)
        if self._due_at_s is not None and now_s >= self._due_at_s and not self._open:
            self._due_at_s = self._nudged_at_s = None
            self._ask(now_s)

    def _ask(self, now_s: float) -> None:
        self._found.clear()
        requests = dict(_requests(self._settings))
        self._open = set(requests)
        for part, params in requests.items():
            self._session.ask("public/get_instruments", params, self._answer_to(part), now_s)

    def _answer_to(self, part: str) -> Callable[[Answer], None]:
        def then(answer: Answer) -> None:
            self._open.discard(part)
            try:
                if isinstance(answer, Result):
                    self._found[part] = instruments_of(answer.value)
                else:
                    self._retry(f"{part}: {answer}")
            except MarketDataError as error:
                self._retry(str(error))
            if not self._open and self._due_at_s is None:
                self._publish()

        return then

    def _retry(self, why: str) -> None:
        """The old list stands until a whole new one has come."""
        log.warning("the list of instruments did not come: %s", why)
        self._due_at_s = self._session.now_s + _RETRY_S

    def _publish(self) -> None:
        found = [one for instruments in self._found.values() for one in instruments]
        self._found.clear()
        wanted = [one for one in found if is_wanted(one, self._settings)]
        log.info("%d instruments listed", len(wanted))
        self._listed(wanted)


def is_wanted(instrument: Instrument, settings: VenueSettings) -> bool:
    """Inverse contracts of the chosen currencies, the chosen linear options and perpetuals.

    Dated linear futures are left out: few trade, and no pane, hedge or pair is made of them.
    """
    if instrument.is_inverse:
        return instrument.base in settings.currencies
    if instrument.settlement != "USDC":
        return False
    if instrument.is_option:
        return instrument.base in settings.linear_options
    return instrument.kind is Kind.PERPETUAL and instrument.base in settings.linear_perpetuals


def _requests(settings: VenueSettings) -> Iterator[tuple[str, dict[str, object]]]:
    """(name, parameters) of each: lists are megabytes, so only what may be wanted is asked for."""
    for currency in settings.currencies:
        yield currency, {"currency": currency, "expired": False}
    if settings.linear_perpetuals:
        yield "USDC futures", {"currency": "USDC", "kind": "future", "expired": False}
    if settings.linear_options:
        yield "USDC options", {"currency": "USDC", "kind": "option", "expired": False}


def _next_after(now_ns: int) -> int:
    """The next moment after an expiry at which the list may be new."""
    midnight = now_ns - now_ns % _DAY_NS
    moments = [day + after for day in (midnight, midnight + _DAY_NS) for after in _AFTER_EXPIRY_NS]
    return min(moment for moment in moments if moment > now_ns)
