"""The panes of the volatility screen as text: what stands where, what the mouse reaches."""

from __future__ import annotations

import pytest

from core.clock import NS_PER_MINUTE
from tests.tui.fake_archive import index_past
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES, NOW_NS
from tests.tui.panes.drawing import PALETTE, PAST_NS, chosen, text
from tui.draw.pane import Pane
from tui.panes.volatility.index import Index
from tui.panes.volatility.rich import Rich
from tui.panes.volatility.smile import Smile
from tui.panes.volatility.surface import Surface
from tui.panes.volatility.term import Term
from tui.selection import Selection
from tui.views.volatility.choice import VolChoice


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.still()


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    return chosen(fake)


def texts(pane: Pane, width: int, height: int) -> list[str]:
    pane.palette = PALETTE
    return [text(line).rstrip() for line in pane.lines(width, height)]


def surface(fake: FakeDesk, selection: Selection, **choice: object) -> Surface:
    made = VolChoice()
    for name, value in choice.items():
        setattr(made, name, value)
    return Surface(fake.desk, selection, id="surface", choice=made)


def test_the_map_shows_facts_of_every_fit_where_it_is_wide(
    fake: FakeDesk, selection: Selection
) -> None:
    shown = texts(surface(fake, selection), 200, 21)
    assert shown[1].split()[:7] == ["10P", "25P", "35P", "ATM", "35C", "25C", "10C"]
    assert shown[1].split()[7:] == [
        *("days", "forward", "from", "rr25", "bf25", "quotes", "rms", "max", "inside", "min"),
        *("g", "calendar", "conf", "model"),
    ]
    assert "▸25DEC26" in shown[4]
    assert "92%" in shown[4]
    assert "blank: no quotes" in shown[-1]


@pytest.mark.parametrize(("width", "maps"), [(80, 1), (120, 2), (200, 3)])
def test_as_many_maps_stand_side_by_side_as_fit(
    fake: FakeDesk, selection: Selection, width: int, maps: int
) -> None:
    fake.remember_minute(PAST_NS)
    shown = texts(surface(fake, selection, past_ns=PAST_NS), width, 15)
    assert shown[2].split().count("ATM") == maps
    names = ("now", "then 14:02", "change since 14:02")
    assert all(name in shown[1] for name in names[:maps])
    assert ("no room" in shown[1]) is (maps < 3)


@pytest.mark.parametrize("width", [78, 80, 120, 200])
def test_every_kind_of_columns_keeps_the_money_in_view(
    fake: FakeDesk, selection: Selection, width: int
) -> None:
    for columns, money in (("delta", "ATM"), ("classic", "0"), ("wide", "0")):
        pane = surface(fake, selection, columns=columns, column=2)
        assert pane.choice is not None
        pane.choice.to_money()
        assert money in texts(pane, width, 20)[1].split()


def test_a_cursor_in_the_wing_takes_the_window_along(fake: FakeDesk, selection: Selection) -> None:
    pane = surface(fake, selection, columns="classic", column=25)
    assert "+.6" in texts(pane, 80, 20)[1].split()


def test_a_missing_minute_leaves_the_map_of_now(fake: FakeDesk, selection: Selection) -> None:
    shown = texts(surface(fake, selection, past_ns=PAST_NS), 120, 15)
    assert "No minute recorded yet." in shown[1]
    assert "▸25DEC26" in shown[5]


def test_a_click_chooses_maturity_and_column_of_any_map(
    fake: FakeDesk, selection: Selection
) -> None:
    fake.remember_minute(PAST_NS)
    pane = surface(fake, selection, past_ns=PAST_NS)
    shown = texts(pane, 200, 21)
    assert pane.choice is not None
    x = shown[2].rindex("25C")
    assert pane.pick(x, 3)
    assert (selection.expiry_ns, pane.choice.column) == (EXPIRIES[0], 5)
    assert not pane.pick(x, 2)
    grid = surface(fake, selection, columns="classic")
    texts(grid, 200, 21)
    assert grid.pick(30, 6)
    assert grid.choice is not None
    assert grid.choice.row == 4


def test_the_smile_has_its_figures_below_where_it_is_high(
    fake: FakeDesk, selection: Selection
) -> None:
    pane = Smile(fake.desk, selection, id="smile", choice=VolChoice())
    shown = texts(pane, 76, 27)
    assert shown[-4].startswith(" 70,000 C  bid")
    assert shown[-3].startswith(" fit SVI")
    assert "of 25" in shown[-1]
    assert "SVI" not in " ".join(texts(pane, 76, 12))
    assert pane.pick(2, 5)
    assert selection.strike is not None
    assert selection.strike < 67_000
    assert selection.side == "put"
    assert not pane.pick(2, 0)


def test_the_list_keeps_its_cursor_in_view_and_a_click_moves_it(
    fake: FakeDesk, selection: Selection
) -> None:
    pane = Rich(fake.desk, selection, id="rich", choice=VolChoice())
    shown = texts(pane, 54, 12)
    assert shown[1].split() == ["option", "mid", "fit", "vp", "half-spr", "Δ"]
    assert pane.pick(5, 6)
    assert texts(pane, 54, 12)[6].startswith("▸")
    keys = [row.key for row in pane._list().rows]
    pane.choice.rich = keys[-1]
    assert texts(pane, 54, 12)[-1].startswith("▸")
    assert not pane.pick(5, 1)


def test_the_term_structure_has_its_table_beside_it_where_there_is_room(
    fake: FakeDesk, selection: Selection
) -> None:
    pane = Term(fake.desk, selection, id="term", choice=VolChoice())
    wide = "\n".join(texts(pane, 120, 20))
    for words in ("forward", "future", "▸25DEC26", "180 days"):
        assert words in wide
    assert "25DEC26" not in "\n".join(texts(pane, 60, 12))
    assert not pane.pick(50, 3)


def test_the_index_says_when_the_store_does_not_answer(
    fake: FakeDesk, selection: Selection
) -> None:
    fake.archive.index = index_past(NOW_NS)
    pane = Index(fake.desk, selection, id="index", choice=VolChoice())
    shown = texts(pane, 74, 11)
    assert "NO STORE" not in shown[0]
    assert shown[1].startswith(" index      55.12")
    assert NOW_NS - index_past(NOW_NS).at_ns[-1] == NS_PER_MINUTE
    fake.archive.error = "the database does not answer"
    shown = texts(pane, 74, 11)
    assert "NO STORE" in shown[0]
    assert "No history: the database" in "\n".join(shown)
