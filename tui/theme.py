"""The desk's themes, and the palette the panes draw with, made from whichever theme is on.

`THEMES` are registered by the app. Everything here is colour by meaning: a pane asks for
"up" or "stale", never for green.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from textual.color import Color, ColorParseError
from textual.theme import Theme

Look = tuple[str, str, bool]
"""(foreground, background, bold)."""

DESK = Theme(
    name="desk",
    dark=True,
    primary="#63aee8",
    secondary="#b48ef0",
    warning="#e8973e",
    accent="#e5b35a",
    success="#46b98d",
    error="#e2665d",
    foreground="#c3ccd8",
    background="#070a0e",
    surface="#0c1117",
    panel="#121923",
    variables={"up": "#46b98d", "down": "#e2665d", "raised": "#1a2430"},
)
DESK_LIGHT = Theme(
    name="desk-light",
    dark=False,
    primary="#1d6fb8",
    secondary="#7a4fc4",
    warning="#b3590a",
    accent="#a46a00",
    success="#0b7a53",
    error="#bf362d",
    foreground="#2b3540",
    background="#dde3ea",
    surface="#f8fafc",
    panel="#e9eef3",
    variables={"up": "#0b7a53", "down": "#bf362d", "raised": "#d3dde8"},
)
DESK_BLUE_ORANGE = Theme(
    name="desk-blue-orange",
    dark=True,
    primary="#d5dbe3",
    secondary="#c2a5f2",
    warning="#f5e663",
    accent="#efe2b0",
    success="#5aa9ff",
    error="#ff9f43",
    foreground="#c3ccd8",
    background="#070a0e",
    surface="#0c1117",
    panel="#121923",
    variables={
        "up": "#5aa9ff",
        "down": "#ff9f43",
        "raised": "#1a2430",
        "heat": "#17263f #24568c #5f9fd8 #b9c6cf #e0a76a #e07b1f",
    },
)
THEMES: tuple[Theme, ...] = (DESK, DESK_LIGHT, DESK_BLUE_ORANGE)
"""The first is the default."""

HEAT_DARK = "#1c3556 #255f6e #4a8b62 #9aa44b #d4ad48 #d8683f"
HEAT_LIGHT = "#b9d3ee #a9dcd6 #bfe3b0 #ecec9c #f5cf86 #f0a488"
CHANGE_DARK = "#4a90d9 #285a8c #16304a #0c1117 #45301a #8a5a22 #d98a2f"
CHANGE_LIGHT = "#6aa5dc #a5c8ea #d6e4f2 #f8fafc #f6e3c8 #eebf82 #e09a3e"
"""Blue to orange: told apart by every kind of colour blindness; signs say the same."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Every colour a pane may use, by meaning; two grounds and a tone make a look."""

    is_dark: bool
    gap: str
    """Between the panes."""
    pane: str
    title: str
    """Ground of title lines, strikes and prices."""
    raised: str
    """Ground of the focused title and of the chosen row."""
    soft: str
    """Ground of the in-the-money side."""
    text: str
    bright: str
    """What one acts on."""
    mid: str
    dim: str
    """Labels, ages, zero."""
    faint: str
    """Grid dots and rules."""
    accent: str
    """Where am I: focus, chosen expiry, at the money."""
    ink: str
    """Text on a filled label."""
    up: str
    down: str
    up_soft: str
    """Resting bids."""
    down_soft: str
    """Resting asks."""
    up_ground: str
    """Depth bars, and a flash that fades."""
    down_ground: str
    up_flash: str
    """A flash that has just begun."""
    down_flash: str
    info: str
    violet: str
    warn: str
    paper: str
    """Real prices, simulated fills: no other thing has this colour."""
    live: str
    """Real money; the same in every theme."""
    heat: tuple[str, ...] = field(default=())
    """Grounds from the lowest to the highest value of a heat map."""
    change: tuple[str, ...] = field(default=())
    """Grounds from the largest fall over none to the largest rise."""

    def ink_on(self, ground: str) -> str:
        """The text colour that can be read on `ground`."""
        return _ink_on(ground)


def palette_of(variables: Mapping[str, str]) -> Palette:
    """The palette of a theme's variables; those our themes add fall back to what all have."""

    def colour(*names: str) -> Color:
        for name in names:
            if (found := _parsed(variables.get(name, ""))) is not None:
                return found
        return Color(128, 128, 128)

    pane, text = colour("surface"), colour("foreground")
    up, down = colour("up", "success"), colour("down", "error")
    is_dark = pane.brightness < 0.5
    edge = Color(255, 255, 255) if is_dark else Color(0, 0, 0)
    title = colour("panel")
    heat = variables.get("heat") or (HEAT_DARK if is_dark else HEAT_LIGHT)
    return Palette(
        is_dark,
        gap=colour("background").hex6.lower(),
        pane=pane.hex6.lower(),
        title=title.hex6.lower(),
        raised=(colour("raised") if "raised" in variables else _mix(title, text, 0.08)).hex6,
        soft=_mix(pane, title, 0.66).hex6,
        text=text.hex6,
        bright=_mix(text, edge, 0.72).hex6,
        mid=_mix(pane, text, 0.70).hex6,
        dim=_mix(pane, text, 0.42 if is_dark else 0.55).hex6,
        faint=_mix(pane, text, 0.18).hex6,
        accent=colour("accent").hex6,
        ink="#0b0f14" if is_dark else "#ffffff",
        up=up.hex6,
        down=down.hex6,
        up_soft=_mix(up, text, 0.45).hex6,
        down_soft=_mix(down, text, 0.40).hex6,
        up_ground=_mix(pane, up, 0.22).hex6,
        down_ground=_mix(pane, down, 0.24).hex6,
        up_flash=_mix(pane, up, 0.46).hex6,
        down_flash=_mix(pane, down, 0.46).hex6,
        info=colour("primary").hex6,
        violet=colour("secondary", "primary").hex6,
        warn=colour("warning").hex6,
        paper="#3cc8c0" if is_dark else "#0b7f7a",
        live="#ff3347",
        heat=_ramp(tuple(heat.split()), 24),
        change=_ramp(tuple((CHANGE_DARK if is_dark else CHANGE_LIGHT).split()), 25),
    )


@lru_cache(maxsize=8192)
def look(palette: Palette, tone: str, ground: str = "pane", is_bold: bool = False) -> Look:
    """The look of a tone on a ground, both named as fields of the palette."""
    return getattr(palette, tone), getattr(palette, ground), is_bold


def _parsed(text: str) -> Color | None:
    """A colour without transparency; the terminal's own defaults are not colours to mix."""
    try:
        found = Color.parse(text)
    except ColorParseError:
        return None
    return None if found.ansi == -1 else Color(found.r, found.g, found.b)


def _mix(one: Color, other: Color, part: float) -> Color:
    return one.blend(other, part)


def _ramp(stops: tuple[str, ...], steps: int) -> tuple[str, ...]:
    """`steps` colours from the first stop to the last."""
    colours = [Color.parse(stop) for stop in stops]
    found = []
    for step in range(steps):
        at = step / (steps - 1) * (len(colours) - 1)
        low = min(int(at), len(colours) - 2)
        found.append(colours[low].blend(colours[low + 1], at - low).hex6)
    return tuple(found)


@lru_cache(maxsize=256)
def _ink_on(ground: str) -> str:
    return "#0b0f14" if Color.parse(ground).brightness > 0.44 else "#eef3f9"
