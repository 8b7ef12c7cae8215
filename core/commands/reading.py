"""What a text means, before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.label import MANUAL, new_label
from core.domain.order import NewOrder, Side
from core.trading.commands import PlaceOrders, Request
from core.venues.practice import Rehearsal

DRAFT = f"{MANUAL}:draft"
"""The label of orders that are only read; `Reading.request` gives each a real one."""


@dataclass(frozen=True, slots=True)
class Show:
    """Answer a question; see core.commands.answers for the topics."""

    topic: str


@dataclass(frozen=True, slots=True)
class Choose:
    """Select an instrument; an empty name opens the search."""

    instrument: str = ""


@dataclass(frozen=True, slots=True)
class SetMultiplier:
    """From now on N means N times `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Open the help, at a word if one is given."""

    word: str = ""


@dataclass(frozen=True, slots=True)
class SetTheme:
    """Change the colours; an empty name takes the next theme."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """End the program: `shutdown` first cancels everything and turns automation off."""

    is_shutdown: bool = False


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Ask the simulated exchange to do something wrong."""

    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class ShowVolatility:
    """Open the volatility screen; `at_ns` is the minute of the past to stand beside now."""

    at_ns: int = 0
    """0 leaves the minute as it is."""
    is_now: bool = False
    """Drop the minute of the past."""
    chain: str = ""
    """Choose this option chain; empty leaves it."""


@dataclass(frozen=True, slots=True)
class ShowDesk:
    """Go back to the desk from another screen."""


Act = (
    Show
    | Choose
    | SetMultiplier
    | ShowHelp
    | SetTheme
    | Leave
    | Rehearse
    | ShowVolatility
    | ShowDesk
)
"""What the screen sees to itself; everything else is a Request to the loop."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as understood: shown while it is typed, done on Enter."""

    words: str
    """What would be done, complete."""
    does: Request | Act
    side: Side | None = None
    """Set when everything it sends is on one side."""
    refusals: tuple[str, ...] = ()
    """Why it would not be sent now; empty when it would."""
    notes: tuple[str, ...] = ()
    """What the user should know; forbids nothing."""
    is_dry: bool = False
    """The text ended in `c`: show it, send nothing."""
    entry: str = ""
    """Id of the command in the table."""

    @property
    def orders(self) -> tuple[NewOrder, ...]:
        """The orders it would send."""
        return self.does.orders if isinstance(self.does, PlaceOrders) else ()

    @property
    def is_sendable(self) -> bool:
        """True when Enter does it."""
        return not self.is_dry and not self.refusals

    def request(self) -> Request | Act:
        """What to do, every order under a label of its own."""
        return labelled(self.does) if isinstance(self.does, PlaceOrders) else self.does


def labelled(draft: PlaceOrders, sleeve: str = MANUAL) -> PlaceOrders:
    """The same orders, each under a new label of `sleeve`."""
    return PlaceOrders(tuple(replace(order, label=new_label(sleeve)) for order in draft.orders))
