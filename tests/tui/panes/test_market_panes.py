"""Ladder, futures and surface panes: arrows, clicks, what stays where."""

from __future__ import annotations

from decimal import Decimal

from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tests.tui.panes.drawing import PALETTE, chosen, made, text, texts
from tui.panes.futures import Futures
from tui.panes.ladder import Ladder
from tui.panes.volatility.surface import Surface

WIDTH, HEIGHT = 38, 22


def test_the_ladder_names_its_instrument_and_our_orders() -> None:
    fake = FakeDesk.trading()
    shown = texts(made(Ladder, fake), WIDTH, HEIGHT)
    assert "BTC-25DEC26-70000-C" in shown[0]
    assert [line for line in shown if "◂ 5.0" in line and "0.0535" in line]
    assert [line for line in shown if "3.0 ▸" in line and "0.0500" in line]
    assert "pos -5.0" in shown[-1]


def test_the_last_price_carries_the_direction_of_its_change() -> None:
    fake = FakeDesk.trading()
    pane = made(Ladder, fake)
    assert "▲" not in texts(pane, WIDTH, HEIGHT)[-2]
    name = "BTC-25DEC26-70000-C"
    ticker = fake.desk.board.ticker(name)
    assert ticker is not None
    for last, arrow in ((0.0555, "▲"), (0.0555, "▲"), (0.0550, "▼")):
        changed = type(ticker)(name, ticker.timestamp, last_price=last)
        fake.desk.board.put_ticker(changed, fake.clock.now_ns())
        assert f"{last:.4f} {arrow}" in texts(pane, WIDTH, HEIGHT)[-2]


def test_the_ladders_prices_stand_still_until_the_middle_is_left() -> None:
    fake = FakeDesk.trading()
    pane = made(Ladder, fake)
    name = "BTC-25DEC26-70000-C"
    first = [line[15:24] for line in texts(pane, WIDTH, HEIGHT)[2:5]]
    fake.market.shift(name, 2)
    assert [line[15:24] for line in texts(pane, WIDTH, HEIGHT)[2:5]] == first
    for _ in range(6):
        fake.market.shift(name, 2)
    assert [line[15:24] for line in texts(pane, WIDTH, HEIGHT)[2:5]] != first


def test_a_click_puts_the_ladders_cursor_on_a_price_and_recentring_takes_it_away() -> None:
    fake = FakeDesk.trading()
    selection = chosen(fake)
    pane = made(Ladder, fake, selection)
    assert isinstance(pane, Ladder)
    shown = texts(pane, WIDTH, HEIGHT)
    y = next(y for y, line in enumerate(shown) if " 0.0550 " in line)
    assert pane.pick(20, y)
    assert selection.price == Decimal("0.0550")
    assert "▸" in texts(pane, WIDTH, HEIGHT)[y]
    assert not pane.pick(20, 0)
    pane.recentre()
    assert selection.price is None


def test_a_click_on_a_future_selects_it() -> None:
    fake = FakeDesk.trading()
    selection = chosen(fake)
    pane = made(Futures, fake, selection)
    shown = texts(pane, WIDTH, 8)
    y = next(y for y, line in enumerate(shown) if "BTC-26MAR27" in line)
    assert pane.pick(3, y)
    assert selection.instrument == "BTC-26MAR27"
    assert texts(pane, WIDTH, 8)[y].startswith("▸")
    assert not pane.pick(3, 1)


def test_another_chain_brings_its_futures_to_the_top() -> None:
    fake = FakeDesk.trading()
    selection = chosen(fake)
    pane = made(Futures, fake, selection)
    assert "BTC-PERP" in texts(pane, WIDTH, 5)[2]
    selection.next_chain(fake.desk.board.catalog)
    assert "ETH-PERP" in texts(pane, WIDTH, 5)[2]


def test_futures_move_without_flashing_for_all_of_them_always_do() -> None:
    fake = FakeDesk.trading()
    pane = made(Futures, fake)
    before = pane.lines(WIDTH, 8)[2]
    fake.market.shift("BTC-PERPETUAL", 1)
    after = pane.lines(WIDTH, 8)[2]
    assert [text for text, _ in before] != [text for text, _ in after]
    assert [look for _, look in before] == [look for _, look in after]


def test_the_heat_map_is_readable_without_its_colours() -> None:
    fake = FakeDesk.trading()
    selection = chosen(fake)
    pane = made(Surface, fake, selection)
    shown = texts(pane, 48, 10)
    assert shown[1].split() == ["10P", "25P", "35P", "ATM", "35C", "25C", "10C"]
    assert shown[4].startswith("▸25DEC26")
    assert len(shown[4].split()) == 8
    assert pane.pick(3, 6)
    assert selection.expiry_ns == EXPIRIES[4]


def test_a_narrow_heat_map_keeps_the_columns_around_the_money() -> None:
    shown = texts(made(Surface, FakeDesk.trading()), 40, 10)
    assert shown[1].split() == ["25P", "35P", "ATM", "35C", "25C"]


def test_a_stale_ladder_is_dim() -> None:
    fake = FakeDesk.trading()
    fake.fall_silent()
    lines = made(Ladder, fake).lines(WIDTH, HEIGHT)
    prices = [
        look for line in lines[2:20] for words, look in line if "0.05" in text(((words, look),))
    ]
    assert {look[0] for look in prices} == {PALETTE.dim}
