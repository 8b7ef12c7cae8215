"""Positions, orders, log, pair, header and keys: rows, choices, what stays visible."""

from __future__ import annotations

from dataclasses import replace

from core.logs import LogLine
from core.settings import Settings, VenueSettings
from tests.tui.fake_desk import FakeDesk, say
from tests.tui.fake_market import NOW_NS
from tests.tui.panes.drawing import CALL, PALETTE, chosen, looks_of, made, texts
from tui.panes.header import Header
from tui.panes.keys import Keys
from tui.panes.log import Log
from tui.panes.orders import Orders
from tui.panes.pair import Pair
from tui.panes.positions import Positions
from tui.selection import Selection


def test_totals_stay_when_positions_do_not_all_fit() -> None:
    fake = FakeDesk.trading()
    shown = texts(made(Positions, fake), 112, 7)
    assert [line.split()[:2] for line in shown[-2:]] == [["total", "BTC"], ["total", "USDC"]]
    assert "6 open  1-3 shown" in shown[0]


def test_the_chosen_position_is_in_view_and_marked() -> None:
    fake = FakeDesk.trading()
    selection = Selection(position="ETH_USDC-PERPETUAL")
    shown = texts(made(Positions, fake, selection), 112, 7)
    assert [line for line in shown if line.startswith("▸ETH_USDC-PERPETUAL")]


def test_a_wider_pane_shows_what_was_earned() -> None:
    fake = FakeDesk.trading()
    heads = [texts(made(Positions, fake), width, 10)[1].split() for width in (78, 112, 180)]
    assert "upnl" in heads[0]
    assert "rpnl" in heads[1]
    assert {"rpnl", "fees", "funding"} <= set(heads[2])


def test_an_average_that_differs_from_the_venues_is_said_in_the_title() -> None:
    fake = FakeDesk.trading()
    text = "BTC-PERPETUAL: our average price is 67408, the venue says 67400"
    fake.view = replace(fake.view, checks=(text,))
    assert text in texts(made(Positions, fake), 160, 10)[0]


def test_clicks_choose_positions_and_orders() -> None:
    fake = FakeDesk.trading()
    selection = chosen(fake)
    positions, orders = made(Positions, fake, selection), made(Orders, fake, selection)
    positions.lines(112, 10)
    orders.lines(112, 10)
    assert positions.pick(5, 3)
    assert selection.position == CALL
    assert orders.pick(5, 4)
    assert selection.order_id == "o3"
    assert not positions.pick(5, 9)
    assert not orders.pick(5, 1)


def test_a_refused_order_shows_its_reason() -> None:
    shown = texts(made(Orders, FakeDesk.trading()), 160, 10)
    assert "REFUSED  order of 3,370,000 USD is above risk.max_order_usd" in shown[-1]


def test_finished_orders_are_dim_and_working_sides_are_not() -> None:
    pane = made(Orders, FakeDesk.trading())
    looks = looks_of(pane, "SELL", 112, 10)
    assert looks == {(PALETTE.down, PALETTE.pane, True), (PALETTE.dim, PALETTE.pane, False)}


def test_orders_of_an_account_that_is_not_reconciled_are_labelled() -> None:
    fake = FakeDesk.trading()
    fake.view = replace(fake.view, is_reconciled=False)
    assert "RECONCILING" in texts(made(Orders, fake), 112, 10)[0]
    assert "RECONCILING" in texts(made(Positions, fake), 112, 10)[0]


def test_the_log_is_rebuilt_only_when_a_line_came() -> None:
    fake = FakeDesk.trading()
    pane = made(Log, fake)
    body = pane.lines(86, 7)[1:]
    assert all(a is b for a, b in zip(body, pane.lines(86, 7)[1:], strict=True))
    say(fake.logs, LogLine(NOW_NS, "ERR", "link", "socket closed"))
    assert "ERR  link     socket closed" in texts(pane, 86, 7)[-1]


def test_the_log_can_show_one_kind_and_says_which() -> None:
    fake = FakeDesk.trading()
    selection = Selection(log_kind="FILL")
    shown = texts(made(Log, fake, selection), 86, 7)
    assert "only  FILL " in shown[0]
    assert len(shown) == 3
    selection.log_kind = "ERR"
    assert "No ERR lines." in texts(made(Log, fake, selection), 86, 7)[2]


def test_the_pairs_facts_stand_beside_the_chart_where_there_is_room() -> None:
    fake = FakeDesk.trading()
    wide = "\n".join(texts(made(Pair, fake), 86, 9))
    narrow = "\n".join(texts(made(Pair, fake), 42, 9))
    assert "half-life" in wide
    assert "half-life" not in narrow
    assert "MEAN-REV" in narrow
    assert f"{fake.pair.z:+.2f}" in narrow


def test_live_trading_colours_the_whole_first_line() -> None:
    fake = FakeDesk.trading()
    fake.desk.settings = Settings(venue=VenueSettings(mode="live"))
    first = made(Header, fake).lines(200, 2)[0]
    grounds = {look[1] for _, look in first}
    assert PALETTE.live in grounds
    assert PALETTE.down_ground in grounds


def test_margins_are_bars_where_there_is_room() -> None:
    fake = FakeDesk.trading()
    assert "im ██▌" in texts(made(Header, fake), 200, 2)[1]
    small = texts(made(Header, fake), 80, 2)[1]
    assert "im  31%" in small
    assert "█" not in small


def test_the_header_keeps_what_matters_most_at_every_width() -> None:
    fake = FakeDesk.trading()
    for width in (78, 100, 120, 160, 200):
        first, second = texts(made(Header, fake), width, 2)
        for fact in ("VOLDESK", "SIM", "BTC 67,399.4", "3 ms", "ON"):
            assert fact in first, width
        assert "equity 12.4821 BTC" in second
        assert "Δ +2.13" in second


def test_keys_that_do_not_fit_are_left_out_whole() -> None:
    pane = made(Keys, FakeDesk.trading())
    assert isinstance(pane, Keys)
    pane._words = (("b", "buy"), ("X", "cancel all"), ("^k", "KILL"))
    pane._alarming = frozenset({"^k"})
    assert texts(pane, 60, 1)[0].split() == ["b", "buy", "X", "cancel", "all", "^k", "KILL"]
    assert texts(pane, 22, 1)[0].split() == ["b", "buy", "^k", "KILL"]
    assert looks_of(pane, "^k", 60, 1) == {(PALETTE.down, PALETTE.pane, True)}
