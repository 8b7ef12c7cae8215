"""What the loop writes down for good, and the seam to whoever keeps it.

The loop calls `Journal.record` on its own thread; an implementation queues and returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.order import OrderReport
from core.domain.parent import ParentOrder
from core.domain.position import Position
from core.domain.stop import LotStop

Kind = Literal[
    "fill",
    "order",
    "command",
    "reply",
    "automation",
    "decision",
    "hedge",
    "signal",
    "note",
    "kept",
    "booking",
    "parent",
    "stop",
]
HISTORY = "history"
"""The name under which it is kept up to when every execution was written down, in venue time."""
Origin = Literal["venue", "adopted", "transfer", "delivered"]


@dataclass(frozen=True, slots=True)
class FillRecord:
    """One booking of one sleeve. The sum over all sleeves is the venue's position."""

    sleeve: str
    fill: Fill
    origin: Origin = "venue"
    """venue: an execution. The others are bookings of our own, made with a trade id that no
    venue uses: an amount found at the start, one moved between sleeves, one that expired."""


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """Money that moved without a trade."""

    sleeve: str
    """Whose funding it is; empty for a line of the venue's own books."""
    kind: str
    """funding: what a sleeve received. settled, delivered, cash: a line of the venue's;
    began: lines from before this are not ours."""
    id: str
    """The venue's, unique within a currency; for funding one that no venue uses."""
    currency: str
    instrument: str
    """Empty for cash."""
    amount: Decimal
    """+ came in."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order in one state."""

    report: OrderReport


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """One command as it was asked."""

    number: int
    text: str
    """What the user typed; empty when a key or a program asked."""
    request: str
    """The request's repr."""


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """What was said to a command; one command may get several."""

    number: int
    is_ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class AutomationRecord:
    """One strategy was switched; the newest of a name is its state after a restart."""

    name: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A strategy changed its mind about what a sleeve should hold."""

    sleeve: str
    instrument: str
    target: Decimal
    held: Decimal
    """What the sleeve held when it said so."""
    why: str


@dataclass(frozen=True, slots=True)
class HedgeRecord:
    """What the hedger saw and made of it, each time it acted or changed its mind."""

    sleeve: str
    currency: str
    instrument: str
    option_delta: float
    """Coin, as the other deltas and the band; NaN while an option cannot be priced."""
    hedge_delta: float
    net_delta: float
    band: float
    target: Decimal
    """What the sleeve should hold; signed, the venue's unit, as `amount`."""
    amount: Decimal
    """What was asked for; 0 inside the band and while something stands in the way."""
    why: str


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """What a strategy made of one closed bar of a pair."""

    sleeve: str
    pair: str
    """The legs, joined by a stroke."""
    closed_ns: int
    """When the bar closed."""
    z: float
    """NaN, as every other number, while it is not known."""
    beta: float
    alpha: float
    innovation: float
    sigma: float
    threshold: float
    position: int
    """Of the spread: -1, 0 or 1."""
    regime: str
    state: str
    """The signal in words, else what the strategy waits for."""


@dataclass(frozen=True, slots=True)
class ParentRecord:
    """A parent order as it stands; the newest of a key is its state after a restart."""

    parent: ParentOrder


@dataclass(frozen=True, slots=True)
class StopRecord:
    """A stop of the desk's own as it stands; the newest of a key counts."""

    stop: LotStop


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """Anything else worth keeping: an alarm, a refusal, an adoption."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A small state of the loop that must survive a restart; the newest of a name counts."""

    name: str
    text: str


Record = (
    FillRecord
    | BookingRecord
    | OrderRecord
    | CommandRecord
    | ReplyRecord
    | AutomationRecord
    | DecisionRecord
    | HedgeRecord
    | SignalRecord
    | ParentRecord
    | StopRecord
    | NoteRecord
    | KeptRecord
)

Seen = HedgeRecord | SignalRecord
"""What a strategy says of itself through its context."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What an earlier run wrote down, given back at the start. Empty on the first start."""

    lots: tuple[tuple[str, Position], ...] = ()
    """(sleeve, position): the sums of that run's FillRecords."""
    trades: frozenset[tuple[str, str]] = frozenset()
    """(instrument, trade id) of fills the lots contain; the last two days suffice."""
    orders: tuple[tuple[OrderReport, Decimal], ...] = ()
    """Orders whose end was not written down, and the sum of their written fills."""
    since_ns: int = 0
    """Fills older than this are in the lots even when `trades` does not name them.

    With neither this nor `trades` every fill from before the start counts as contained.
    """
    bookings: frozenset[tuple[str, str]] = frozenset()
    """(currency, id) of lines of the venue's books that are in the lots."""
    funding: tuple[tuple[str, Decimal], ...] = ()
    """(instrument, amount) of the running session's funding that is in the lots."""
    began_ns: int = 0
    """Since when everything is written down; 0 when nothing is."""
    totals: tuple[Position, ...] = ()
    """The lots of all sleeves together, with the average of their trades in order; where it is
    missing it is made of the lots."""
    contracts: tuple[Instrument, ...] = ()
    """What the lots are in, as far as known before anything is listed."""
    automations_on: frozenset[str] = frozenset()
    """Names of the strategies that were on."""
    kept: tuple[tuple[str, str], ...] = ()
    """(name, text): the newest KeptRecord of each name."""
    parents: tuple[ParentOrder, ...] = ()
    """Parent orders that were not finished: shown as interrupted, never taken up again."""
    stops: tuple[LotStop, ...] = ()
    """Stops that stood, armed or fired, oldest first."""
    is_known: bool = True
    """False when there is a journal that could not be read."""

    def text(self, name: str) -> str:
        """What was kept under `name`, empty when nothing was."""
        return dict(self.kept).get(name, "")


class Journal(Protocol):
    """Keeps records. Never blocks and never raises: it is called between two orders."""

    @property
    def trouble(self) -> str:
        """Why records are not kept now, in words; empty when they are."""
        ...

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        """Keep `payload` as of `at_ns`."""
        ...


class NullJournal:
    """Keeps nothing: backtests and tests."""

    trouble = ""

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        """Forget it."""
