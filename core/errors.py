"""Every error the core raises on purpose.

    VoldeskError
    ├── SettingsError      a setting is unknown, of the wrong type or out of range
    ├── StartError         the desk cannot start: busy port, second copy, missing file
    ├── CommandError       a command cannot be read or does not apply
    ├── MarketDataError    a message of the venue contradicts itself or its predecessors
    ├── LinkError          a connection to the venue ended, in words
    ├── VenueError         the venue answered with an error (`code`, `reason`)
    │   └── OutcomeUnknown no answer proves what became of the request
    └── StoreError         the database cannot be reached or refuses a row

A message names the value and the rule it broke; it can be shown to a user as it is.
"""

from __future__ import annotations


class VoldeskError(Exception):
    """The root of the tree; its text can be shown to a user."""


class SettingsError(VoldeskError):
    """A setting is unknown, of the wrong type or out of range."""


class StartError(VoldeskError):
    """The desk cannot start."""


class CommandError(VoldeskError):
    """A command cannot be read, or does not apply now."""


class MarketDataError(VoldeskError):
    """A market-data message contradicts itself or its predecessors."""


class LinkError(VoldeskError):
    """A connection to the venue ended; the text says why."""


class VenueError(VoldeskError):
    """The venue answered with an error."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        self.code = code
        self.message = message
        self.reason = reason
        text = f"{message} ({code})" if code else message
        super().__init__(text + (f": {reason}" if reason else ""))


class OutcomeUnknown(VenueError):
    """No answer proves what became of the request."""

    def __init__(self, why: str) -> None:
        super().__init__(0, "outcome unknown", why)


class StoreError(VoldeskError):
    """The database cannot be reached, or refuses what it was given."""
