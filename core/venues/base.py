"""The seam between the program and whoever executes its orders.

Every venue (Deribit, its test net, the simulator, later paper and others) stands behind
`TradingVenue`; every source of prices behind `MarketSource`. Only an adapter knows JSON,
channel names and venue codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Protocol

from core.domain.events import Fact
from core.domain.instrument import Instrument
from core.domain.order import Amendment, NewOrder

Emit = Callable[[Fact], None]
"""Puts a fact into the loop's inbox; may be called from any thread."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the screen shows of one connection."""

    name: str
    is_up: bool
    status: str
    """connecting, live, silent, down: why."""
    messages: int
    """Frames received since the program started."""
    gaps: int
    resyncs: int
    reconnects: int
    age_ms: float
    """Milliseconds since the last frame; NaN before the first."""
    latency_ms: float
    """How late frames come, or how long requests take, median of the last seconds; NaN unknown."""
    latency_p99_ms: float = nan
    messages_per_s: float = nan
    """Over the last seconds, as is the next."""
    bytes_per_s: float = nan
    is_swept_when_lost: bool | None = None
    """Whether the venue says that it cancels orders of this connection when it breaks; None
    where it has not said."""


class MarketSource(Protocol):
    """Prices: links that write the board, or a tape."""

    def start(self) -> None:
        """Begin to fill the board; returns at once."""
        ...

    def stop(self) -> bool:
        """End the threads; True when they are gone."""
        ...

    def states(self) -> tuple[LinkState, ...]:
        """One per connection."""
        ...


class Tap(Protocol):
    """Sees what the market links see, in each link's own thread and order: the tape recorder.

    Every call comes just before the board learns of it, and returns at once.
    """

    def received(self, link: str, payloads: Sequence[bytes], at_ns: int) -> None:
        """One batch of frames."""
        ...

    def dropped(self, link: str, at_ns: int) -> None:
        """The connection is gone, and with it the trust in its books."""
        ...

    def listed(
        self,
        link: str,
        instruments: Sequence[Instrument],
        shares: Mapping[str, Sequence[str]],
        at_ns: int,
    ) -> None:
        """`link` learned what is listed; `shares` says which link carries which names."""
        ...


class TradingVenue(Protocol):
    """Where orders go. Calls return at once; what became of them arrives as facts."""

    def start(self) -> None:
        """Connect, log in, reconcile, and keep doing so."""
        ...

    def stop(self) -> bool:
        """Close the connection; True when its thread is gone."""
        ...

    def place(self, order: NewOrder) -> None:
        """Send it once; exactly one OutcomeArrived with its label follows."""
        ...

    def amend(self, change: Amendment) -> None:
        """Change a resting order; OrderChanged or CancelFailed follows."""
        ...

    def cancel(self, order_id: str) -> None:
        """Cancel one order; OrderChanged or CancelFailed follows."""
        ...

    def cancel_label(self, label: str, instrument: str) -> None:
        """Cancel the order of a label whose id is not known; OrderChanged, or CancelFailed."""
        ...

    def cancel_all(self) -> None:
        """Cancel everything that rests on the account; a CancelFailed about `all` if it fails."""
        ...

    def ask_label(self, label: str, instrument: str) -> None:
        """Ask what became of a label; LabelAnswered follows, or silence if the link is down.

        That the venue knows nothing is said only after it was asked twice.
        """
        ...

    def reconcile(self) -> None:
        """Ask for the whole truth; Reconciled follows."""
        ...

    def state(self) -> LinkState:
        """For the screen."""
        ...
