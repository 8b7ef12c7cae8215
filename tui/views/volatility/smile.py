"""The smile of the chosen expiry: quotes, fit, the chosen quote, and the same curve of the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log, nan, sqrt

from core.desk.desk import Desk
from core.domain.instrument import expiry_label
from core.pricing.view import Smile, SmilePoint
from tui.selection import Selection
from tui.views import figures
from tui.views.charts import Chart, Curve, Scale, Stem, Tick, curve, round_values, scale_of
from tui.views.spans import Item
from tui.views.volatility.choice import Axis
from tui.views.volatility.heat import DELTAS, k_label
from tui.views.volatility.picture import is_pricing_stale, now_picture, waiting_words
from tui.views.volatility.smile_facts import fit_items, quote_items, refused_items
from tui.views.volatility.strikes import CALL_DELTAS, call_delta

WING = 2.3
"""Standard deviations of log-moneyness a smile chart shows to each side."""
Place = Callable[[float, float], float]
"""Strike and volatility to a value on the x axis."""


@dataclass(frozen=True, slots=True)
class SmileView:
    """A chart, what its title says, and the figures below it."""

    label: str
    chart: Chart
    facts: tuple[tuple[Item, ...], ...]
    """Lines: the chosen quote, the fit, how well it fits, what was refused."""
    is_stale: bool
    places: tuple[tuple[float, float], ...] = ()
    """(where it stands, 0 to 1; strike) of every quote in the chart."""


def smile_view(
    desk: Desk,
    selection: Selection,
    width: int,
    height: int,
    axis: Axis = "strike",
    then: Smile | None = None,
) -> SmileView:
    """Fit, bids and asks of the chosen expiry in a chart of so many cells."""
    expiry_ns = selection.expiry_ns or 0
    label = expiry_label(expiry_ns) if expiry_ns else ""
    smile = now_picture(desk, selection.chain).smile(expiry_ns)
    is_stale = smile is not None and is_pricing_stale(desk)
    if smile is None or smile.reason:
        words = f"No smile: {figures.plain(smile.reason)}" if smile else waiting_words(desk)
        return SmileView(label, Chart(empty=words), (), is_stale)
    drawing = _Drawing(smile, axis, selection.strike, then)
    chart = drawing.chart(width, height)
    facts = (
        quote_items(smile, selection.strike),
        *fit_items(smile),
        refused_items(smile),
    )
    shown = tuple(one for one in facts if one)
    return SmileView(label, chart, shown, is_stale, tuple(drawing.places))


class _Drawing:
    """One smile put on one axis."""

    def __init__(self, smile: Smile, axis: Axis, cursor: float | None, then: Smile | None) -> None:
        self._smile, self._axis, self._cursor, self._then = smile, axis, cursor, then
        self._place = _place_on(axis, smile.forward, smile.tau_years)
        self.places: list[tuple[float, float]] = []

    def chart(self, width: int, height: int) -> Chart:
        """The chart for a plot of so many cells."""
        points = _near(self._smile)
        if len(points) < 2:
            return Chart(empty="No smile: fewer than two quoted strikes.")
        xs = [self._x(point) for point in points]
        known = [one for one in xs if isfinite(one)]
        if len(known) < 2 or not max(known) > min(known):
            return Chart(empty=f"No smile by {self._axis}: no quote has a volatility.")
        x = Scale(min(known), max(known))
        self.places = [
            (x.at(one), point.strike)
            for one, point in zip(xs, points, strict=True)
            if isfinite(one)
        ]
        fit, then = self._curve(self._smile, x), self._curve(self._then, x)
        bids = [point.bid_iv * 100 for point in points]
        asks = [point.ask_iv * 100 for point in points]
        y = scale_of([*bids, *asks, *(iv for _, iv in (*fit, *then))], least=1.0)
        if y is None:
            return Chart(empty="No smile: no quote has a volatility.")
        return Chart(
            (_drawn(then, x, y, "mid", 4), _drawn(fit, x, y, "info")),
            (
                self._refused(x, y),
                curve(xs, bids, x, y, "up"),
                curve(xs, asks, x, y, "down"),
            ),
            self._x_ticks(x, width),
            y_ticks(y, height),
            stems=self._stems(x, y),
        )

    def _x(self, point: SmilePoint) -> float:
        ivs = (point.fit_iv, point.mid_iv, (point.bid_iv + point.ask_iv) / 2, point.ask_iv)
        return self._place(point.strike, next((iv for iv in ivs if isfinite(iv)), nan))

    def _curve(self, smile: Smile | None, x: Scale) -> list[tuple[float, float]]:
        if smile is None:
            return []
        pairs = zip(smile.fit_strikes, smile.fit_ivs, strict=True)
        found = [(self._place(strike, iv), iv * 100) for strike, iv in pairs]
        return [one for one in found if x.holds(one[0])]

    def _refused(self, x: Scale, y: Scale) -> Curve:
        """The middles, or the one side there is, of quotes the filter refused."""
        found = []
        for point in self._smile.points:
            iv = next((one for one in _seen(point) if isfinite(one)), nan) * 100
            at = self._place(point.strike, iv / 100) if not point.is_used else nan
            if x.holds(at) and y.holds(iv):
                found.append((at, iv))
        return _drawn(found, x, y, "dim")

    def _stems(self, x: Scale, y: Scale) -> tuple[Stem, ...]:
        """The chosen quote from bid to ask."""
        point = point_at(self._smile, self._cursor)
        at = nan if point is None else self._x(point)
        if point is None or not x.holds(at):
            return ()
        return (Stem(x.at(at), y.at(point.bid_iv * 100), y.at(point.ask_iv * 100), "accent"),)

    def _x_ticks(self, x: Scale, width: int) -> tuple[Tick, ...]:
        if self._axis == "strike":
            return _strike_ticks(x, self._smile.forward, self._cursor, width)
        if self._axis == "k":
            return tuple(
                Tick(x.at(one), k_label(one), "accent" if abs(one) < 1e-9 else "dim")
                for one in sorted(round_values(x, max(2, width // 8)), key=abs)
            )
        order = ("ATM", "25P", "25C", "10P", "10C", "35P", "35C")
        places = {name: 1 - CALL_DELTAS[name] for name in DELTAS}
        return tuple(
            Tick(x.at(places[name]), name, "accent" if name == "ATM" else "dim")
            for name in order
            if x.holds(places[name])
        )


def point_at(smile: Smile, strike: float | None) -> SmilePoint | None:
    """The point of a strike; None when it is not quoted at all."""
    return next((one for one in smile.points if one.strike == strike), None)


def y_ticks(y: Scale, height: int) -> tuple[Tick, ...]:
    """Round volatilities, without decimals where they have none."""
    values = round_values(y, max(2, height // 2))
    decimals = 0 if all(value == int(value) for value in values) else 1
    return tuple(Tick(y.at(value), f"{value:.{decimals}f}") for value in values)


def _drawn(
    points: Sequence[tuple[float, float]], x: Scale, y: Scale, tone: str, gap: int = 1
) -> Curve:
    return curve([one for one, _ in points], [other for _, other in points], x, y, tone, gap)


def _place_on(axis: Axis, forward: float, tau_years: float) -> Place:
    if axis == "strike":
        return lambda strike, _iv: strike
    if axis == "k":
        return lambda strike, _iv: log(strike / forward)
    return lambda strike, iv: 1 - call_delta(log(strike / forward), iv, tau_years)


def _seen(point: SmilePoint) -> tuple[float, float, float]:
    return point.mid_iv, point.bid_iv, point.ask_iv


def _near(smile: Smile) -> list[SmilePoint]:
    """Points the filter let pass, within some deviations of the forward if that leaves enough."""
    used = [point for point in smile.points if point.is_used]
    reach = WING * smile.atm * sqrt(max(smile.tau_years, 0.0))
    near = [point for point in used if abs(point.k) <= reach]
    return near if len(near) >= 5 else used


def _strike_ticks(x: Scale, forward: float, cursor: float | None, width: int) -> tuple[Tick, ...]:
    """Forward first, then round strikes; the cursor's strike is shown where it stands."""
    found = (
        [Tick(x.at(forward), figures.short_strike(forward), "accent")] if x.holds(forward) else []
    )
    if cursor is not None and x.holds(cursor):
        found.append(Tick(x.at(cursor), figures.short_strike(cursor), "bright"))
    rounds = round_values(x, max(2, width // 7))
    return (*found, *(Tick(x.at(one), figures.short_strike(one)) for one in rounds))
