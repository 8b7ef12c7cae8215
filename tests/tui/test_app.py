"""The desk as a program: layouts, errors, questions, leaving."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from typing import cast

import pytest
from textual.events import Key

from core.commands.table import PANES
from core.trading.commands import (
    CancelOrders,
    CancelScope,
    Kill,
    SwitchAutomation,
)
from core.trading.view import TradingView
from tests.tui.driver import running, shown
from tests.tui.fake_desk import FakeDesk
from tui.dialogs.confirm import Confirm
from tui.dialogs.help import Help
from tui.dialogs.search import Search
from tui.draw.pen import Line
from tui.screens.layout import layout_for


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((200, 55), set(PANES)),
        ((200, 60), set(PANES)),
        ((120, 40), {"chain", "ladder", "futures", "pair", "positions", "orders"}),
        ((80, 24), {"chain"}),
        ((100, 30), {"chain"}),
    ],
)
def test_each_size_shows_its_layout(size: tuple[int, int], panes: set[str]) -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), size) as desk:
            assert shown(desk) == panes
            bottom = desk.app.desk_screen.query_one("#keys").region
            assert (bottom.y, bottom.width) == (size[1] - 1, size[0])

    asyncio.run(run())


def test_below_the_smallest_size_there_is_one_sentence() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (77, 24)) as desk:
            assert shown(desk) == set()
            label = desk.app.desk_screen.query_one("#too_small")
            assert label.region.area
            assert "needs 78 columns and 22 lines" in str(label.render())

    asyncio.run(run())


def test_a_window_that_shrinks_and_grows_changes_the_layout() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (200, 55)) as desk:
            await desk.pilot.resize_terminal(80, 24)
            await desk.until(lambda: shown(desk) == {"chain"}, "one pane")
            await desk.pilot.resize_terminal(200, 55)
            await desk.until(lambda: shown(desk) == set(PANES), "all panes")

    asyncio.run(run())


def test_layouts_change_at_their_borders() -> None:
    assert layout_for(78, 22) == "small"
    assert layout_for(78, 21) == "none"
    assert layout_for(110, 34) == "middle"
    assert layout_for(179, 55) == "middle"
    assert layout_for(180, 48) == "large"


def test_zoom_fills_the_screen_and_gives_it_back() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            before = shown(desk)
            await desk.press("8", "z")
            assert shown(desk) == {"positions"}
            assert desk.app.desk_screen.query_one("#header").region.area
            await desk.press("tab")
            assert shown(desk) == {"orders"}
            await desk.press("z")
            assert shown(desk) == before

    asyncio.run(run())


def test_the_cursor_walks_chain_expiries_and_underlyings() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            selection = desk.app.session.selection
            strike, expiry = selection.strike, selection.expiry_ns
            assert strike
            assert expiry
            await desk.press("down", "right", "full_stop")
            assert selection.strike == strike + 1000
            assert selection.side == "put"
            assert selection.expiry_ns
            assert selection.expiry_ns > expiry
            await desk.press("comma", "c", "u")
            assert (selection.expiry_ns, selection.side, selection.chain) == (expiry, "call", "ETH")
            await desk.press("3", "down", "enter")
            assert selection.instrument == "BTC_USDC-PERPETUAL" or selection.instrument
            await desk.press("2", "up")
            assert selection.price is not None
            await desk.press("home")
            assert selection.price is None

    asyncio.run(run())


def test_the_mouse_chooses_pane_and_option() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.pilot.click("#chain", offset=(60, 6))
            assert desk.app.session.selection.side == "put"
            await desk.pilot.click("#orders", offset=(5, 2))
            assert desk.app.desk_screen.current == "orders"
            assert desk.app.session.selection.order_id == "o1"

    asyncio.run(run())


def test_quit_asks_while_something_works() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("ctrl+q")
            screen = await desk.dialog()
            assert isinstance(screen, Confirm)
            words = str(screen.query_one("#words").render())
            assert "3 orders work, hedger is on" in words
            await desk.press("n")
            assert desk.app.is_running
            await desk.press("ctrl+q")
            await desk.dialog()
            await desk.press("y")
        assert desk.app.return_code == 0

    asyncio.run(run())


def test_quit_does_not_ask_when_nothing_works_and_shutdown_kills_first() -> None:
    async def run() -> None:
        fake = FakeDesk.trading()
        fake.view = TradingView()
        async with running(fake) as desk:
            await desk.press("ctrl+q")
        assert desk.app.return_code == 0
        fake = FakeDesk.trading()
        async with running(fake) as desk:
            await desk.enter("shutdown")
            assert desk.requests == [Kill(False)]
            fake.view = replace(fake.view, orders=())
            await desk.until(lambda: not desk.app.is_running, "the end")

    asyncio.run(run())


def test_a_failing_pane_says_so_and_the_desk_lives() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            pane = desk.app.desk_screen.pane("positions")

            def build(width: int, height: int) -> list[Line]:
                raise ZeroDivisionError(f"nothing in {width}x{height}")

            pane.build = build  # type: ignore[method-assign]  # a pane that fails while it runs
            await desk.until(
                lambda: "ZeroDivisionError" in pane.render_line(0).text, "the pane's own words"
            )
            await desk.press("d")
            assert desk.requests == [SwitchAutomation("hedger", False)]

    asyncio.run(run())


def test_a_failing_handler_and_a_failing_frame_are_reported_and_the_desk_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), may_fail=True) as desk:

            def broken(*_: object) -> None:
                raise RuntimeError("broken on purpose")

            with monkeypatch.context() as patch:
                patch.setattr(desk.app.deeds, "take_replies", broken)
                await desk.until(lambda: len(desk.app.failures) > 0, "the report of the frame")
            failures = len(desk.app.failures)
            with monkeypatch.context() as patch:
                patch.setattr(desk.app.deeds, "run_entry", broken)
                await desk.press("d")
                await desk.until(lambda: len(desk.app.failures) > failures, "the report of the key")
            await desk.press("d")
            assert desk.requests == [SwitchAutomation("hedger", False)]
            assert desk.app.is_running

    asyncio.run(run())


def test_a_desk_that_cannot_start_says_why() -> None:
    class Stubborn:
        """A part that will not start."""

        def start(self) -> None:
            raise RuntimeError("the port is busy")

        def stop(self) -> bool:
            return True

    async def run() -> None:
        fake = FakeDesk.waiting()
        fake.desk._parts = (Stubborn(),)
        async with running(fake, may_fail=True) as desk:
            await desk.until(lambda: len(desk.app.failures) == 1, "the report")
            assert desk.app.is_running

    asyncio.run(run())


def test_a_theme_change_repaints_every_pane() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            chain = desk.app.desk_screen.pane("chain")
            before = chain.render_line(0)
            await desk.enter("theme desk-blue-orange")
            assert desk.app.theme == "desk-blue-orange"
            await desk.enter("theme desk-light")
            await desk.until(lambda: chain.render_line(0) != before, "new colours")

    asyncio.run(run())


def test_an_alarm_stays_on_its_own_line_until_it_is_gone() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            alarm = desk.app.desk_screen.query_one("#alarm")
            assert not alarm.region.area
            desk.fake.view = replace(desk.fake.view, alarms=("the ledger differs",))
            await desk.until(lambda: alarm.region.height == 1, "the alarm line")
            desk.fake.view = replace(desk.fake.view, alarms=())
            await desk.until(lambda: not alarm.region.area, "no alarm line")

    asyncio.run(run())


def test_help_search_and_palette_open_and_do_what_they_say() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            await desk.press("question_mark")
            assert isinstance(desk.app.screen, Help)
            await desk.press("q", "i")
            assert isinstance(await desk.dialog(), Search)
            await desk.answer("eth perp")
            assert desk.app.session.selection.instrument == "ETH-PERPETUAL"
            await desk.press("ctrl+p")
            await desk.until(lambda: desk.is_open, "the palette")
            await desk.press(*"cancel all")
            await desk.pilot.pause(0.3)
            await desk.press("enter")
            await desk.until(lambda: not desk.is_open, "the end of the palette")
            await desk.until(
                lambda: desk.requests == [CancelOrders(CancelScope.ALL)], "the command"
            )

    asyncio.run(run())


def test_a_signal_to_end_is_obeyed() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            signal.raise_signal(signal.SIGTERM)
            await desk.until(lambda: not desk.app.is_running, "the end")
        assert cast(int, desk.app.return_code) == 0

    asyncio.run(run())


def test_on_a_small_screen_the_reading_gets_a_line_of_its_own() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), (80, 24)) as desk:
            bar = desk.app.desk_screen.bar
            assert bar.region.height == 1
            await desk.type("sell 5 25dec 70000c @ .0575 post")
            await desk.until(lambda: bar.region.height == 2, "two lines")
            assert bar.line.region.width == 80
            assert bar.field.region.y == bar.line.region.y - 1
            await desk.press("escape")
            await desk.until(lambda: bar.region.height == 1, "one line")

    asyncio.run(run())


def test_what_is_typed_at_one_go_after_the_colon_is_text_and_no_keys() -> None:
    async def run() -> None:
        async with running(FakeDesk.trading()) as desk:
            for char in ":sxdX":
                desk.app.post_message(Key("colon" if char == ":" else char, char))
            await desk.until(
                lambda: desk.app.desk_screen.bar.field.value == "sxdX", "the text in the field"
            )
            assert desk.requests == []
            assert not desk.is_open

    asyncio.run(run())


def test_a_pane_whose_click_fails_takes_the_next_click(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with running(FakeDesk.trading(), may_fail=True) as desk:
            pane = desk.app.desk_screen.pane("orders")

            def broken(x: int, y: int) -> bool:
                raise RuntimeError(f"nothing at {x}, {y}")

            with monkeypatch.context() as patch:
                patch.setattr(pane, "pick", broken)
                await desk.pilot.click("#orders", offset=(5, 2))
                await desk.until(lambda: len(desk.app.failures) == 1, "the report")
            await desk.pilot.click("#orders", offset=(5, 3))
            await desk.until(lambda: desk.app.session.selection.order_id == "o2", "the next click")

    asyncio.run(run())
