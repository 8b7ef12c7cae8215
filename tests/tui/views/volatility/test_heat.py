"""The map as numbers: columns, marks, one scale for two moments, signed changes."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import MappingProxyType

import pytest

from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
from tests.tui.panes.drawing import chosen
from tui.selection import Selection
from tui.views.volatility.choice import VolChoice
from tui.views.volatility.heat import k_label, window
from tui.views.volatility.past import past_view
from tui.views.volatility.surface import SurfaceView, surface_view

MINUTE_NS = NOW_NS // 60_000_000_000 * 60_000_000_000 - 60_000_000_000


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.still()


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    return chosen(fake)


def view_of(fake: FakeDesk, selection: Selection, choice: VolChoice) -> SurfaceView:
    past = past_view(fake.desk, selection.chain, choice.past_ns)
    return surface_view(fake.desk, selection, 20, choice, past)


def test_the_classic_grid_has_27_columns_and_empty_cells_where_no_quotes_are(
    fake: FakeDesk, selection: Selection
) -> None:
    view = view_of(fake, selection, VolChoice(columns="classic"))
    assert (len(view.labels), len(view.columns)) == (17, 27)
    assert view.columns[view.money] == "0"
    (block,) = view.blocks
    assert block.rows[0][0].text == ""
    assert isnan(block.rows[0][0].heat)
    assert block.rows[0][13].text


def test_what_lies_beyond_the_quotes_has_a_mark_of_its_own(
    fake: FakeDesk, selection: Selection
) -> None:
    (block,) = view_of(fake, selection, VolChoice(columns="wide")).blocks
    outside = [cell for row in block.rows for cell in row if cell.is_outside]
    assert outside
    assert all(cell.text.startswith("~") for cell in outside)
    inside = [cell for row in block.rows for cell in row if not cell.is_outside]
    assert not any("~" in cell.text for cell in inside)
    assert all(0.0 <= cell.heat <= 1.0 for cell in inside)
    assert any(cell.heat > 1.0 for cell in outside), "the scale is that of the quotes"


def test_a_grid_that_is_not_drawn_yet_says_so(fake: FakeDesk, selection: Selection) -> None:
    fake.pricing = replace(fake.pricing, wide_surfaces=MappingProxyType({}))
    words = view_of(fake, selection, VolChoice(columns="wide")).empty
    assert words == "No wide grid: the surface of this chain is not drawn yet."


def test_a_minute_of_the_past_stands_beside_now_with_signed_changes(
    fake: FakeDesk, selection: Selection
) -> None:
    fake.remember_minute(MINUTE_NS, lower=0.004)
    view = view_of(fake, selection, VolChoice(past_ns=MINUTE_NS))
    now, then, change = view.blocks
    assert [block.kind for block in view.blocks] == ["vol", "vol", "change"]
    assert (now.low, now.high) == (then.low, then.high)
    assert {cell.text for row in change.rows for cell in row} == {"+0.4"}
    assert all(cell.heat > 0.5 for row in change.rows for cell in row)


def test_a_fall_is_written_with_its_sign(fake: FakeDesk, selection: Selection) -> None:
    fake.remember_minute(MINUTE_NS, lower=-0.012)
    change = view_of(fake, selection, VolChoice(past_ns=MINUTE_NS, mode="change")).blocks[0]
    assert {cell.text for row in change.rows for cell in row} == {"-1.2"}
    assert (change.low, change.high) == ("-1.2", "+1.2")


@pytest.mark.parametrize(
    ("mode", "titles"),
    [("now", ["now"]), ("then", ["then 14:31"]), ("change", ["change since 14:31"])],
)
def test_each_map_can_stand_alone(
    fake: FakeDesk, selection: Selection, mode: str, titles: list[str]
) -> None:
    fake.remember_minute(MINUTE_NS)
    choice = VolChoice(past_ns=MINUTE_NS)
    while choice.mode != mode:
        choice.next_mode()
    assert [block.title for block in view_of(fake, selection, choice).blocks] == titles


def test_an_expiry_that_was_not_listed_then_has_no_value_there(
    fake: FakeDesk, selection: Selection
) -> None:
    fake.remember_minute(MINUTE_NS)
    told = fake.archive.minutes[MINUTE_NS]
    fake.archive.minutes[MINUTE_NS] = lambda chain: replace(
        told(chain), smiles=told(chain).smiles[1:]
    )
    _, then, change = view_of(fake, selection, VolChoice(past_ns=MINUTE_NS)).blocks
    assert {cell.text for cell in then.rows[0]} == {"–"}
    assert {cell.text for cell in change.rows[0]} == {"–"}
    assert "–" not in {cell.text for cell in change.rows[1]}


def test_facts_of_a_fit_are_missing_until_there_is_one(
    fake: FakeDesk, selection: Selection
) -> None:
    smiles = {key: replace(one, fit=None, fit_rmse=nan) for key, one in fake.pricing.smiles.items()}
    fake.pricing = replace(fake.pricing, smiles=MappingProxyType(smiles))
    view = view_of(fake, selection, VolChoice())
    assert set(view.fits[0][6:]) == {"–"}


def test_k_is_written_in_few_cells_and_a_window_keeps_the_cursor() -> None:
    assert [k_label(k) for k in (-0.7, -0.05, 0.0, 0.01, 0.15)] == [
        "-.7",
        "-.05",
        "0",
        "+.01",
        "+.15",
    ]
    assert window(12, 5, 0) == range(5)
    assert window(12, 5, 11) == range(7, 12)
    assert window(3, 9, 1) == range(3)
