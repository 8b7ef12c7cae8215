"""The volatility index: ours, the venue's, the variance swap, realised volatility, the premium."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from core.clock import NS_PER_S, utc
from core.desk.archive.past import IndexPast
from core.desk.archive.questions import IndexOf
from core.desk.archive.service import Answer
from core.desk.desk import Desk
from core.domain.instrument import expiry_label
from core.pricing.view import RealisedVol, VolIndex
from tui.views import figures
from tui.views.charts import Chart, Scale, Tick, curve, scale_of
from tui.views.volatility.picture import is_pricing_stale
from tui.views.volatility.smile import y_ticks

HOUR_NS = 3600 * NS_PER_S
POINTS = 300
"""Of the history, at most."""
REFRESH_S = 20.0
"""The last minute may still be on its way to the store."""


@dataclass(frozen=True, slots=True)
class IndexFact:
    """One figure beside the chart."""

    name: str
    value: str
    tone: str = "text"
    remark: str = ""


@dataclass(frozen=True, slots=True)
class IndexView:
    """Figures of now and a chart of the past."""

    chain: str
    value: str
    facts: tuple[IndexFact, ...]
    chart: Chart
    is_stale: bool
    is_history_old: bool
    """The store does not answer: the chart is the last one it gave."""


def index_view(desk: Desk, chain: str, span_h: int, height: int) -> IndexView:
    """The index of one chain and `span_h` hours of its history, asked of the archive."""
    now_ns = desk.board.venue_now_ns()
    answer = desk.archive.ask("index", IndexOf(chain, span_h, now_ns, POINTS), REFRESH_S)
    index = desk.pricing.indices.get(chain) or VolIndex(chain, reason="not computed yet")
    return IndexView(
        chain,
        figures.percent(index.value),
        _facts(index),
        _chart(now_ns, index, span_h, answer, height),
        is_pricing_stale(desk) and chain in desk.pricing.indices,
        answer is not None and bool(answer.error),
    )


def span_words(hours: int) -> str:
    """6 h, 1 d, 4 w."""
    if hours < 24:
        return f"{hours} h"
    days = hours // 24
    return f"{days} d" if days < 7 else f"{days // 7} w"


def _facts(index: VolIndex) -> tuple[IndexFact, ...]:
    apart = figures.signed((index.venue - index.value) * 100, 2)
    reason = figures.plain(index.reason)
    day = figures.percent(index.expected_day, 2)
    facts = [
        IndexFact("index", _vol(index.value), "accent", reason or _made_of(index)),
        IndexFact("venue's", _vol(index.venue), "info", _beside("ours", apart)),
        IndexFact("var swap", _vol(index.variance_swap), "text", "whole smile"),
        *(_realised(one) for one in index.realised),
    ]
    if not index.realised:
        why = figures.plain(index.realised_reason) or "no bars of the past"
        facts.append(IndexFact("realised", figures.MISSING, "mid", why))
    return (*facts, *_premium(index), IndexFact("a day", day, "mid", "% one deviation"))


def _realised(one: RealisedVol) -> IndexFact:
    """Close to close, with the estimate from the whole bars beside it."""
    whole = figures.percent(one.yang_zhang)
    remark = "" if whole == figures.MISSING else f"yang-zhang {whole}"
    return IndexFact(f"rv {one.days:g} d", _vol(one.close_close), "violet", remark)


def _premium(index: VolIndex) -> tuple[IndexFact, ...]:
    """Implied less realised over 30 days, or over the longest horizon there is."""
    known = [one for one in index.realised if isfinite(one.close_close) and one.close_close > 0]
    if not known or not isfinite(index.value):
        return ()
    realised = known[-1]
    spread = figures.signed((index.value - realised.close_close) * 100, 2)
    ratio = figures.fixed(index.value / realised.close_close, 2)
    remark = f"times {ratio}, {realised.days:g} d"
    return (IndexFact("iv - rv", spread, figures.sign_tone(spread), remark),)


def _made_of(index: VolIndex) -> str:
    names = [expiry_label(one) for one in (index.near_ns, index.next_ns) if one]
    words = " ".join(dict.fromkeys(names))
    return f"{words} beyond" if index.is_extrapolated and words else words


def _beside(whose: str, difference: str) -> str:
    return "" if difference == figures.MISSING else f"{difference} to {whose}"


def _vol(iv: float) -> str:
    return figures.percent(iv, 2)


def _chart(
    now_ns: int, index: VolIndex, span_h: int, answer: Answer[IndexPast] | None, height: int
) -> Chart:
    if answer is None:
        return Chart(empty="Asking the store for the history …")
    if answer.value is None:
        return Chart(empty=f"No history: {answer.error}.")
    past = answer.value
    times = [*past.at_ns, now_ns]
    ours = [value * 100 for value in (*past.value, index.value)]
    venue = [value * 100 for value in (*past.venue, index.venue)]
    y = scale_of([*ours, *venue], least=1.0)
    if y is None or len(times) < 3:
        return Chart(empty="No index recorded in this span yet.")
    since_ns = max(min(times), now_ns - span_h * HOUR_NS)
    x = Scale(0.0, max(1.0, (now_ns - since_ns) / NS_PER_S))
    xs = [(at - since_ns) / NS_PER_S for at in times]
    label = Tick(y.at(ours[-1]), f"{ours[-1]:.1f}", "accent") if isfinite(ours[-1]) else None
    return Chart(
        (
            curve(*_kept(xs, venue, x), x, y, "info", 2),
            curve(*_broken(*_kept(xs, ours, x), _gap_s(span_h)), x, y, "accent"),
        ),
        x_ticks=_time_ticks(since_ns, now_ns),
        y_ticks=y_ticks(y, height),
        label=label,
    )


def _gap_s(span_h: int) -> float:
    """From so many seconds between two points on, minutes were not recorded."""
    return 3.0 * max(60.0, span_h * 3600 / POINTS)


def _broken(xs: list[float], ys: list[float], gap_s: float) -> tuple[list[float], list[float]]:
    """The same points with a break wherever nothing was recorded for so long."""
    times, values = xs[:1], ys[:1]
    for before, x, y in zip(xs, xs[1:], ys[1:], strict=False):
        if x - before > gap_s:
            times.append(before)
            values.append(nan)
        times.append(x)
        values.append(y)
    return times, values


def _kept(xs: list[float], ys: list[float], x: Scale) -> tuple[list[float], list[float]]:
    pairs = [(a, b) for a, b in zip(xs, ys, strict=True) if x.holds(a)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _time_ticks(since_ns: int, now_ns: int) -> tuple[Tick, ...]:
    """Now, the start, and some moments between."""
    span_ns = max(1, now_ns - since_ns)
    form = "%H:%M" if span_ns <= 30 * HOUR_NS else "%d %b"
    found: dict[str, Tick] = {}
    for part in (1.0, 0.0, 0.5, 0.25, 0.75):
        text = f"{utc(since_ns + int(span_ns * part)):{form}}"
        found.setdefault(text, Tick(part, text))
    return tuple(found.values())
