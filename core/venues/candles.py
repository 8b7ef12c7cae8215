"""Minute closes of the recent past, through ccxt: what a strategy warms up on.

ccxt and pandas cost seconds to import, so they load on the first call; call it in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from core.errors import VenueError

if TYPE_CHECKING:
    import pandas as pd

_MINUTE_MS: Final = 60_000
_MOST_BARS: Final = 5_000
"""The venue cuts longer answers silently at 5,001."""
_TIMEOUT_MS: Final = 10_000


def candles(base_http_url: str, instruments: Sequence[str], minutes: int) -> pd.DataFrame:
    """The last `minutes` finished one-minute bars' closes, aligned.

    Returns:
        One row per minute, indexed by the bar's opening time (UTC), one column per instrument.
        A bar the venue does not have is NaN; nothing is filled.

    Raises:
        VenueError: the venue cannot be reached, or does not know an instrument.
    """
    import ccxt
    import pandas as pd

    exchange = ccxt.deribit({"timeout": _TIMEOUT_MS, "enableRateLimit": True})
    exchange.urls["api"] = {"rest": base_http_url.removesuffix("/").removesuffix("/api/v2")}
    try:
        now_ms = int(exchange.public_get_get_time()["result"])
        end_ms = now_ms - now_ms % _MINUTE_MS
        start_ms = end_ms - minutes * _MINUTE_MS
        closes = {name: _closes(exchange, name, start_ms, end_ms) for name in instruments}
    except ccxt.BaseError as error:
        raise VenueError(0, "the candles did not come", str(error)) from error
    finally:
        exchange.session.close()
    index = pd.RangeIndex(start_ms, end_ms, _MINUTE_MS)
    table = pd.DataFrame({name: pd.Series(found) for name, found in closes.items()}, dtype=float)
    table = table.reindex(index=index, columns=list(instruments))
    return table.set_index(pd.to_datetime(table.index, unit="ms", utc=True))


def _closes(exchange: Any, name: str, start_ms: int, end_ms: int) -> dict[int, float]:
    """Opening time in milliseconds to close, for bars in [start_ms, end_ms)."""
    found: dict[int, float] = {}
    step_ms = _MOST_BARS * _MINUTE_MS
    for from_ms in range(start_ms, end_ms, step_ms):
        until_ms = min(from_ms + step_ms, end_ms) - 1
        params = {
            "instrument_name": name,
            "start_timestamp": from_ms,
            "end_timestamp": until_ms,
            "resolution": "1",
        }
        result = exchange.public_get_get_tradingview_chart_data(params)["result"]
        bars = zip(result["ticks"], result["close"], strict=True)
        found |= {int(tick): float(close) for tick, close in bars}
    return {tick: close for tick, close in found.items() if start_ms <= tick < end_ms}
