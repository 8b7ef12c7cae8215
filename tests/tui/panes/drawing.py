"""Panes drawn without a terminal: a desk in some state, a size, the text of the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.trading.view import Gate
from tests.tui.fake_desk import FakeDesk
from tui.draw.pane import Pane
from tui.draw.pen import Line
from tui.panes.chain import Chain
from tui.panes.futures import Futures
from tui.panes.header import Header
from tui.panes.keys import Keys
from tui.panes.ladder import Ladder
from tui.panes.log import Log
from tui.panes.orders import Orders
from tui.panes.pair import Pair
from tui.panes.positions import Positions
from tui.panes.volatility.smile import Smile
from tui.panes.volatility.surface import Surface
from tui.panes.volatility.term import Term
from tui.selection import Selection
from tui.theme import DESK, Palette, palette_of

PALETTE: Palette = palette_of(DESK.to_color_system().generate() | DESK.variables)
PANES: tuple[type[Pane], ...] = (
    Header,
    Chain,
    Ladder,
    Futures,
    Surface,
    Smile,
    Term,
    Pair,
    Positions,
    Orders,
    Log,
    Keys,
)
CALL = "BTC-25DEC26-70000-C"


def stale() -> FakeDesk:
    """A desk whose feeds fell silent in the middle of the day."""
    fake = FakeDesk.trading()
    fake.fall_silent()
    fake.view = replace(
        fake.view, gate=Gate(False, "market feed silent for 12 s"), is_link_up=False
    )
    return fake


STATES: dict[str, Callable[[], FakeDesk]] = {
    "normal": FakeDesk.trading,
    "empty": FakeDesk.waiting,
    "stale": stale,
}


def chosen(fake: FakeDesk, name: str = CALL) -> Selection:
    """A selection settled on the desk, on one option where it is listed."""
    selection = Selection()
    selection.settle(fake.desk.board)
    selection.choose(fake.desk.board.catalog, name)
    return selection


def made(kind: type[Pane], fake: FakeDesk, selection: Selection | None = None) -> Pane:
    """A pane in the desk's own colours, not mounted anywhere."""
    pane = kind(fake.desk, selection or chosen(fake), id=kind.__name__.lower())
    pane.palette = PALETTE
    return pane


def text(line: Line) -> str:
    """What a line says."""
    return "".join(words for words, _ in line)


def texts(pane: Pane, width: int, height: int) -> list[str]:
    """What the pane says."""
    return [text(line) for line in pane.lines(width, height)]


def looks_of(pane: Pane, words: str, width: int, height: int) -> set[tuple[str, str, bool]]:
    """The looks of the runs that hold `words`."""
    lines = pane.lines(width, height)
    return {look for line in lines for run, look in line if words in run}
