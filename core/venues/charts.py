"""The venue's public charts of the past: hourly bars, and its own volatility index.

For the background: every call blocks until the venue has answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import numpy as np

from core.clock import NS_PER_MS, NS_PER_S
from core.errors import VenueError
from core.quant.index.realised import Bars
from core.quant.types import FloatArray, IndexArray
from core.venues.http_rpc import Value, ask

HOUR_NS: Final = 3_600 * NS_PER_S
_TIMEOUT_S: Final = 10.0
_T = TypeVar("_T")


class _Chart(msgspec.Struct, frozen=True):
    """public/get_tradingview_chart_data: columns, oldest first; times are when bars open."""

    ticks: list[int] = []
    open: list[float | None] = []
    high: list[float | None] = []
    low: list[float | None] = []
    close: list[float | None] = []
    volume: list[float | None] = []


class _VolatilityChart(msgspec.Struct, frozen=True):
    """public/get_volatility_index_data: [time, open, high, low, close] in percent."""

    data: list[tuple[int, float, float, float, float]] = []


@dataclass(frozen=True, slots=True, eq=False)
class VolatilityPast:
    """The venue's volatility index at the full hours, oldest first."""

    at_ns: IndexArray
    value: FloatArray
    """Decimals."""


class Charts:
    """Asks one venue over HTTP; any thread that may wait calls it."""

    def __init__(self, http_url: str) -> None:
        self._http_url = http_url

    def hourly(self, instrument: str, since_ns: int, until_ns: int) -> Bars:
        """The bars of an instrument that opened at `since_ns` or later and closed by `until_ns`.

        The venue repeats the last close through hours in which nothing traded; those are no bars
        and are left out. VenueError when they do not come.
        """
        result = self._ask(
            "public/get_tradingview_chart_data",
            {"instrument_name": instrument, "resolution": "60"},
            since_ns,
            until_ns,
        )
        found = _decoded(result, _Chart)
        try:
            table = np.array(
                [found.open, found.high, found.low, found.close, found.volume], np.float64
            ).reshape(5, -1)
            at_ns = np.array(found.ticks, np.int64) * NS_PER_MS
            bars = Bars(at_ns, *table[:4], step_ns=HOUR_NS)  # type: ignore[misc]  # four rows
        except ValueError as error:
            raise VenueError(0, "the venue's bars are unreadable", str(error)) from error
        kept = (bars.at_ns >= since_ns) & (bars.at_ns + HOUR_NS <= until_ns) & (table[4] > 0.0)
        return bars.rows(kept).clean()

    def volatility(self, currency: str, since_ns: int, until_ns: int) -> VolatilityPast:
        """The venue's own index of BTC or ETH at every full hour of the time given."""
        result = self._ask(
            "public/get_volatility_index_data",
            {"currency": currency, "resolution": "3600"},
            since_ns - HOUR_NS,
            until_ns,
        )
        rows = [row for row in _decoded(result, _VolatilityChart).data if row[4] > 0.0]
        ends_ns = np.array([row[0] for row in rows], np.int64) * NS_PER_MS + HOUR_NS
        value = np.array([row[4] for row in rows], np.float64) / 100
        kept = (ends_ns >= since_ns) & (ends_ns <= until_ns)
        return VolatilityPast(ends_ns[kept], value[kept])

    def _ask(
        self, method: str, params: dict[str, Value], since_ns: int, until_ns: int
    ) -> msgspec.Raw:
        span = {"start_timestamp": since_ns // NS_PER_MS, "end_timestamp": until_ns // NS_PER_MS}
        return ask(self._http_url, method, params | span, _TIMEOUT_S, "the venue")


def _decoded(result: msgspec.Raw, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(result, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise VenueError(0, "the venue's chart is unreadable", str(error)) from error
