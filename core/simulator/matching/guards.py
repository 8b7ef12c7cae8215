"""Market-maker protection of one account: limits per index and group, and what was traded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GUARDS_MOST = 16
"""Groups of quotes one account may have."""


@dataclass(frozen=True, slots=True)
class MmpConfig:
    """What a client set; amounts in base coin, vega in USD; None is no limit."""

    index_name: str
    mmp_group: str | None
    """The group of quotes it protects; None for orders with the mmp flag."""
    interval_s: int
    frozen_s: int
    """0: frozen until reset by hand."""
    quantity_limit: float | None = None
    delta_limit: float | None = None
    vega_limit: float | None = None
    max_quote_quantity: float | None = None

    def row(self) -> dict[str, Any]:
        """As the venue prints it."""
        row: dict[str, Any] = {
            "index_name": self.index_name,
            "interval": self.interval_s,
            "frozen_time": self.frozen_s,
        }
        if self.mmp_group is not None:
            row["mmp_group"] = self.mmp_group
        for key in ("quantity_limit", "delta_limit", "vega_limit", "max_quote_quantity"):
            if getattr(self, key) is not None:
                row[key] = getattr(self, key)
        return row


@dataclass(slots=True)
class Guard:
    """A configuration at work. The protection desk writes it."""

    config: MmpConfig
    started_ms: int | None = None
    """When the running interval began, with its first trade; None before."""
    quantity: float = 0.0
    delta: float = 0.0
    """Net of the option's price, signed."""
    vega: float = 0.0
    frozen_until_ms: int | None = None
    """None while it trades, 0 until reset by hand."""

    def is_frozen(self, now_ms: int) -> bool:
        """True while new quotes or orders are refused."""
        until_ms = self.frozen_until_ms
        return until_ms is not None and (until_ms == 0 or now_ms < until_ms)

    def count(self, now_ms: int, quantity: float, delta: float, vega: float) -> None:
        """Add one execution; an interval starts with the first trade after the last one's end."""
        length_ms = self.config.interval_s * 1000
        if self.started_ms is None or now_ms - self.started_ms >= length_ms:
            self.started_ms, self.quantity, self.delta, self.vega = now_ms, 0.0, 0.0, 0.0
        self.quantity += quantity
        self.delta += delta
        self.vega += vega

    def is_exceeded(self) -> bool:
        """True when one of the limits is passed."""
        config = self.config
        pairs = (
            (self.quantity, config.quantity_limit),
            (abs(self.delta), config.delta_limit),
            (abs(self.vega), config.vega_limit),
        )
        return any(limit is not None and value > limit + 1e-9 for value, limit in pairs)

    def reset(self) -> None:
        """Trade again, counting from nothing."""
        self.started_ms = self.frozen_until_ms = None
        self.quantity = self.delta = self.vega = 0.0


def guard_key(index_name: str, mmp_group: str | None) -> str:
    """Where an account keeps the guard; group names are unique in an account."""
    return f"orders:{index_name}" if mmp_group is None else f"group:{mmp_group}"
