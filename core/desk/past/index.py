"""The past of every chain's index: hourly bars from the venue, kept in the store, measured."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.clock import NS_PER_S
from core.errors import StoreError, VenueError
from core.market.board import Board
from core.pricing.index import Realised, RealisedChain
from core.pricing.realised import realised_chain
from core.quant.index.realised import Bars
from core.service import Service
from core.venues.charts import HOUR_NS, Charts, VolatilityPast
from core.venues.deribit.market.shards import VOLATILITY_INDICES

log = logging.getLogger(__name__)

DEPTH_NS: Final = 31 * 24 * HOUR_NS
_AFTER_HOUR_NS: Final = 20 * NS_PER_S
"""The venue closes an hour's bar a moment after the hour."""
_RECORDED_NS: Final = 120 * NS_PER_S
"""A minute of our own that is on its way to the store must be there first."""
_LOOK_S: Final = 0.5
_STOP_S: Final = 0.5
_LEAST_WAIT_S: Final = 5.0
"""A sped-up simulator has a full hour every few seconds."""
_AGAIN_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Waits after failures, the last one for all further ones."""


@dataclass(frozen=True, slots=True)
class PastStore:
    """What survives a restart; any of it may fail."""

    read: Callable[[str, int, int], Bars]
    """Stored bars of an instrument in [since, until); StoreError while the database is away."""
    put_bars: Callable[[str, Bars], None]
    put_volatility: Callable[[str, VolatilityPast], None]
    """By chain: the venue's own index at full hours."""


class IndexPast:
    """Fetches a month of bars of each chain's perpetual, then each new hour; measures them.

    One thread of its own; `realised` is read by any other.
    """

    def __init__(self, charts: Charts | None, board: Board, store: PastStore | None) -> None:
        """`charts` is None where there is no venue to ask: on a tape."""
        self._charts = charts
        self._board = board
        self._store = store
        self._bars: dict[str, Bars] = {}
        self._volatility_ns: dict[str, int] = {}
        """By chain, up to when the venue's own index is known."""
        self._hours: dict[str, int] = {}
        """By chain, the hour whose end was asked for last."""
        self._restored: set[str] = set()
        self._reasons: dict[str, str] = {}
        self._failures = 0
        self._is_over = False
        self._realised: Realised = MappingProxyType({})
        self.service = Service("index past", self._body)

    def start(self) -> None:
        """Begin to ask; returns at once."""
        self._is_over = False
        if self._charts is not None:
            self.service.start()

    def stop(self) -> bool:
        """End the thread; True even when an ask hangs.

        A desk must not wait for a venue that does not answer. What hangs is left behind, changes
        nothing any more and ends with the program.
        """
        self._is_over = True
        self.service.stop(timeout_s=_STOP_S)
        return True

    def realised(self) -> Realised:
        """By chain, as of the last full hour; the reason where there is nothing."""
        if self._charts is None:
            nothing = RealisedChain(reason="a tape holds no bars of the past")
            return dict.fromkeys(self._board.catalog.chains, nothing)
        return self._realised

    # The thread.

    def _body(self, stopping: threading.Event) -> None:
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = self.turn()

    def turn(self) -> float:
        """Ask for what is new, if anything can be; seconds until the next turn."""
        chains = self._board.catalog.chains
        if not (chains and self._board.is_venue_time_known):
            return _LOOK_S
        now_ns = self._board.venue_now_ns()
        hour = (now_ns - _AFTER_HOUR_NS) // HOUR_NS
        due = [chain for chain in chains if self._hours.get(chain) != hour]
        if not due:
            return _LOOK_S
        whole = {chain: self._ask(chain, now_ns) for chain in due}
        self._hours |= dict.fromkeys((chain for chain in due if whole[chain]), hour)
        self._realised = MappingProxyType({one: self._measured(one, now_ns) for one in chains})
        self._failures = 0 if all(whole.values()) else self._failures + 1
        return _LEAST_WAIT_S if not self._failures else _again_s(self._failures)

    def _measured(self, chain: str, now_ns: int) -> RealisedChain:
        bars = self._bars.get(chain)
        if bars is None:
            return RealisedChain(reason=self._reasons.get(chain) or "the venue has no bars of it")
        return realised_chain(bars, now_ns)

    def _ask(self, chain: str, now_ns: int) -> bool:
        """Everything new of one chain; False when some of it must be asked for again."""
        try:
            self._ask_venue(chain, now_ns)
            is_whole = True
        except VenueError as error:
            is_whole = False
            if self._reasons.get(chain) != str(error) and not self._is_over:
                log.warning("the past of %s did not come: %s", chain, error)
            self._reasons[chain] = str(error)
        return self._restore(chain, now_ns) and is_whole

    def _ask_venue(self, chain: str, now_ns: int) -> None:
        assert self._charts is not None, "without a venue the thread is not started"
        name = _instrument_of(chain)
        known = self._bars.get(chain)
        since_ns = now_ns - DEPTH_NS if known is None else int(known.at_ns[-1]) + HOUR_NS
        fresh = self._charts.hourly(name, since_ns, now_ns)
        if len(fresh) and not self._is_over:
            self._take(chain, fresh, now_ns)
            if self._store is not None:
                self._store.put_bars(name, fresh)
        if _index_of(chain) in VOLATILITY_INDICES and not self._is_over:
            self._ask_volatility(self._charts, chain, now_ns)

    def _ask_volatility(self, charts: Charts, chain: str, now_ns: int) -> None:
        since_ns = self._volatility_ns.get(chain, now_ns - DEPTH_NS) + 1
        past = charts.volatility(chain, since_ns, now_ns - _RECORDED_NS)
        if past.at_ns.size and not self._is_over:
            self._volatility_ns[chain] = int(past.at_ns[-1])
            if self._store is not None:
                self._store.put_volatility(chain, past)

    def _restore(self, chain: str, now_ns: int) -> bool:
        """Fill up from the store what the venue no longer has, once; False while it is away."""
        store, known = self._store, self._bars.get(chain)
        since_ns = now_ns - DEPTH_NS
        until_ns = now_ns if known is None else int(known.at_ns[0])
        if (
            self._is_over
            or store is None
            or chain in self._restored
            or until_ns - since_ns < 2 * HOUR_NS
        ):
            return True
        try:
            older = store.read(_instrument_of(chain), since_ns, until_ns)
        except StoreError:
            return False
        self._restored.add(chain)
        if len(older):
            self._take(chain, older, now_ns)
        return True

    def _take(self, chain: str, bars: Bars, now_ns: int) -> None:
        known = self._bars.get(chain)
        whole = bars if known is None else known.joined(bars)
        kept = whole.rows(whole.at_ns >= now_ns - DEPTH_NS)
        if len(kept):
            self._bars[chain] = kept


def _again_s(failures: int) -> float:
    return _AGAIN_S[min(failures, len(_AGAIN_S)) - 1]


def _instrument_of(chain: str) -> str:
    """Whose bars stand for the index of a chain: its perpetual trades closest to it."""
    return f"{chain}-PERPETUAL"


def _index_of(chain: str) -> str:
    return f"{chain.lower()}_usd"
