"""The risk screen: the gate, what is lost, every limit with its use, and what keeps it honest."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isinf

from core.desk.desk import Desk
from core.trading.risk.view import RiskView, Use
from core.venues.base import LinkState
from tui.views import figures
from tui.views.spans import Item, Span, fact, filled, item
from tui.views.store import store_words

GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "POSITIONS",
        (
            ("max_order_usd", "order"),
            ("max_position_usd", "position"),
            ("max_net_usd", "net of a coin"),
            ("max_gross_usd", "gross of a coin"),
            ("max_total_usd", "total"),
            ("max_positions", "instruments"),
        ),
    ),
    ("GREEKS", (("max_delta_usd", "delta of a coin"), ("max_vega_usd", "vega a point"))),
    (
        "LOSSES",
        (
            ("max_daily_loss_usd", "day's loss"),
            ("max_drawdown_usd", "drawdown"),
            ("max_sleeve_usd", "program's position"),
            ("max_sleeve_loss_usd", "program's loss"),
        ),
    ),
    (
        "ORDERS",
        (
            ("max_orders_per_s", "sent in a second"),
            ("max_open_orders", "open"),
            ("max_open_per_instrument", "open on one"),
            ("price_collar_pct", "collar, futures"),
            ("option_collar_pct", "collar, options"),
        ),
    ),
)
HIGH, FULL = 0.7, 0.9
"""Parts of a limit from which it is shown as used up soon, and as used up."""
AT_A_VENUE = frozenset({"sim", "test", "live"})
"""Modes whose orders rest somewhere else than here."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit, written."""

    label: str
    what: str
    part: float
    """What the bar shows; NaN draws none."""
    used: str
    cap: str
    percent: str
    tone: str


@dataclass(frozen=True, slots=True)
class RiskScreenView:
    """All lines of the risk screen in their order."""

    gate: tuple[Span, ...]
    trouble: tuple[tuple[str, str], ...]
    """(words, tone): causes and alarms, the heaviest first."""
    money: tuple[Item, ...]
    groups: tuple[tuple[str, tuple[LimitRow, ...]], ...]
    pulse: tuple[tuple[Item, ...], ...]
    """Lines of ages: links and loop, then what happens when the desk is gone."""


def risk_screen_view(desk: Desk) -> RiskScreenView:
    """The screen as of now."""
    trading, risk = desk.trading, desk.trading.risk
    return RiskScreenView(
        _gate(desk),
        _trouble(desk),
        _money(risk),
        _groups({one.name: one for one in risk.uses}),
        (_pulse(desk, trading.lag_ms), _absence(desk)),
    )


def _gate(desk: Desk) -> tuple[Span, ...]:
    trading = desk.trading
    if trading.risk.lock:
        words = "for everybody but exits, and hedges that reduce"
        return (filled("LOCKED", "down"), Span(f" {words}", "down"))
    if trading.gate.is_open:
        return (filled("OPEN", "up"), Span(" every order passes within its limits", "mid"))
    return (filled("CLOSED", "warn"), Span(" exits, cancels and kill pass", "mid"))


def _trouble(desk: Desk) -> tuple[tuple[str, str], ...]:
    trading = desk.trading
    causes = trading.risk.causes or ((trading.gate.reason,) if trading.gate.reason else ())
    alarms = [one for one in trading.alarms if not any(one in cause for cause in causes)]
    found = [(one, "down" if "locked" in one else "warn") for one in causes]
    found += [(one, "down") for one in alarms]
    return tuple((figures.plain(words), tone) for words, tone in found)


def _money(risk: RiskView) -> tuple[Item, ...]:
    if not risk.since_ns:
        return (item(0, Span("profit and loss are not known yet", "mid")),)
    profit = figures.signed(risk.profit_usd, 0)
    since = figures.clock_time(risk.since_ns)
    return (
        fact(0, f"since {since} UTC", f"{profit} USD", figures.sign_tone(profit), True),
        fact(1, "below its best", f"{figures.fixed(risk.drawdown_usd, 0)} USD"),
    )


def _groups(uses: dict[str, Use]) -> tuple[tuple[str, tuple[LimitRow, ...]], ...]:
    return tuple(
        (title, tuple(_row(label, uses[name]) for name, label in names if name in uses))
        for title, names in GROUPS
    )


def _row(label: str, use: Use) -> LimitRow:
    if use.unit == "%":
        cap = f"{use.cap:g} %"
        return LimitRow(label, "from mark", float("nan"), "", cap, "", "mid")
    is_known = isfinite(use.part)
    tone = "info"
    if not is_known or use.part >= FULL:
        tone = "down" if is_known or isinf(use.part) else "warn"
    elif use.part >= HIGH:
        tone = "warn"
    used = figures.fixed(use.used, 0) if use.used == use.used else "unknown"
    cap = "no limit" if isinf(use.cap) else figures.fixed(use.cap, 0)
    percent = "" if isinf(use.cap) else f"{figures.percent(use.part, 0)}%"
    return LimitRow(label, figures.short_name(use.what), use.part, used, cap, percent, tone)


def _pulse(desk: Desk, lag_ms: float) -> tuple[Item, ...]:
    """Every link's age; the loop's lag."""
    found = [_link(desk, link) for link in desk.links]
    return (*found, fact(0, "loop", f"{lag_ms:.1f} ms behind"))


def _link(desk: Desk, link: LinkState) -> Item:
    venue = desk.settings.venue
    limit_s = venue.silence_s if link.name == "trading" else venue.stale_after_s
    is_late = not (link.is_up and link.age_ms <= limit_s * 1000)
    tone = "down" if not link.is_up else "warn" if is_late else "up"
    age = figures.age(link.age_ms) if link.is_up else "down"
    return Item(1, (Span("● ", tone), Span(f"{link.name} ", "dim"), Span(age, "text")))


def _absence(desk: Desk) -> tuple[Item, ...]:
    """What the venue does when the desk is gone, and whether what happens is written down."""
    is_swept = next((one.is_swept_when_lost for one in desk.links if one.name == "trading"), None)
    if desk.mode not in AT_A_VENUE:
        cancels = fact(0, "cancel on disconnect", "nothing rests at a venue", "mid")
    elif not desk.trading.is_link_up:
        cancels = fact(0, "cancel on disconnect", "not set: the link is down", "warn")
    elif is_swept:
        cancels = fact(0, "cancel on disconnect", "on, the venue says so", "up")
    else:
        cancels = fact(0, "cancel on disconnect", "asked for, the venue does not say", "warn")
    words, tone = store_words(desk)
    tone = "text" if tone == "mid" else tone
    return (cancels, fact(1, "journal", figures.cut(words, 50), tone))
