"""Open interest of one market: what clients hold, and the street that holds the other side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

OPENS = 0.5
"""Chance that a stranger's trade opens a position rather than closes one."""


@dataclass(slots=True)
class Interest:
    """Longs and shorts in smallest orders; both sides are equal after every trade.

    The street is everybody without an account here, as two sums. A stranger who buys opens a
    long or closes a short, by chance and as far as there are shorts to close.
    """

    street_longs: int
    street_shorts: int
    rng: np.random.Generator = field(repr=False)
    client_longs: int = 0
    client_shorts: int = 0

    @property
    def units(self) -> int:
        """The open interest: all longs, which are as many as all shorts."""
        return self.street_longs + self.client_longs

    @property
    def is_even(self) -> bool:
        """True when longs and shorts agree; always, unless a side was forgotten."""
        return self.units == self.street_shorts + self.client_shorts

    def client_moved(self, before: int, after: int) -> None:
        """A client's signed position changed by a trade."""
        self.client_longs += max(after, 0) - max(before, 0)
        self.client_shorts += max(-after, 0) - max(-before, 0)

    def street_moved(self, units: int) -> None:
        """The street bought (+) or sold (-) as one side of a client's trade."""
        closing = 0 if self.rng.random() < OPENS else abs(units)
        if units > 0:
            closing = min(closing, self.street_shorts)
            self.street_shorts -= closing
            self.street_longs += units - closing
        else:
            closing = min(closing, self.street_longs)
            self.street_longs -= closing
            self.street_shorts += -units - closing

    def strangers_traded(self, units: int) -> None:
        """Two strangers traded: each opened or closed."""
        self.street_moved(units)
        self.street_moved(-units)

    def end(self) -> None:
        """The contract expired: nobody holds anything."""
        self.street_longs = self.street_shorts = self.client_longs = self.client_shorts = 0

    def counts(self) -> dict[str, int]:
        """What is saved."""
        return {
            "street_longs": self.street_longs,
            "street_shorts": self.street_shorts,
            "client_longs": self.client_longs,
            "client_shorts": self.client_shorts,
        }


class NoInterest(Interest):
    """Of spot and combos, where nothing of their own stays open after a trade."""

    def client_moved(self, before: int, after: int) -> None:
        """A client bought or sold currency."""

    def street_moved(self, units: int) -> None:
        """The street was the other side."""
