"""The desk as this screen uses it: what is chosen, what N means, what was asked and answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal

from core.commands.context import Context
from core.commands.language import parse
from core.commands.reading import Reading
from core.desk.desk import Desk
from core.trading.commands import Reply, Request
from core.venues.practice import Rehearsal
from tui.selection import Selection
from tui.theme import THEMES

log = logging.getLogger(__name__)
REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply of the loop with the text that caused it."""

    text: str
    reply: Reply


class Session:
    """What the keys, the command line and the dialogs share. Only the UI thread uses it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.selection = Selection()
        self.multiplier = desk.settings.screen.size_multiplier
        self._asked: dict[int, str] = {}
        self._seen: dict[str, tuple[Reply, ...]] = {}

    def context(self) -> Context:
        """The world as it is now, for reading a text."""
        desk = self.desk
        return Context(
            desk.board,
            desk.trading,
            self.selection.instrument,
            self.multiplier,
            desk.settings.screen.size_multiplier,
            desk.pricing,
            desk.hedges,
            desk.pair,
            desk.links,
            desk.settings.risk,
            tuple(theme.name for theme in THEMES),
            desk.board.venue_now_ns(),
            self.selection.expiry_ns,
            desk.practice.faults,
            desk.practice.why_not,
        )

    def read(self, text: str) -> Reading:
        """What `text` means now; CommandError when nothing."""
        return parse(text, self.context())

    def submit(self, request: Request, text: str) -> int:
        """Hand a request to the loop; its replies come back through `answered`."""
        return self._keep(self.desk.submit(request, text), text)

    def rehearse(self, rehearsal: Rehearsal, text: str) -> int:
        """Hand a fault to the simulated exchange; its reply comes back through `answered`."""
        return self._keep(self.desk.rehearse(rehearsal), text)

    def _keep(self, number: int, text: str) -> int:
        self._asked[number] = text
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        log.debug("asked: %s", text, extra={"kind": "ORDR", "source": "desk"})
        return number

    def answered(self) -> tuple[Answered, ...]:
        """Replies to requests of this screen that have come since the last call, oldest first."""
        new = [
            *self._new("loop", self.desk.trading.replies),
            *self._new("practice", self.desk.practice.replies),
        ]
        return tuple(Answered(self._asked[reply.number], reply) for reply in new)

    def _new(self, source: str, replies: tuple[Reply, ...]) -> list[Reply]:
        """Those of one source that were not there the last time."""
        seen = self._seen.get(source, ())
        if replies is seen:
            return []
        self._seen[source] = replies
        old = set(seen)
        return [reply for reply in replies if reply not in old and reply.number in self._asked]

    def set_multiplier(self, text: str) -> None:
        """N means N times this from now on."""
        self.multiplier = Decimal(text)
