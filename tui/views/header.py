"""The first line of the header: what this is, prices, feeds, automation, time."""

from __future__ import annotations

from dataclasses import dataclass

from core.desk.desk import Desk
from core.venues.base import LinkState
from tui.views import figures
from tui.views.spans import Item, Span, fact, filled, item

MODES = {
    "sim": ("SIM", "info"),
    "tape": ("TAPE", "mid"),
    "paper": ("PAPER", "paper"),
    "test": ("TESTNET", "violet"),
    "live": ("LIVE", "live"),
}
_LONG = {"live": "LIVE · REAL MONEY", "paper": "PAPER · NO MONEY"}
MIDDLE, ROOMY, LARGE = 100, 116, 150
"""Widths from which words grow longer: labels, changes in percent, names of the feeds."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What the pane measures between two looks."""

    messages_per_s: float
    cpu_part: float
    """Of one core, by the whole process."""


@dataclass(frozen=True, slots=True)
class HeaderView:
    """Items of the first line, left and right; ranks say what gives way first."""

    left: tuple[Item, ...]
    right: tuple[Item, ...]
    is_live: bool


def header_view(desk: Desk, rates: Rates, width: int) -> HeaderView:
    """The first line for a terminal of `width` columns."""
    links = desk.links
    is_late = bool(links) and not all(_is_in_time(desk, link) for link in links[:-1] or links)
    left = [_brand(desk.mode, width)]
    left += [_index(desk, coin, width, is_late) for coin in _coins(desk)]
    left += [*_platform(desk), *_feeds(desk, links, width)]
    left += _traffic(desk, links, rates, width)
    time = item(2, Span(figures.clock_time(desk.clock.now_ns()), "mid"))
    switches = (_switch(desk, "hedger", width), _switch(desk, "pair", width))
    right = (*switches, time) if width >= MIDDLE else switches
    return HeaderView(tuple(left), right, desk.mode == "live")


def _coins(desk: Desk) -> tuple[str, ...]:
    return desk.settings.venue.currencies[:3]


def _brand(mode: str, width: int) -> Item:
    word, ground = MODES.get(mode, (mode.upper(), "warn"))
    label = filled(_LONG.get(mode, word) if width >= MIDDLE else word, ground)
    name = (Span("▰▰ ", "accent"), Span("VOLDESK ", "bright", True))
    return item(0, *(name if width >= MIDDLE else (Span("VOLDESK ", "bright", True),)), label)


def _index(desk: Desk, coin: str, width: int, is_late: bool) -> Item:
    price = desk.board.index_price(f"{coin.lower()}_usd")
    change = desk.board.quote(f"{coin}-PERPETUAL").price_change
    digits = 1 if price >= 10_000 else 2
    tone = "dim" if is_late else "bright"
    spans = [Span(f"{coin} ", "mid"), Span(figures.fixed(price, digits), tone, not is_late)]
    if change == change:
        arrow = "▲" if change > 0 else "▼" if change < 0 else " "
        tone = "dim" if is_late or not change else "up" if change > 0 else "down"
        size = f" {arrow}{abs(change):.2f}%" if width >= ROOMY else arrow
        spans.append(Span(size, tone))
    return item(1 if coin == _coins(desk)[0] else 2, *spans)


def _is_in_time(desk: Desk, link: LinkState) -> bool:
    return link.is_up and link.age_ms <= desk.settings.venue.stale_after_s * 1000


def _platform(desk: Desk) -> list[Item]:
    """The venue's own state when it is not open."""
    words = desk.board.platform.words
    return [item(0, filled(f"VENUE {words.upper()}", "down"))] if words else []


def _feeds(desk: Desk, links: tuple[LinkState, ...], width: int) -> list[Item]:
    """Market links with their oldest age, the trading link, which speaks seldom, with its delay."""
    if not links:
        return [item(1, Span("● ", "warn"), Span("no feed yet", "warn"))]
    market, trading = links[:-1] or links, links[-1:]
    limits = desk.settings.venue
    is_large = width >= LARGE
    found = [_feed(0, "feeds" if is_large else "", market, limits.stale_after_s)]
    if len(links) > 1 and width >= MIDDLE:
        label = "trading" if is_large else ""
        found.append(_feed(4, label, trading, limits.silence_s, trading[0].latency_ms))
    return found


def _feed(
    rank: int,
    label: str,
    links: tuple[LinkState, ...],
    limit_s: float,
    round_trip_ms: float | None = None,
) -> Item:
    """Lights and the oldest age; a round trip stands in its place while nothing is late."""
    oldest = max(links, key=lambda link: (not link.is_up, link.age_ms))
    is_late = not all(link.is_up and link.age_ms <= limit_s * 1000 for link in links)
    spans = [Span(f"{label} ", "dim")] if label else []
    spans += [Span("●", _light(link, limit_s)) for link in links]
    shown_ms = oldest.age_ms if is_late or round_trip_ms is None else round_trip_ms
    shown = figures.age(shown_ms) if is_late or shown_ms == shown_ms else "–"
    spans.append(Span(f" {shown:<6}", "warn" if is_late else "text"))
    if is_late:
        word = "STALE" if oldest.is_up else oldest.status.partition(":")[0].upper() or "DOWN"
        spans += [Span(" "), filled(word, "warn" if oldest.is_up else "down")]
    return Item(0 if is_late else rank, tuple(spans))


def _light(link: LinkState, limit_s: float) -> str:
    if not link.is_up:
        return "down"
    return "up" if link.age_ms <= limit_s * 1000 else "warn"


def _traffic(desk: Desk, links: tuple[LinkState, ...], rates: Rates, width: int) -> list[Item]:
    gaps = sum(link.gaps for link in links)
    market = links[:-1] or links  # the trading link's is a round trip
    known = [link.latency_ms for link in market if link.latency_ms == link.latency_ms]
    wire = figures.age(max(known)) if known else "–"
    found = [
        fact(5, "msgs", f"{figures.fixed(rates.messages_per_s, 0) + '/s':<8}"),
        fact(7, "wire", f"{wire:<6}"),
        fact(7, "loop", f"{figures.fixed(desk.trading.lag_ms, 1):>4} ms"),
        fact(6, "gaps", f"{gaps}", "warn" if gaps else "text"),
        fact(6, "cpu", f"{figures.percent(rates.cpu_part, 0) + '%':<4}", _load(rates.cpu_part)),
    ]
    return found if width >= MIDDLE else []


def _load(part: float) -> str:
    return "warn" if part > 0.8 else "text"


def _switch(desk: Desk, name: str, width: int) -> Item:
    """An automation as a filled label when on; a word says it too."""
    state = desk.trading.automation(name)
    if width < MIDDLE:
        return _short_switch(name, state is not None and state.is_on)
    if state is None:
        return item(1, Span(f"{name} –", "dim"))
    switch = filled("● ON", "up") if state.is_on else Span(" ○ OFF ", "mid", False, "raised")
    return item(0, Span(f"{name} ", "dim"), switch)


def _short_switch(name: str, is_on: bool) -> Item:
    """The first letter and the state: all a small screen has room for."""
    letter = name[:1].upper()
    return item(0, filled(f"{letter}:ON", "up") if is_on else Span(f" {letter}:off ", "mid"))
