"""What a screen can ask the store. Every question is a frozen value with one method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.clock import NS_PER_MINUTE
from core.desk.archive.past import IndexPast, PastMinute

if TYPE_CHECKING:
    from core.store.queries.queries import Queries

_THIS_MINUTE_S = 59
_HOUR_NS = 60 * NS_PER_MINUTE


@dataclass(frozen=True, slots=True)
class MinuteOf:
    """One chain at one full minute."""

    chain: str
    minute_ns: int

    def ask(self, queries: Queries) -> PastMinute:
        """The minute as it was recorded; without contents when it was not."""
        from core.desk.archive.stored import grid_of, smiles_of

        chain, at_ns, within_s = self.chain, self.minute_ns, _THIS_MINUTE_S
        before_ns, after_ns = queries.minutes_around(chain, at_ns)
        return PastMinute(
            chain,
            at_ns,
            smiles_of(queries.smiles_at(chain, at_ns, within_s)),
            grid_of(queries.surface_at(chain, at_ns, "classic", within_s)),
            grid_of(queries.surface_at(chain, at_ns, "wide", within_s)),
            before_ns,
            after_ns,
        )


@dataclass(frozen=True, slots=True)
class IndexOf:
    """The volatility index of one chain over the last hours."""

    chain: str
    hours: int
    until_ns: int = field(compare=False)
    """Now: asked a minute later it is the same question, and the old answer stands meanwhile."""
    points: int = 300

    def ask(self, queries: Queries) -> IndexPast:
        """Ours and the venue's, thinned to so many points."""
        from core.store.queries.series import Span

        since_ns = self.until_ns - self.hours * _HOUR_NS
        history = queries.index_history(self.chain, Span(since_ns, self.until_ns, self.points))
        return IndexPast(
            tuple(history.at_ns.tolist()),
            tuple(history["value"].last.tolist()),
            tuple(history["venue"].last.tolist()),
        )
