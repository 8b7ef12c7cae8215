"""The rate limits the venue states for this account, taken over into the pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.venues.deribit.limits import QUERY_COST, Limits
from core.venues.link.credits import Pool


def take_limits(result: bytes | msgspec.Raw, limits: Limits) -> None:
    """Resize the pools after an account summary or the summaries; what is not said stays."""
    table = _first_limits(msgspec.json.decode(result))
    matching = _table(table, "matching_engine")
    _resize(limits.orders, _table(_table(matching, "trading"), "total"), 1)
    _resize(limits.cancel_all, _table(matching, "cancel_all"), 1)
    _resize(limits.queries, _table(table, "non_matching_engine"), QUERY_COST)


def _first_limits(result: Any) -> Mapping[str, Any]:
    rows = result.get("summaries", [result]) if isinstance(result, dict) else []
    return next((_table(row, "limits") for row in rows if _table(row, "limits")), {})


def _table(parent: Any, key: str) -> Mapping[str, Any]:
    found = parent.get(key) if isinstance(parent, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _resize(pool: Pool, stated: Mapping[str, Any], cost: float) -> None:
    rate, burst = stated.get("rate"), stated.get("burst")
    if isinstance(rate, int | float) and isinstance(burst, int | float) and rate > 0 < burst:
        pool.resize(burst * cost, rate * cost)
