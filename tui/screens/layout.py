"""Which panes stand where: three layouts by the size of the terminal, and one pane alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.commands.table import PANES, VOL_PANES, entry

Layout = Literal["none", "small", "middle", "large"]
LAYOUTS: tuple[Layout, ...] = ("none", "small", "middle", "large")
SMALLEST = (78, 22)
MIDDLE = (110, 34)
LARGE = (180, 48)


def layout_for(width: int, height: int) -> Layout:
    """The layout of a terminal of so many cells; `none` where nothing useful fits."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return "none"
    if width >= LARGE[0] and height >= LARGE[1]:
        return "large"
    if width >= MIDDLE[0] and height >= MIDDLE[1]:
        return "middle"
    return "small"


@dataclass(frozen=True, slots=True)
class Plan:
    """The panes of one screen, and which of them have room."""

    panes: tuple[str, ...]
    """In the order of their number keys."""
    middle: frozenset[str]
    """Those that stand on a screen of middle size."""
    prefix: str
    """Of the table's entries that lead to a pane: go or vol."""

    @property
    def numbers(self) -> dict[str, str]:
        """Pane to its number key."""
        return {name: entry(f"{self.prefix}.{name}").key for name in self.panes}

    def shown(self, layout: Layout, current: str, zoom: str) -> frozenset[str]:
        """The panes on the screen: the zoomed one, in the small layout the current, else many."""
        if layout == "none":
            return frozenset()
        if zoom:
            return frozenset({zoom})
        if layout == "small":
            return frozenset({current})
        return frozenset(self.panes) if layout == "large" else self.middle


DESK_PLAN = Plan(
    PANES, frozenset({"chain", "ladder", "futures", "pair", "positions", "orders"}), "go"
)
VOL_PLAN = Plan(VOL_PANES, frozenset({"surface", "smile", "rich", "index"}), "vol")


def too_small_words(width: int, height: int) -> str:
    """What to say instead of scraps."""
    return (
        f"The desk needs {SMALLEST[0]} columns and {SMALLEST[1]} lines; "
        f"this terminal has {width} and {height}."
    )


SCREEN_CSS = """
ToastRack { margin-bottom: 3; }
Toast { max-width: 80; }
CommandPalette { background: $background 45%; }
CommandPalette SearchIcon { display: none; }
CommandPalette > Vertical { width: 90; max-width: 100%; background: $panel; }
WorkScreen { layout: vertical; background: $background; overflow: hidden; }
WorkScreen #header { height: 2; }
WorkScreen #alarm { height: 1; display: none; }
WorkScreen.-alarm #alarm { display: block; }
WorkScreen #tabs { height: 1; display: none; }
WorkScreen #grid { height: 1fr; margin: 1 0; }
WorkScreen.-alarm #grid { margin: 0 0 1 0; }
WorkScreen #keys { height: 1; }
WorkScreen #too_small { display: none; width: 100%; height: 100%; content-align: center middle; }

DeskScreen #left { width: 1fr; }
DeskScreen #right { width: 42; margin-left: 1; }
DeskScreen #positions { height: 8; margin-top: 1; }
DeskScreen #orders { height: 5; margin-top: 1; }
DeskScreen #futures { height: 5; margin-top: 1; }
DeskScreen #right_top { height: 1fr; }
DeskScreen #right_bottom { height: 14; margin-top: 1; }

DeskScreen.-large #left { width: 112fr; }
DeskScreen.-large #right { width: 87fr; }
DeskScreen.-large #positions { height: 9; }
DeskScreen.-large #orders { height: 6; }
DeskScreen.-large #market { width: 38fr; }
DeskScreen.-large #vols { width: 48fr; margin-left: 1; }
DeskScreen.-large #futures { height: 8; }
DeskScreen.-large #surface { height: 10; }
DeskScreen.-large #smile { height: 11fr; margin-top: 1; }
DeskScreen.-large #term { height: 9fr; margin-top: 1; }
DeskScreen.-large #right_bottom { height: 16; }
DeskScreen.-large #pair { height: 1fr; }
DeskScreen.-large #log { height: 7; margin-top: 1; }

VolatilityScreen #lower { height: 1fr; margin-top: 1; }
VolatilityScreen #surface { height: 15; }
VolatilityScreen #smile { width: 1fr; }
VolatilityScreen #beside { width: 54; margin-left: 1; layout: vertical; }
VolatilityScreen #rich { height: 8fr; }
VolatilityScreen #curves { height: 11fr; margin-top: 1; }
VolatilityScreen #index { height: 1fr; }

VolatilityScreen.-large #surface { height: 21; }
VolatilityScreen.-large #smile { width: 74fr; }
VolatilityScreen.-large #beside { width: 125fr; layout: horizontal; }
VolatilityScreen.-large #rich { width: 55fr; height: 1fr; }
VolatilityScreen.-large #curves { width: 68fr; height: 1fr; margin: 0 0 0 1; }
VolatilityScreen.-large #term { height: 1fr; }
VolatilityScreen.-large #index { height: 10; margin-top: 1; }

WorkScreen.-small #tabs { display: block; }
WorkScreen.-small #grid { margin: 0; }
WorkScreen.-small CommandBar:focus-within { layout: vertical; height: 2; }
WorkScreen.-small CommandBar:focus-within > * { width: 1fr; }
WorkScreen.-none #too_small { display: block; }
WorkScreen .-away { display: none; }
WorkScreen.-single .box, WorkScreen.-single .pane {
    width: 1fr !important;
    height: 1fr !important;
    margin: 0 !important;
}
"""
