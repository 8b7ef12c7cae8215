"""What was lost today and since the day's best moment, and the lock that follows.

Profit is counted in every currency by itself, as the change of its equity, and turned into USD at
the index of now: a fall of the coin that lies there as collateral is no trading loss.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import msgspec

from core.clock import NS_PER_S
from core.domain.position import AccountFigures
from core.market.board import Board
from core.settings import RiskSettings
from core.trading.journal import Journal, KeptRecord, NoteRecord
from core.trading.risk.exposure import ZERO, Unmeasured, price_of

log = logging.getLogger(__name__)
KEPT = "risk day"
DAY_NS = 86_400 * NS_PER_S
DAY_STARTS_NS = 8 * 3_600 * NS_PER_S
"""The venue's day begins at 08:00 UTC."""
KEEP_NS = 10 * NS_PER_S
"""A new best moment is written down at most so often."""
STABLE = frozenset({"USD", "USDC", "USDT"})


def day_of(at_ns: int) -> int:
    """The how manyth day of the venue this is."""
    return (at_ns - DAY_STARTS_NS) // DAY_NS


@dataclass(frozen=True, slots=True)
class Mark:
    """Where losses are counted from."""

    day: int
    since_ns: int
    """Venue time."""
    equity: dict[str, Decimal]
    """Per currency, in it."""
    best_usd: Decimal = ZERO
    """The largest profit since; 0 at least."""
    lock: str = ""
    """Why opening is locked, in words; empty when it is not."""


class Losses:
    """Folds the account's figures; the loop thread looks at it twice a second."""

    def __init__(
        self,
        settings: RiskSettings,
        board: Board,
        accounts: Callable[[], tuple[AccountFigures, ...]],
        journal: Journal,
        kept: str,
    ) -> None:
        self._settings = settings
        self._board = board
        self._accounts = accounts
        self._journal = journal
        self._mark = _restored(kept)
        self._kept_ns = 0
        self._is_kept = True
        self.profit_usd: Decimal | None = None
        """Since the mark; None while it cannot be known."""
        self.why = "no account figures yet"
        """Why it cannot be known, in words; empty when it is."""

    @property
    def lock(self) -> str:
        """Why opening is locked; empty when it is not. Only `reset` lifts it."""
        return "" if self._mark is None else self._mark.lock

    @property
    def since_ns(self) -> int:
        """Venue time from which losses are counted; 0 before the first figures."""
        return 0 if self._mark is None else self._mark.since_ns

    @property
    def drawdown_usd(self) -> Decimal | None:
        """Lost since the best moment; None while it cannot be known."""
        if self.profit_usd is None or self._mark is None:
            return None
        return self._mark.best_usd - self.profit_usd

    def look(self, now_ns: int) -> None:
        """Take the newest figures in; a limit that is breached locks."""
        try:
            equity = self._equity()
            mark = self._counted_from(equity, now_ns)
            self.profit_usd = self._profit(equity, mark.equity)
            self.why = ""
        except Unmeasured as missing:
            self.profit_usd, self.why = None, str(missing)
            return
        if self.profit_usd > mark.best_usd:
            mark = self._mark = replace(mark, best_usd=self.profit_usd)
            self._is_kept = False
        if not self._is_kept and now_ns - self._kept_ns >= KEEP_NS:
            self._keep(now_ns)
        if not mark.lock and (lock := self._breach(self.profit_usd, mark.best_usd)):
            self._mark = replace(mark, lock=lock)
            self._keep(now_ns)
            self._say("lock", f"opening is locked: {lock}", logging.ERROR, now_ns)

    def reset(self, now_ns: int) -> str:
        """Lift the lock and count losses from now on; what was done, in words."""
        was = self.lock
        self._mark = None
        self.look(now_ns)
        text = f"the lock is lifted ({was})" if was else "no lock stood"
        text += "; losses count from now on"
        self._keep(now_ns)
        self._say("reset", text, logging.WARNING, now_ns)
        return text

    def _equity(self) -> dict[str, Decimal]:
        found = {one.currency: one.equity for one in self._accounts()}
        if not found:
            raise Unmeasured("no account figures yet")
        return found

    def _counted_from(self, equity: Mapping[str, Decimal], now_ns: int) -> Mark:
        """The mark of this day, with every currency in it."""
        venue_ns = self._board.venue_now_ns()
        day, known = day_of(venue_ns), self._mark
        if known is None or known.day != day:
            lock = "" if known is None else known.lock
            self._mark = Mark(day, venue_ns, dict(equity), lock=lock)
            self._keep(now_ns)
        elif new := equity.keys() - known.equity.keys():
            added = {name: equity[name] for name in new}
            self._mark = replace(known, equity={**known.equity, **added})
            self._keep(now_ns)
        assert self._mark is not None, "it was just made"
        return self._mark

    def _profit(self, equity: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> Decimal:
        total = ZERO
        for currency, was in before.items():
            if (now := equity.get(currency)) is None:
                raise Unmeasured(f"the venue states no {currency} equity")
            if now != was:
                total += (now - was) * usd_per(self._board, currency)
        return total

    def _breach(self, profit: Decimal, best: Decimal) -> str:
        limits = self._settings
        if -profit > limits.max_daily_loss_usd:
            most, name = limits.max_daily_loss_usd, "max_daily_loss_usd"
            return f"loss of {-profit:,.0f} USD is above the limit of {most:,.0f} USD (risk.{name})"
        if best - profit > limits.max_drawdown_usd:
            most, lost = limits.max_drawdown_usd, best - profit
            words = f"drawdown of {lost:,.0f} USD is above the limit of {most:,.0f} USD"
            return f"{words} (risk.max_drawdown_usd)"
        return ""

    def _keep(self, now_ns: int) -> None:
        self._kept_ns, self._is_kept = now_ns, True
        text = "" if self._mark is None else msgspec.json.encode(self._mark).decode()
        self._journal.record("kept", KeptRecord(KEPT, text), now_ns)

    def _say(self, kind: str, text: str, level: int, now_ns: int) -> None:
        log.log(level, "%s", text, extra={"kind": "RISK", "source": "losses"})
        self._journal.record("note", NoteRecord(kind, text), now_ns)


def usd_per(board: Board, currency: str) -> Decimal:
    """USD per unit of a settlement currency; Unmeasured while its index is missing."""
    if currency in STABLE:
        return Decimal(1)
    coin = currency.lower()
    price = price_of(
        board.index_price(f"{coin}_usd"),
        board.quote(f"{currency}-PERPETUAL").index,
        board.index_price(f"{coin}_usdc"),
    )
    if price is None:
        raise Unmeasured(f"there is no index price of {currency} yet")
    return price


def _restored(kept: str) -> Mark | None:
    if not kept:
        return None
    try:
        return msgspec.json.decode(kept, type=Mark)
    except msgspec.MsgspecError as error:
        log.warning("where losses were counted from cannot be read: %s", error)
        return None
