"""The expiry calendar: dailies, weeklies, monthlies and quarterlies, all at 08:00 UTC."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SETTLEMENT_MS = 8 * HOUR_MS
"""Settlement and expiry, milliseconds after midnight UTC."""
FOREVER_MS = 32_503_708_800_000
"""The expiry the venue prints for perpetuals."""
FRIDAY = 4
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Period = Literal["day", "week", "month", "perpetual"]
MOST_DAYS_LISTED: Final = 500
WEEKS_AHEAD: Final = 72
"""Enough Fridays for the fourth quarterly expiry."""
LISTING_DELAY_MS: Final = 20_000
"""New contracts appear so long after 08:00."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many expiries of each kind a chain lists; one day may be of several kinds."""

    dailies: int
    weeklies: int
    monthlies: int
    quarterlies: int


DEEP = Depth(4, 3, 3, 4)
"""The inverse chains: twelve expiries on most days."""
SHORT = Depth(4, 2, 2, 2)
"""The linear chains: eight."""
FEW = Depth(0, 2, 2, 1)
"""A small linear chain: three to five."""


@dataclass(frozen=True, slots=True, order=True)
class Expiry:
    """One expiry of the calendar."""

    at_ms: int
    period: Period

    @property
    def code(self) -> str:
        """As in instrument names: 25DEC26, the day without a leading zero."""
        return code_of(self.at_ms)


def code_of(at_ms: int) -> str:
    """The date part of an instrument name."""
    day = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return f"{day.day}{MONTHS[day.month - 1]}{day.year % 100:02d}"


def last_settlement_ms(now_ms: int) -> int:
    """The latest 08:00 UTC that is not after `now_ms`."""
    return (now_ms - SETTLEMENT_MS) // DAY_MS * DAY_MS + SETTLEMENT_MS


def listed_since_ms(expiry: Expiry, now_ms: int, depth: Depth) -> int:
    """When an expiry that is listed now was created: after the 08:00 that first called for it."""
    last_ms = last_settlement_ms(now_ms)
    days = bisect_left(
        range(MOST_DAYS_LISTED), True,
        key=lambda n: expiry.at_ms not in {e.at_ms for e in expiries(last_ms - n * DAY_MS, depth)},
    )  # fmt: skip
    return min(now_ms, last_ms - (days - 1) * DAY_MS + LISTING_DELAY_MS)


def expiries(now_ms: int, depth: Depth = DEEP) -> tuple[Expiry, ...]:
    """The listed expiries, nearest first."""
    return _expiries_from(_next_day(now_ms), depth)


@lru_cache(maxsize=1_024)  # asked for every day that a contract may have been listed on
def _expiries_from(first: date, depth: Depth) -> tuple[Expiry, ...]:
    friday = first + timedelta(days=(FRIDAY - first.weekday()) % 7)
    fridays = [friday + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]
    monthlies = [day for day in fridays if (day + timedelta(days=7)).month != day.month]
    quarterlies = [day for day in monthlies if day.month % 3 == 0]
    periods: dict[date, Period] = {first + timedelta(days=n): "day" for n in range(depth.dailies)}
    periods.update(dict.fromkeys(fridays[: depth.weeklies], "week"))
    months = monthlies[: depth.monthlies] + quarterlies[: depth.quarterlies]
    periods.update(dict.fromkeys(months, "month"))
    return tuple(sorted(Expiry(_at_ms(day), period) for day, period in periods.items()))


def _next_day(now_ms: int) -> date:
    return datetime.fromtimestamp((last_settlement_ms(now_ms) + DAY_MS) / 1000, tz=UTC).date()


def _at_ms(day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) * 1000 + SETTLEMENT_MS
