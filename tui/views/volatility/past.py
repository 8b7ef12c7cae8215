"""The minute of the past that stands beside now, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import NS_PER_MINUTE, utc
from core.desk.archive.past import PastMinute
from core.desk.archive.questions import MinuteOf
from core.desk.desk import Desk
from tui.views import figures
from tui.views.volatility.picture import VolPicture

REFRESH_S = 3.0
"""A minute that is not there may still be on its way to the store."""


@dataclass(frozen=True, slots=True)
class PastView:
    """The chosen minute; all empty when none is chosen."""

    minute_ns: int = 0
    label: str = ""
    """14:30, with its day when it is another one."""
    age: str = ""
    """How long ago that was."""
    picture: VolPicture | None = None
    words: str = ""
    """Why there is no picture; empty when there is one or none is chosen."""
    before_ns: int = 0
    """Recorded minutes next to one that is missing; 0 for none."""
    after_ns: int = 0


NO_PAST = PastView()


def past_view(desk: Desk, chain: str, minute_ns: int) -> PastView:
    """Asks the archive for the minute and tells what has come back."""
    if not minute_ns or not chain:
        return NO_PAST
    now_ns = desk.board.venue_now_ns()
    label = minute_label(minute_ns, now_ns)
    age = f"{figures.span_words(max(0, now_ns - minute_ns) / 1e9)} ago"
    answer = desk.archive.ask("minute", question := MinuteOf(chain, minute_ns))
    if answer is None:
        return PastView(minute_ns, label, age, words=f"Asking the store for {label} …")
    if answer.value is None:
        return PastView(minute_ns, label, age, words=f"No past: {answer.error}.")
    past = answer.value
    if not past.is_recorded:
        desk.archive.ask("minute", question, REFRESH_S)
        words = missing_words(past, now_ns)
        return PastView(minute_ns, label, age, None, words, past.before_ns, past.after_ns)
    return PastView(minute_ns, label, age, VolPicture(past.smiles, past.classic, past.wide))


def missing_words(past: PastMinute, now_ns: int) -> str:
    """What is known of a minute that was not recorded."""
    before, after = (
        minute_label(one, now_ns) if one else "" for one in (past.before_ns, past.after_ns)
    )
    if before and after:
        return f"No minute recorded between {before} and {after}."
    if before:
        return f"No minute recorded after {before}."
    if after:
        return f"No minute recorded before {after}."
    return "No minute recorded yet."


def minute_label(minute_ns: int, now_ns: int) -> str:
    """14:30 UTC of today; with the day for any other."""
    moment, now = utc(minute_ns), utc(now_ns)
    return f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%d %b %H:%M}"


def step(view: PastView, minutes: int, now_ns: int) -> int:
    """The minute `minutes` further (negative: back); 0 is now.

    From now one minute back is the last full one. A step that would stay inside a gap goes to the
    recorded minute beyond it.
    """
    this_minute = now_ns // NS_PER_MINUTE * NS_PER_MINUTE
    from_now = this_minute + NS_PER_MINUTE if minutes == -1 else this_minute
    target = (view.minute_ns or from_now) + minutes * NS_PER_MINUTE
    if view.words and minutes < 0 and view.before_ns:
        target = min(target, view.before_ns)
    elif view.words and minutes > 0 and view.after_ns:
        target = max(target, view.after_ns)
    return 0 if target > this_minute else target
