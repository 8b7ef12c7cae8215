"""Which panes stand where: three layouts by the size of the terminal, and one pane alone."""

from __future__ import annotations

from typing import Literal

from core.commands.table import PANES

Layout = Literal["none", "small", "middle", "large"]
LAYOUTS: tuple[Layout, ...] = ("none", "small", "middle", "large")
SMALLEST = (78, 22)
MIDDLE = (110, 34)
LARGE = (180, 48)
_MIDDLE_PANES = frozenset({"chain", "ladder", "futures", "pair", "positions", "orders"})


def layout_for(width: int, height: int) -> Layout:
    """The layout of a terminal of so many cells; `none` where nothing useful fits."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return "none"
    if width >= LARGE[0] and height >= LARGE[1]:
        return "large"
    if width >= MIDDLE[0] and height >= MIDDLE[1]:
        return "middle"
    return "small"


def shown_panes(layout: Layout, current: str, zoom: str) -> frozenset[str]:
    """The panes on the screen: the zoomed one, in the small layout the current one, else many."""
    if layout == "none":
        return frozenset()
    if zoom:
        return frozenset({zoom})
    if layout == "small":
        return frozenset({current})
    return frozenset(PANES) if layout == "large" else _MIDDLE_PANES


def too_small_words(width: int, height: int) -> str:
    """What to say instead of scraps."""
    return (
        f"The desk needs {SMALLEST[0]} columns and {SMALLEST[1]} lines; "
        f"this terminal has {width} and {height}."
    )


DESK_CSS = """
ToastRack { margin-bottom: 3; }
Toast { max-width: 80; }
CommandPalette { background: $background 45%; }
CommandPalette SearchIcon { display: none; }
CommandPalette > Vertical { width: 90; max-width: 100%; background: $panel; }
DeskScreen { layout: vertical; background: $background; overflow: hidden; }
DeskScreen #header { height: 2; }
DeskScreen #alarm { height: 1; display: none; }
DeskScreen.-alarm #alarm { display: block; }
DeskScreen #tabs { height: 1; display: none; }
DeskScreen #grid { height: 1fr; margin: 1 0; }
DeskScreen.-alarm #grid { margin: 0 0 1 0; }
DeskScreen #keys { height: 1; }
DeskScreen #too_small { display: none; width: 100%; height: 100%; content-align: center middle; }

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

DeskScreen.-small #tabs { display: block; }
DeskScreen.-small #grid { margin: 0; }
DeskScreen.-small CommandBar:focus-within { layout: vertical; height: 2; }
DeskScreen.-small CommandBar:focus-within > * { width: 1fr; }
DeskScreen.-none #too_small { display: block; }
DeskScreen .-away { display: none; }
DeskScreen.-single .box, DeskScreen.-single .pane {
    width: 1fr !important;
    height: 1fr !important;
    margin: 0 !important;
}
"""
