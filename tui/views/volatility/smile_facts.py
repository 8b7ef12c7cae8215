"""The figures below a smile: the chosen quote, the fitted curve, what the filter refused."""

from __future__ import annotations

from collections import Counter

from core.pricing.view import Smile, SmilePoint
from tui.views import figures
from tui.views.spans import Item, Span, fact, filled, item
from tui.views.volatility.rich import half_spreads
from tui.views.volatility.strikes import call_delta


def quote_items(smile: Smile, strike: float | None) -> tuple[Item, ...]:
    """Strike, volatilities, richness and delta of the chosen quote."""
    if strike is None:
        return ()
    is_call = strike >= smile.forward
    head = item(0, Span(f"{figures.strike_text(strike)} {'C' if is_call else 'P'}", "bright", True))
    point = next((one for one in smile.points if one.strike == strike), None)
    if point is None:
        return head, item(0, Span("not quoted", "mid"))
    return (head, *_refusal(point), *_quote(point), *_rich(point), _delta(smile, point, is_call))


def _refusal(point: SmilePoint) -> tuple[Item, ...]:
    if point.is_used:
        return ()
    return (item(0, filled("REFUSED", "warn"), Span(f" {figures.plain(point.reason)}", "warn")),)


def _quote(point: SmilePoint) -> tuple[Item, ...]:
    return (
        fact(1, "bid", figures.percent(point.bid_iv), "up_soft"),
        fact(2, "mid", figures.percent(point.mid_iv)),
        fact(1, "ask", figures.percent(point.ask_iv), "down_soft"),
        fact(0, "fit", figures.percent(point.fit_iv), "info"),
    )


def _rich(point: SmilePoint) -> tuple[Item, ...]:
    richness = figures.signed(point.richness * 100, 2)
    if richness == figures.MISSING:
        return ()
    word = "rich" if richness.startswith("+") else "cheap" if richness.startswith("-") else "fair"
    return (
        fact(0, word, f"{richness} vp", figures.sign_tone(richness), True),
        item(2, Span(f"{figures.signed(half_spreads(point), 1)} half-spr", "text")),
    )


def _delta(smile: Smile, point: SmilePoint, is_call: bool) -> Item:
    iv = point.fit_iv if point.fit_iv == point.fit_iv else point.mid_iv
    delta = call_delta(point.k, iv, smile.tau_years) - (0.0 if is_call else 1.0)
    return fact(3, "Δ", figures.ratio(delta))


def fit_items(smile: Smile) -> tuple[tuple[Item, ...], ...]:
    """Two lines: the parameters, and how far the curve can be trusted."""
    fit = smile.fit
    if fit is None:
        return ((item(0, Span("no fitted parameters", "mid")), _rms(smile)),)
    values = (("a", fit.a), ("b", fit.b), ("ρ", fit.rho), ("m", fit.m), ("s", fit.s))
    parameters = tuple(fact(1, name, figures.signed(value, 4)) for name, value in values)
    mark = (item(0, filled("CONSTRAINED", "warn")),) if fit.is_constrained else ()
    trust = (
        _rms(smile),
        fact(2, "max", figures.fixed(fit.max_error, 2)),
        fact(1, "inside", f"{figures.percent(fit.inside, 0)}%"),
        fact(2, "min g", figures.fixed(fit.least_g, 3)),
        fact(3, "calendar gap", figures.fixed(fit.calendar_gap, 5)),
        fact(1, "confidence", figures.fixed(fit.confidence, 2)),
    )
    head = item(0, Span("fit ", "dim"), Span(fit.model.upper(), "info", True))
    return (head, *parameters, *mark), trust


def _rms(smile: Smile) -> Item:
    return fact(0, "rms", f"{figures.fixed(smile.fit_rmse, 2)} vp")


def refused_items(smile: Smile) -> tuple[Item, ...]:
    """How many quotes carry the curve, and why the others do not."""
    used = sum(point.is_used for point in smile.points)
    reasons = Counter(point.reason or "no quote" for point in smile.points if not point.is_used)
    head = [fact(0, "quotes used", f"{used} of {len(smile.points)}")]
    if smile.is_settling:
        head.insert(0, item(0, filled("SETTLING", "warn")))
    more = (
        fact(1 + i, figures.plain(reason), str(count), "mid")
        for i, (reason, count) in enumerate(reasons.most_common(6))
    )
    return (*head, *more)
