"""What time it is at the venue, told from the stamps on its own messages."""

from __future__ import annotations

import threading
from typing import Final

from core.clock import NS_PER_S, Clock

_EARLIEST_NS: Final = 1_262_304_000 * NS_PER_S
"""2010: before there was a venue."""
_LATEST_NS: Final = 4_102_444_800 * NS_PER_S
"""2100."""
_FAR_NS: Final = 3_600 * NS_PER_S
"""A stamp so far ahead is believed when a second one says so too."""


class VenueTime:
    """The newest stamp plus the time since it came. Any thread writes, any thread reads.

    Our own clock may be wrong by minutes, and a simulated exchange may run a thousand times as
    fast: expiries are the venue's, so they are compared with this.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._newest_ns = 0
        self._ahead_ns = 0
        """The newest stamp less the steady clock at its coming."""
        self._doubted_ns = 0
        self._least_ns = 0
        """What it was when the newest stamp came, however late that one was. Kept then and not
        when somebody asks, so that a tape gives the same answers whoever asked before."""

    def stamped(self, venue_ns: int) -> None:
        """A message with this stamp came now."""
        if venue_ns <= self._newest_ns or not _EARLIEST_NS < venue_ns < _LATEST_NS:
            return
        with self._gate:
            steady_ns = self._clock.steady_ns()
            ahead_ns = venue_ns - steady_ns
            if venue_ns <= self._newest_ns:
                return  # another link was quicker
            if self._newest_ns and ahead_ns - self._ahead_ns > _FAR_NS:
                doubted_ns, self._doubted_ns = self._doubted_ns, venue_ns
                if not doubted_ns or venue_ns - doubted_ns > _FAR_NS:
                    return
            self._doubted_ns = 0
            if self._newest_ns:
                self._least_ns = max(self._least_ns, self._ahead_ns + steady_ns)
            self._newest_ns, self._ahead_ns = venue_ns, ahead_ns

    @property
    def is_known(self) -> bool:
        """True once a stamp has come."""
        return self._newest_ns > 0

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC; never less than before once a stamp has come.

        Until then it is what our own clock says.
        """
        with self._gate:
            if not self._newest_ns:
                return self._clock.now_ns()
            return max(self._least_ns, self._ahead_ns + self._clock.steady_ns())
