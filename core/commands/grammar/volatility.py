"""Readings of the volatility screen: which chain, which minute of the past."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from core.clock import NS_PER_S, utc
from core.commands.context import Context
from core.commands.reading import Reading, ShowDesk, ShowVolatility
from core.errors import CommandError

Words = re.Match[str]


def open_screen(match: Words, context: Context) -> Reading:
    """`vol [CHAIN]`."""
    name = (match["chain"] or "").upper()
    chains = context.board.catalog.chains
    if name and name not in chains:
        known = ", ".join(chains) or "none yet"
        raise CommandError(f"{name} is no option chain; there are: {known}")
    words = f"volatility of {name}" if name else "volatility"
    return Reading(words, ShowVolatility(chain=name))


def at_time(match: Words, context: Context) -> Reading:
    """`vol at [DAY] TIME`: without a day the latest such time that is past."""
    now = utc(context.now_ns)
    moment = _moment(match["day"], match["time"])
    if match["day"] is None:
        moment = moment.replace(year=now.year, month=now.month, day=now.day)
        if moment > now:
            moment -= timedelta(days=1)
    if moment > now:
        raise CommandError(f"{moment:%Y-%m-%d %H:%M} is not past: it is {now:%Y-%m-%d %H:%M} UTC")
    at_ns = int(moment.timestamp()) * NS_PER_S
    return Reading(f"volatility at {moment:%Y-%m-%d %H:%M} UTC beside now", ShowVolatility(at_ns))


def back_to_now(_match: Words, _context: Context) -> Reading:
    """`vol now`."""
    return Reading("volatility now, without the past", ShowVolatility(is_now=True))


def back_to_desk(_match: Words, _context: Context) -> Reading:
    """`desk`."""
    return Reading("the desk", ShowDesk())


def _moment(day: str | None, time: str) -> datetime:
    text = f"{day or '2000-01-01'} {time}"
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    except ValueError:
        said = f"{day} {time}" if day else time
        raise CommandError(f"{said} is no time: write 14:30 or 2026-11-19 08:00") from None
