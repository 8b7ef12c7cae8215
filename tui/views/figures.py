"""How numbers and times are written: fixed decimals, signs, `–` for what is missing."""

from __future__ import annotations

from datetime import datetime
from math import isfinite

from rich.cells import cell_len

from core.clock import NS_PER_S, utc

MISSING = "–"


def fixed(value: float, decimals: int) -> str:
    """1234.5 as 1,234.50."""
    return _unsigned_zero(f"{value:,.{decimals}f}") if isfinite(value) else MISSING


def signed(value: float, decimals: int) -> str:
    """+1,234.50; zero has no sign."""
    return _unsigned_zero(f"{value:+,.{decimals}f}") if isfinite(value) else MISSING


def sign_tone(text: str) -> str:
    """The tone of a written number: by its sign as it stands there, so zero has none."""
    return "up" if text.startswith("+") else "down" if text.startswith("-") else "dim"


def sign_cell(text: str) -> tuple[str, str]:
    """A written number with the tone of its sign."""
    return text, sign_tone(text)


def ratio(value: float, decimals: int = 2) -> str:
    """A signed number below one without its zero: +.45, -.10, +1.00."""
    text = signed(value, decimals)
    return text.replace("0.", ".", 1) if abs(value) < 1 and text[:2] in ("+0", "-0", "0.") else text


def percent(part: float, decimals: int = 1) -> str:
    """A decimal part in percent, without the sign: 0.556 as 55.6."""
    return fixed(part * 100, decimals)


def vol_points(iv: float) -> str:
    """A volatility in at most four cells: 55.6, 120."""
    return percent(iv, 1 if iv < 0.9995 else 0)


def amount(value: float) -> str:
    """An amount in at most five cells: .0005, 0.25, 12.5, 1,250, 12.5k, 3.1M."""
    if not isfinite(value):
        return MISSING
    size = abs(value)
    if size >= 999.95:
        return thousands(value) if round(size) >= 10_000 else f"{value:,.0f}"
    if 0 < size < 0.1:
        return _trimmed(f"{value:.4f}").replace("0.", ".", 1)
    return _trimmed(f"{value:.2f}" if size < 1 else f"{value:.1f}")


def sized(value: float, decimals: int) -> str:
    """The amount of an order in at most five cells, with its contract's decimals if they fit."""
    if not isfinite(value) or abs(value) >= 999.95:
        return amount(value)
    whole = len(f"{abs(value):.0f}")
    return f"{value:.{max(0, min(decimals, 4 - whole))}f}"


def count(value: float) -> str:
    """Open interest or volume in at most five cells: 9.6, 241, 1,352, 12.5k."""
    if not abs(value) >= 99.95:
        return amount(value)
    return thousands(value) if round(abs(value)) >= 10_000 else f"{value:,.0f}"


def thousands(value: float) -> str:
    """A large amount with its letter: 12.5k, 412k, 3.1M, 1.2B."""
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit * 0.9995:
            scaled = value / unit
            return f"{scaled:.1f}{letter}" if abs(scaled) < 99.95 else f"{scaled:.0f}{letter}"
    return f"{value:.0f}"


def held(value: float) -> str:
    """A signed amount in at most five cells below ten thousand: +12, -0.5, +1.2k, -27.8k."""
    if not isfinite(value):
        return MISSING
    size = abs(value)
    text = thousands(size) if size >= 999.95 else amount(size).removesuffix(".0")
    return text if value == 0 else f"{'+' if value > 0 else '-'}{text}"


def age(milliseconds: float) -> str:
    """An age in words: 2 ms, 4.2 s, 3 min, 2 h."""
    if not isfinite(milliseconds):
        return "never"
    if milliseconds < 1000:
        return f"{max(0.0, milliseconds):.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def lasting(nanoseconds: int) -> str:
    """How long something has lasted: 0:41, 12:07, 3h05, 4d02."""
    seconds = max(0, nanoseconds // NS_PER_S)
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    hours = seconds // 3600
    if hours < 24:
        return f"{hours}h{seconds % 3600 // 60:02d}"
    return f"{hours // 24}d{hours % 24:02d}"


def span_words(seconds: float) -> str:
    """A span of time in words: 45 s, 41 min, 5.2 h, 3.1 d."""
    if not isfinite(seconds):
        return MISSING
    for unit, word in ((86_400.0, "d"), (3_600.0, "h")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {word}"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def days_left(now_ns: int, expiry_ns: int) -> str:
    """Time to expiry: 35d, 5h, 12m."""
    seconds = max(0, (expiry_ns - now_ns) // NS_PER_S)
    if seconds >= 86_400:
        return f"{seconds // 86_400}d"
    return f"{seconds // 3600}h" if seconds >= 3600 else f"{seconds // 60}m"


def clock_time(at_ns: int) -> str:
    """UTC time of day, 14:32:07."""
    return _moment(at_ns).strftime("%H:%M:%S")


def clock_millis(at_ns: int) -> str:
    """UTC time of day with milliseconds, 14:31:26.901."""
    moment = _moment(at_ns)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def strike_text(strike: float) -> str:
    """A strike with as many decimals as it has: 70,000, 2.5."""
    return f"{strike:,.0f}" if strike == int(strike) else f"{strike:,.4f}".rstrip("0")


def short_strike(strike: float) -> str:
    """A strike for a chart's axis: 67.5k, 3,450, 2.5."""
    if abs(strike) >= 10_000:
        return f"{strike / 1000:.1f}".removesuffix(".0") + "k"
    return strike_text(float(f"{strike:.4g}"))


def short_name(name: str) -> str:
    """An instrument without the long word: BTC-PERP, BTC_USDC."""
    return name.replace("_USDC-PERPETUAL", "_USDC").replace("-PERPETUAL", "-PERP")


def plain(text: str) -> str:
    """Text from outside made of characters one cell wide."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_cell(char) for char in text)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; what does not fit ends in an ellipsis."""
    if len(text) <= width:
        return text
    return text[: width - 1] + "…" if width > 0 else ""


def _cell(char: str) -> str:
    if not char.isprintable():
        return " "
    return char if cell_len(char) == 1 else "?"


def _moment(at_ns: int) -> datetime:
    return utc(at_ns)


def _trimmed(text: str) -> str:
    """Without zeros at the end, but never without its first decimal."""
    head, _, tail = text.partition(".")
    return f"{head}.{tail.rstrip('0') or '0'}"


def _unsigned_zero(text: str) -> str:
    """A number that rounds to zero carries no sign."""
    return text if text.strip("+-0.,") else text.lstrip("+-")
