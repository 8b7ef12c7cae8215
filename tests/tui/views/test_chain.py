"""What the option chain shows of one expiry."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from types import MappingProxyType

import pytest

from core.market.book import BookState
from core.pricing.view import MarketPricing
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tui.selection import Selection
from tui.views.chain.columns import chain_columns
from tui.views.chain.view import ChainRow, ChainView, chain_view, nearest_index, scrolled

CALL = "BTC-25DEC26-70000-C"


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.trading()


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    chosen = Selection()
    chosen.choose(fake.desk.board.catalog, CALL)
    return chosen


def view_of(fake: FakeDesk, selection: Selection, width: int = 112, height: int = 29) -> ChainView:
    return chain_view(fake.desk, selection, width, height, None)


def rows(view: ChainView) -> list[ChainRow]:
    return [row for row in view.rows if not isinstance(row, str)]


def cell(view: ChainView, strike: float, side: str, column: str) -> str:
    row = next(one for one in rows(view) if one.strike == strike)
    columns = view.columns.calls if side == "call" else view.columns.puts
    at = [name for name, _ in columns].index(column)
    return (row.call if side == "call" else row.put).cells[at].text.strip()


def names(view: ChainView) -> tuple[list[str], list[str]]:
    return [name for name, _ in view.columns.calls], [name for name, _ in view.columns.puts]


@pytest.mark.parametrize(
    ("width", "calls", "puts"),
    [
        (112, "pos oi Δ mark iv bqty bid ask", "bid ask aqty iv mark Δ oi pos"),
        (76, "pos Δ iv bid ask", "bid ask iv Δ pos"),
        (80, "pos Δ iv bid ask", "bid ask iv Δ pos"),
        (66, "Δ iv bid ask", "bid ask iv Δ"),
        (40, "bid ask", "bid ask"),
    ],
)
def test_columns_come_and_go_with_the_width(
    fake: FakeDesk, selection: Selection, width: int, calls: str, puts: str
) -> None:
    assert names(view_of(fake, selection, width)) == (calls.split(), puts.split())


def test_sets_of_columns_prefer_their_own(fake: FakeDesk, selection: Selection) -> None:
    selection.columns = "greeks"
    assert {"Θ", "v", "Γ"} < set(names(view_of(fake, selection))[0])
    selection.columns = "vols"
    for side in names(view_of(fake, selection)):
        assert side.index("biv") < side.index("aiv")
        assert side.index("bid") < side.index("ask")


def test_prices_quoted_in_dollars_get_wider_columns(fake: FakeDesk, selection: Selection) -> None:
    pairs = selection.pairs(fake.desk.board.catalog)
    call = pairs[0].call
    assert call is not None
    linear = replace(call, is_inverse=False)
    dollars = (replace(pairs[0], call=linear), *pairs[1:])
    width = dict(chain_columns("quotes", dollars, 67_000.0, 112).calls)["bid"]
    assert width >= len("67,000.0000") + 1


def test_another_column_is_worth_more_than_wide_gaps(fake: FakeDesk, selection: Selection) -> None:
    columns = {
        width: chain_columns("quotes", selection.pairs(fake.desk.board.catalog), 1.0, width)
        for width in (110, 112)
    }
    assert len(columns[110].calls) == len(columns[112].calls) == 8
    assert dict(columns[112].calls)["bid"] - dict(columns[110].calls)["bid"] == 1


def test_the_forward_stands_between_its_strikes(fake: FakeDesk, selection: Selection) -> None:
    view = view_of(fake, selection)
    at = next(i for i, row in enumerate(view.rows) if isinstance(row, str))
    below, above = view.rows[at - 1], view.rows[at + 1]
    assert isinstance(below, ChainRow)
    assert isinstance(above, ChainRow)
    forward = fake.pricing.smiles["BTC", EXPIRIES[2]].forward
    assert below.strike < forward < above.strike
    assert view.rows[at] == f"{forward:,.1f}"


def test_the_strike_nearest_to_the_forward_is_at_the_money(
    fake: FakeDesk, selection: Selection
) -> None:
    assert [row.strike for row in rows(view_of(fake, selection)) if row.is_atm] == [68_000]
    assert nearest_index([1.0, 2.0], nan) == -1
    assert nearest_index([], 1.0) == -1


def test_calls_below_and_puts_above_the_forward_are_in_the_money(
    fake: FakeDesk, selection: Selection
) -> None:
    for row in rows(view_of(fake, selection)):
        assert row.call.is_itm is (row.strike <= 67_000)
        assert row.put.is_itm is not row.call.is_itm


def test_prices_sizes_and_volatilities_are_those_of_the_board(
    fake: FakeDesk, selection: Selection
) -> None:
    view, quote = view_of(fake, selection), fake.desk.board.quote(CALL)
    assert cell(view, 70_000, "call", "bid") == f"{quote.bid:.4f}"
    assert cell(view, 70_000, "call", "ask") == f"{quote.ask:.4f}"
    assert cell(view, 70_000, "call", "mark") == f"{quote.mark:.4f}"
    assert cell(view, 70_000, "call", "iv") == f"{fake.pricing.options[CALL].mid_iv * 100:.1f}"
    assert float(cell(view, 70_000, "call", "Δ")) == pytest.approx(quote.delta, abs=0.005)
    assert cell(view, 70_000, "put", "Δ").startswith("-.")


def test_own_positions_stand_in_the_row_of_their_option(
    fake: FakeDesk, selection: Selection
) -> None:
    view = view_of(fake, selection)
    assert cell(view, 70_000, "call", "pos") == "-5"
    assert cell(view, 75_000, "call", "pos") == "+12"
    assert cell(view, 64_000, "put", "pos") == "+4"
    assert cell(view, 64_000, "call", "pos") == ""


def test_the_cursor_marks_one_side_of_one_strike(fake: FakeDesk, selection: Selection) -> None:
    view = view_of(fake, selection)
    assert [row.strike for row in rows(view) if row.call.is_chosen] == [70_000]
    assert [row for row in rows(view) if row.put.is_chosen] == []
    selection.turn(fake.desk.board.catalog)
    assert [row.strike for row in rows(view_of(fake, selection)) if row.put.is_chosen] == [70_000]


def test_an_option_without_a_bid_shows_a_dash_not_a_zero(
    fake: FakeDesk, selection: Selection
) -> None:
    book = fake.desk.board.book(CALL)
    assert book is not None
    book.snapshot(10**9, [], [("new", 0.0545, 1.0)])
    view = view_of(fake, selection)
    assert cell(view, 70_000, "call", "bid") == "–"
    assert cell(view, 70_000, "call", "bqty") == "–"


def test_a_gap_makes_its_option_stale_and_no_other(fake: FakeDesk, selection: Selection) -> None:
    book = fake.desk.board.book(CALL)
    assert book is not None
    assert not book.change(-5, 10**9, [], [])
    assert book.state is BookState.STALE
    view = view_of(fake, selection)
    assert view.stale == 1
    row = next(one for one in rows(view) if one.strike == 70_000)
    assert (row.call.is_stale, row.put.is_stale) == (True, False)
    assert {one.tone for one in row.call.cells[1:]} == {"dim"}


def test_an_unpriced_expiry_shows_the_venues_own_figures(
    fake: FakeDesk, selection: Selection
) -> None:
    fake.pricing = MarketPricing()
    view, quote = view_of(fake, selection), fake.desk.board.quote(CALL)
    assert cell(view, 70_000, "call", "iv") == f"{quote.mark_iv * 100:.1f}"
    assert any(isinstance(row, str) for row in view.rows)  # the tickers' forward
    assert any("not priced yet" in span.text for one in view.facts for span in one.spans)


def test_an_expiry_without_a_smile_says_why(fake: FakeDesk, selection: Selection) -> None:
    key = ("BTC", EXPIRIES[2])
    broken = replace(fake.pricing.smiles[key], reason="3 quotes are too few")
    smiles = MappingProxyType({**fake.pricing.smiles, key: broken})
    fake.pricing = replace(fake.pricing, smiles=smiles)
    facts = view_of(fake, selection).facts
    assert any("3 quotes are too few" in span.text for one in facts for span in one.spans)


def test_an_expiry_in_its_last_half_hour_is_settling(fake: FakeDesk, selection: Selection) -> None:
    key = ("BTC", EXPIRIES[2])
    settling = replace(fake.pricing.smiles[key], open_share=0.5)
    smiles = MappingProxyType({**fake.pricing.smiles, key: settling})
    fake.pricing = replace(fake.pricing, smiles=smiles)
    facts = view_of(fake, selection).facts
    assert any(span.text == "settling" for one in facts for span in one.spans)


def test_only_visible_options_are_asked_for(fake: FakeDesk, selection: Selection) -> None:
    asked: list[str] = []
    quote = fake.desk.board.quote

    def counted(name: str) -> object:
        asked.append(name)
        return quote(name)

    fake.desk.board.quote = counted  # type: ignore[method-assign, assignment]  # counts calls
    view = view_of(fake, selection, height=11)
    assert len(asked) == 2 * len(rows(view)) == 20


@pytest.mark.parametrize(
    ("first", "cursor", "expected"),
    [(None, -1, 10), (None, 10, 8), (10, 14, 10), (10, 19, 12), (0, 29, 20), (25, 0, 0)],
)
def test_the_window_moves_only_as_far_as_the_cursor_demands(
    first: int | None, cursor: int, expected: int
) -> None:
    assert scrolled(first, 10, 30, cursor, 15) == expected


def test_a_window_larger_than_the_list_starts_at_its_top() -> None:
    assert scrolled(None, 40, 30, 5, 15) == 0
    assert scrolled(3, 0, 30, 5, 15) >= 0
