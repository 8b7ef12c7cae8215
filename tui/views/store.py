"""The database in few words: written when, down since when and why, what waits."""

from __future__ import annotations

from core.clock import NS_PER_MINUTE, NS_PER_MS
from core.desk.desk import Desk, StoreView
from tui.views import figures
from tui.views.spans import Item, Span, fact, filled, item

_LATE_MS = 2.5 * NS_PER_MINUTE / NS_PER_MS
"""A last minute older than this is one that did not come."""
_WHY_WIDTH = 30
_QUIET = ("", "starting", "stopped")
"""Why it may be down without a fault."""


def store_items(desk: Desk) -> tuple[Item, ...]:
    """For the header: quiet while all is well; that it is down is said as long as anything is."""
    store = desk.store
    if not store.is_up and store.why in _QUIET:
        return (fact(9, "store", store.why or store.status, "dim"),)
    if not store.is_up:
        down = filled(f"DB DOWN {figures.span_words(store.since_s)}", "down")
        waits = [item(1, Span(waiting(store), "warn"))] if store.spooled else []
        why = item(1, Span(figures.cut(short(store.why), _WHY_WIDTH), "warn"))
        return item(0, down), *waits, why
    words, tone = store_words(desk)
    rank = 9 if tone == "mid" else 3
    return (fact(rank, "store", figures.cut(words, _WHY_WIDTH), tone),)


def store_words(desk: Desk) -> tuple[str, str]:
    """The same in full, and its tone, where there is room for a sentence."""
    store = desk.store
    if not store.is_up and store.why in _QUIET:
        return store.why or store.status, "warn"
    if not store.is_up:
        return f"down {figures.span_words(store.since_s)}, {_down(store)}", "warn"
    if store.why:
        return short(store.why), "warn"
    if store.is_catching_up:
        return f"catching up, {waiting(store)}", "warn"
    return _written(desk, store)


def short(why: str) -> str:
    """A reason without the words every reason begins with."""
    for beginning in ("the database ", "the database's ", "the "):
        why = why.removeprefix(beginning)
    return figures.plain(why)


def waiting(store: StoreView) -> str:
    """What is on disk and not in the tables."""
    if store.waiting_minutes:
        return f"{store.waiting_minutes} min wait"
    return f"{store.spooled} batch{'es' * (store.spooled != 1)} wait{'s' * (store.spooled == 1)}"


def _down(store: StoreView) -> str:
    return f"{waiting(store)}: {short(store.why)}" if store.spooled else short(store.why)


def _written(desk: Desk, store: StoreView) -> tuple[str, str]:
    """The last minute in the tables with its age, by the venue's clock."""
    if not store.last_minute_ns:
        return "no minute yet", "mid"
    age_ms = (desk.board.venue_now_ns() - store.last_minute_ns) / NS_PER_MS
    text = f"minute {figures.clock_time(store.last_minute_ns)[:5]}, {figures.age(age_ms)} ago"
    return text, "warn" if age_ms > _LATE_MS else "mid"
