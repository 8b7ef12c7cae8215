"""The pair strategy: its z over time between the thresholds, and what it knows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from core.desk.desk import Desk
from core.strategies.views import PairView
from tui.views import figures
from tui.views.charts import Chart, Curve, Scale, Tick


@dataclass(frozen=True, slots=True)
class PairFact:
    """One line of facts: name, value, and a remark."""

    name: str
    value: str
    tone: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class PairPaneView:
    """What the pair pane shows."""

    legs: str
    is_on: bool
    status: str
    is_stale: bool
    """The price of a leg cannot be trusted."""
    chart: Chart
    facts: tuple[PairFact, ...]


def pair_view(desk: Desk, dots: int) -> PairPaneView:
    """The pair pane with a chart of `dots` bars."""
    pair = desk.pair
    return PairPaneView(
        f"{_coin(pair.leg_z)}/{_coin(pair.leg_h)}",
        pair.is_on,
        figures.plain(pair.status),
        bool(pair.history) and any(desk.board.is_stale(leg) for leg in (pair.leg_z, pair.leg_h)),
        _chart(pair, dots),
        _facts(pair),
    )


def _coin(leg: str) -> str:
    return leg.partition("-")[0].partition("_")[0]


def _chart(pair: PairView, dots: int) -> Chart:
    values = list(pair.history[-dots:]) if dots > 0 else []
    if not any(isfinite(value) for value in values):
        return Chart(empty=_waiting(pair))
    level = pair.threshold if isfinite(pair.threshold) else 2.0
    reach = 1.12 * max(level, *(abs(value) for value in values if isfinite(value)))
    y = Scale(-reach, reach)
    width = max(1, dots - 1)
    start = dots - len(values)
    line = Curve(
        tuple(((start + i) / width, y.at(value)) for i, value in enumerate(values)), "info"
    )
    ticks = tuple(Tick(y.at(value), _sigma(value)) for value in (level, 0.0, -level))
    label = Tick(y.at(pair.z), figures.signed(pair.z, 2), "info") if isfinite(pair.z) else None
    return Chart((line,), y_ticks=ticks, label=label)


def _waiting(pair: PairView) -> str:
    if pair.bars < pair.warmup:
        return f"No signal yet: {pair.bars} of {pair.warmup} bars."
    return "No signal yet: waiting for prices of both legs."


def _sigma(value: float) -> str:
    return "0σ" if not value else f"{value:+.2f}".rstrip("0").rstrip(".") + "σ"


def _facts(pair: PairView) -> tuple[PairFact, ...]:
    long, short = _coin(pair.leg_z), _coin(pair.leg_h)
    position, tone = {
        1: (f"+{long} -{short}", "up"),
        -1: (f"-{long} +{short}", "down"),
    }.get(pair.position, ("flat", "text"))
    edge = _edge(pair.edge_bp)
    return (
        PairFact("z", figures.signed(pair.z, 2), "bright", _remark("entry ±", pair.threshold, 2)),
        PairFact(
            "regime",
            pair.regime.upper() or figures.MISSING,
            "violet",
            _remark("p ", pair.regime_p, 2),
        ),
        PairFact("β", figures.fixed(pair.beta, 5), "text", _remark("± ", pair.beta_sd, 5)),
        PairFact("half-life", figures.span_words(pair.half_life_s), "text"),
        PairFact("adf p", figures.fixed(pair.adf_p, 3), "text"),
        PairFact("edge", edge, figures.sign_tone(edge), "net of fees"),
        PairFact("pos", position, tone),
        PairFact("status", figures.plain(pair.status) or figures.MISSING, "mid"),
    )


def _remark(words: str, value: float, decimals: int) -> str:
    """Nothing while the value is not known."""
    return f"{words}{figures.fixed(value, decimals)}" if isfinite(value) else ""


def _edge(value: float) -> str:
    return f"{figures.signed(value, 1)} bp" if isfinite(value) else figures.MISSING
