"""Positions, orders, futures and log lines, row by row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.order import OrderState, OrderType, Side
from core.domain.position import Position, Result
from core.logs import LogLine
from core.trading.view import TradingView
from tests.tui.fake_desk import FakeDesk, order, say
from tests.tui.fake_market import NOW_NS
from tui.selection import Selection
from tui.views.futures import futures_view
from tui.views.journal import journal_rows
from tui.views.orders import OrderRow, orders_view
from tui.views.positions import positions_view


def position_cells(fake: FakeDesk, name: str) -> list[str]:
    view = positions_view(fake.desk, Selection())
    rows = {row.cells[0][0]: row for row in (*view.rows, *view.totals)}
    return [text for text, _ in rows[name].cells]


def test_a_position_shows_its_profit_and_greeks() -> None:
    fake = FakeDesk.trading()
    own = fake.pricing.options["BTC-25DEC26-70000-C"]
    cells = position_cells(fake, "BTC-25DEC26-70000-C")
    assert cells[:6] == [
        "BTC-25DEC26-70000-C",
        "-5.0",
        "0.0412",
        "0.0541",
        "-0.0645",
        "BTC",
    ]
    assert float(cells[6]) == pytest.approx(-5 * own.net_delta, abs=0.01)
    assert float(cells[8]) == pytest.approx(-5 * own.vega, abs=0.1)


def test_a_future_has_a_delta_and_no_other_greek() -> None:
    cells = position_cells(FakeDesk.trading(), "BTC-PERPETUAL")
    assert cells[1:10] == [
        "-27,800",
        "67,408.0",
        "67,399.5",
        "+0.0001",
        "BTC",
        "-0.41",
        "–",
        "–",
        "–",
    ]


def test_each_settlement_currency_has_its_total() -> None:
    fake = FakeDesk.trading()
    rows = [position_cells(fake, row.name) for row in positions_view(fake.desk, Selection()).rows]
    total = position_cells(fake, "total BTC")
    assert float(total[4]) == pytest.approx(sum(float(row[4]) for row in rows[:5]), abs=3e-4)
    assert float(total[6]) == pytest.approx(sum(float(row[6]) for row in rows[:5]), abs=0.03)
    assert position_cells(fake, "total USDC")[4] == "+24.12"


def test_what_a_position_earned_stands_behind_its_greeks() -> None:
    fake = FakeDesk.trading()
    own = Position("BTC-PERPETUAL", *map(Decimal, ("-100", "67000", "0.0125", "0.0003", "-0.0021")))
    whole = Result("", "BTC", Decimal("0.05"), Decimal("0.001"), Decimal("-0.003"))
    fake.view = replace(fake.view, positions=(own,), totals=(whole,))
    assert position_cells(fake, "BTC-PERPETUAL")[10:13] == ["+0.0125", "-0.0003", "-0.0021"]
    assert position_cells(fake, "total BTC")[10:13] == ["+0.0500", "-0.0010", "-0.0030"]


def test_a_position_has_its_profit_in_usd_and_on_the_closing_side() -> None:
    cells = position_cells(FakeDesk.trading(), "BTC-25DEC26-70000-C")
    assert cells[13] == "-4,347"
    assert -0.08 < float(cells[14]) < -0.0645


def test_shares_of_sleeves_stand_below_their_position() -> None:
    fake = FakeDesk.trading()
    name = "BTC-PERPETUAL"
    shares = (
        ("hedger", Position(name, Decimal(-30_000), Decimal(67_500), Decimal("0.01"))),
        ("manual", Position(name, Decimal(2_200), Decimal(67_000))),
    )
    fake.view = replace(fake.view, sleeves=shares)
    view = positions_view(fake.desk, Selection())
    at = next(i for i, row in enumerate(view.rows) if row.name == name)
    parts = view.rows[at + 1 : at + 3]
    assert [[text for text, _ in row.cells[:3]] for row in parts] == [
        ["  hedger", "-30,000", "67,500.0"],
        ["  manual", "+2,200", "67,000.0"],
    ]
    assert [row.is_part for row in view.rows].count(True) == 2
    assert view.count == 6
    only_manual = (("manual", Position(name, Decimal(-27_800), Decimal(67_408))),)
    fake.view = replace(fake.view, sleeves=only_manual)
    assert len(positions_view(fake.desk, Selection()).rows) == 6


def test_what_was_found_is_marked_on_its_sleeves_row() -> None:
    fake = FakeDesk.trading()
    first = fake.view.positions[0]
    for found, name in ((first.amount, "  manual found"), (Decimal(1), "  manual part found")):
        lot = replace(first, found=found)
        fake.view = replace(fake.view, sleeves=(("manual", lot),))
        view = positions_view(fake.desk, Selection())
        assert [row.cells[0] for row in view.rows if row.is_part] == [(name, "violet")]


def test_deltas_of_different_coins_are_not_added() -> None:
    fake = FakeDesk.trading()
    legs = (
        Position("ETH_USDC-PERPETUAL", Decimal("2.4"), Decimal(3400)),
        Position("BTC_USDC-PERPETUAL", Decimal("-0.1"), Decimal(67000)),
    )
    fake.view = replace(fake.view, positions=legs)
    assert position_cells(fake, "total USDC")[6] == "–"


def test_a_position_in_an_unlisted_contract_is_stale_and_unpriced() -> None:
    fake = FakeDesk.trading()
    gone = Position("BTC-1JAN30-1-C", Decimal(1), Decimal("0.1"))
    fake.view = replace(fake.view, positions=(gone,))
    view = positions_view(fake.desk, Selection())
    assert view.stale == 1
    assert [text for text, _ in view.rows[0].cells[3:5]] == ["–", "–"]


def test_no_positions_is_said_differently_before_the_account_is_known() -> None:
    fake = FakeDesk.waiting()
    assert positions_view(fake.desk, Selection()).empty == "Waiting for the account."
    fake.view = TradingView(is_reconciled=True)
    assert positions_view(fake.desk, Selection()).empty == "No open positions."


def order_row(**changes: object) -> OrderRow:
    fake = FakeDesk.trading()
    base = order("o1", "BTC-25DEC26-70000-C", Side.SELL, "5", "0", "0.0535", 41.0)
    fake.view = replace(fake.view, orders=(replace(base, **changes),))  # type: ignore[arg-type]  # fields by name
    (row,) = orders_view(fake.desk, Selection(order_id="o1")).rows
    return row


def test_an_order_row_is_in_words() -> None:
    row = order_row()
    assert (row.side, row.side_tone, row.amount, row.filled) == ("SELL", "down", "5", "0")
    assert (row.price, row.kind, row.sleeve) == ("0.0535", "post gtc", "manual")
    assert (row.age, row.state, row.is_chosen) == ("0:41", "open", True)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"state": OrderState.NEW}, "new"),
        ({"state": OrderState.PARTIAL, "filled": Decimal("2.5")}, "part"),
        ({"state": OrderState.SENT}, "sent"),
        ({"state": OrderState.UNTRIGGERED}, "waiting"),
        ({"state": OrderState.UNKNOWN}, "UNKNOWN"),
        ({"state": OrderState.FILLED}, "filled"),
        ({"state": OrderState.CANCELLED}, "cancelled"),
        ({"state": OrderState.REFUSED}, "REFUSED"),
    ],
)
def test_every_state_has_its_word(changes: dict[str, object], state: str) -> None:
    assert order_row(**changes).state == state


def test_a_stop_shows_its_trigger_and_which_way_it_fires() -> None:
    row = order_row(
        type=OrderType.STOP_MARKET,
        price=None,
        trigger_price=Decimal("0.05"),
        post_only=False,
        reduce_only=True,
    )
    assert (row.price, row.kind) == ("≤0.0500", "stop red")


def test_a_market_order_shows_what_it_got() -> None:
    row = order_row(type=OrderType.MARKET, price=None, post_only=False)
    assert (row.price, row.kind) == ("–", "market")
    assert order_row(price=None, average_price=Decimal("0.0531")).price == "0.0531"


def test_an_order_without_an_id_is_chosen_by_its_label() -> None:
    assert order_row(order_id="").order_id == "manual:a1b2c3-o1"


def test_futures_show_basis_and_funding() -> None:
    view = futures_view(FakeDesk.trading().desk, Selection(), 20, 0)
    cells = {row.cells[0][0]: [text for text, _ in row.cells] for row in view.rows}
    assert cells["BTC-PERP"][1:4] == ["67,399.5", "67,400.0", "+.0081"]
    assert cells["BTC-25DEC26"][3] == "+4.5%"
    assert cells["BTC-PERP"][9] == "-27.8k"
    assert cells["ETH_USDC"][9] == "+2.4"
    assert view.total == 10


def test_futures_scroll_only_as_far_as_the_chosen_one_demands() -> None:
    desk = FakeDesk.trading().desk
    names = [one.name for one in desk.board.catalog.futures]
    assert futures_view(desk, Selection(instrument=names[0]), 4, 0).first == 0
    assert futures_view(desk, Selection(instrument=names[5]), 4, 0).first == 2
    assert futures_view(desk, Selection(instrument=names[1]), 4, 6).first == 1
    assert futures_view(desk, Selection(), 4, 99).first == len(names) - 4


def test_the_log_shows_the_newest_lines_of_a_kind() -> None:
    fake = FakeDesk.trading()
    assert [row.kind for row in journal_rows(fake.logs, "", 2)] == ["SIGN", "INFO"]
    assert [row.at for row in journal_rows(fake.logs, "FILL", 9)] == [
        "14:31:26.900",
        "14:31:27.100",
    ]
    assert journal_rows(fake.logs, "ERR", 9) == ()
    assert journal_rows(fake.logs, "", 0) == ()


def test_a_log_line_from_outside_cannot_break_the_screen() -> None:
    fake = FakeDesk.waiting()
    say(fake.logs, LogLine(NOW_NS, "ERR", "link", "bad\x1b[2J\nframe 日本"))
    (row,) = journal_rows(fake.logs, "", 5)
    assert row.text == "bad [2J frame ??"
    assert row.is_loud
