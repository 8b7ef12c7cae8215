"""Panes drawn without a terminal: a desk in some state, a size, the text of the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.clock import NS_PER_MINUTE
from core.desk.desk import Desk
from core.trading.view import Gate
from tests.tui.fake_archive import index_past
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
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
from tui.panes.volatility.index import Index
from tui.panes.volatility.rich import Rich
from tui.panes.volatility.smile import Smile
from tui.panes.volatility.surface import Surface
from tui.panes.volatility.term import Term
from tui.selection import Selection
from tui.theme import DESK, Palette, palette_of
from tui.views.volatility.choice import VolChoice

PALETTE: Palette = palette_of(DESK.to_color_system().generate() | DESK.variables)


class WholeSurface(Surface):
    """The map as the volatility screen has it, a minute of the past beside it."""

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id, choice=VolChoice(past_ns=PAST_NS))


class WholeSmile(Smile):
    """The smile with its figures and the curve of the past."""

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        choice = VolChoice(past_ns=PAST_NS, axis="delta")
        super().__init__(desk, selection, id=id, choice=choice)


class WholeTerm(Term):
    """The term structure with its table."""

    def __init__(self, desk: Desk, selection: Selection, *, id: str | None = None) -> None:
        super().__init__(desk, selection, id=id, choice=VolChoice(past_ns=PAST_NS))


PAST_NS = NOW_NS // NS_PER_MINUTE * NS_PER_MINUTE - 30 * NS_PER_MINUTE
PANES: tuple[type[Pane], ...] = (
    Header,
    Chain,
    Ladder,
    Futures,
    Surface,
    Smile,
    Term,
    WholeSurface,
    WholeSmile,
    WholeTerm,
    Rich,
    Index,
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


def normal() -> FakeDesk:
    """A desk in the middle of its day, with a store that remembers half an hour ago."""
    fake = FakeDesk.trading()
    fake.remember_minute(PAST_NS)
    fake.archive.index = index_past(NOW_NS)
    return fake


STATES: dict[str, Callable[[], FakeDesk]] = {
    "normal": normal,
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
