"""Figures over time, thinned to about as many points as a chart has, nothing high or low lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.quant.index.realised import Bars
from core.quant.types import FloatArray, IndexArray
from core.store.queries.reader import Reader, at

_INDEX = ("value", "variance_swap", "venue")
_REALISED = ("close_close", "parkinson", "garman_klass", "rogers_satchell", "yang_zhang")
_SMILE = ("atm", "rr25", "bf25", "rr10", "bf10")
_OPTION = ("bid_iv", "ask_iv")
_SIGNAL = ("z", "beta", "threshold")
_BARS = """
    SELECT b.at, b.open, b.high, b.low, b.close FROM bar b JOIN instrument i ON i.id = b.instrument
    WHERE i.name = %(name)s AND b.resolution_s = %(resolution)s
        AND b.at >= %(since)s AND b.at < %(until)s
    ORDER BY 1
"""
_THINNED = """
    SELECT b.at, {figures} FROM (
        SELECT max({time}) AS at, {extremes}
        FROM {table} WHERE {where} AND {time} >= %(since)s AND {time} < %(until)s
        GROUP BY date_bin(%(width)s, {time}, %(since)s)
    ) b, LATERAL (SELECT * FROM {table} WHERE {where} AND {time} = b.at LIMIT 1) t
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, and how many points are wanted."""

    since_ns: int
    until_ns: int
    """Not included."""
    points: int = 500

    @property
    def width_s(self) -> float:
        """How long one point stands for; a minute at least, and whole minutes."""
        minutes = -(-(self.until_ns - self.since_ns) // (NS_PER_MINUTE * max(1, self.points)))
        return max(1, minutes) * NS_PER_MINUTE / NS_PER_S


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One figure, point by point, oldest first; NaN where there was none."""

    last: FloatArray
    """At the last minute of each point."""
    low: FloatArray
    """Over all minutes of each point, as `high`."""
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Several figures over the same points of time."""

    at_ns: IndexArray
    """The last minute of each point, shape (points,) as every series."""
    series: Mapping[str, Series]
    """By the name of the figure."""

    def __getitem__(self, name: str) -> Series:
        return self.series[name]


class SeriesQueries(Reader):
    """Histories for charts. Each figure is named as its column in the database."""

    def index_history(self, chain: str, span: Span) -> History:
        """value, variance_swap and venue: the 30-day index of a chain, decimals."""
        return self._history("vol_index", {"chain": chain}, _INDEX, span)

    def realised_history(self, chain: str, days: float, span: Span) -> History:
        """close_close, parkinson, garman_klass, rogers_satchell, yang_zhang over `days`."""
        return self._history("realised_vol", {"chain": chain, "days": days}, _REALISED, span)

    def smile_history(self, chain: str, expiry_ns: int, span: Span) -> History:
        """atm, rr25, bf25, rr10, bf10 of one expiry, decimals."""
        keys = {"chain": chain, "expiry": at(expiry_ns)}
        return self._history("smile", keys, _SMILE, span)

    def option_history(self, name: str, span: Span) -> History:
        """bid_iv and ask_iv of one option, decimals."""
        found = self._rows("SELECT id FROM instrument WHERE name = %(name)s", {"name": name})
        keys = {"instrument": found[0][0] if found else -1}
        return self._history("option_quote", keys, _OPTION, span)

    def equity_history(self, currency: str, span: Span) -> History:
        """equity of one account, in its currency."""
        return self._history("account_minute", {"currency": currency}, ("equity",), span)

    def signal_history(self, sleeve: str, pair: str, span: Span) -> History:
        """z, beta and threshold of a pair, bar by bar."""
        return self._history("signal", {"sleeve": sleeve, "pair": pair}, _SIGNAL, span, "at")

    def bars(self, name: str, resolution_s: int, since_ns: int, until_ns: int) -> Bars:
        """Stored candles of an instrument that opened in [since, until), oldest first."""
        figures = ("open", "high", "low", "close")
        values = {
            "name": name,
            "resolution": resolution_s,
            "since": at(since_ns),
            "until": at(until_ns),
        }
        at_ns, columns = self._columns(_BARS, values, figures)
        opened, high, low, close = (columns[one] for one in figures)
        return Bars(at_ns, opened, high, low, close, resolution_s * NS_PER_S)

    def _history(
        self,
        table: str,
        keys: Mapping[str, object],
        figures: Sequence[str],
        span: Span,
        time: str = "minute",
    ) -> History:
        names = [f"{kind} {figure}" for figure in figures for kind in ("last", "low", "high")]
        values: dict[str, object] = dict(keys)
        values |= {"since": at(span.since_ns), "until": at(span.until_ns)}
        values["width"] = timedelta(seconds=span.width_s)
        at_ns, columns = self._columns(_statement(table, keys, figures, time), values, names)
        series = {
            figure: Series(*(columns[f"{kind} {figure}"] for kind in ("last", "low", "high")))
            for figure in figures
        }
        return History(at_ns, series)


def _statement(table: str, keys: Mapping[str, object], figures: Sequence[str], time: str) -> str:
    outputs = [f"t.{one}, b.low_{one}, b.high_{one}".split(", ") for one in figures]
    extremes = [f"min({one}) AS low_{one}, max({one}) AS high_{one}" for one in figures]
    return _THINNED.format(
        table=table,
        time=time,
        figures=", ".join(f"coalesce({one}::float8, 'NaN')" for three in outputs for one in three),
        extremes=", ".join(extremes),
        where=" AND ".join(f"{key} = %({key})s" for key in keys),
    )
