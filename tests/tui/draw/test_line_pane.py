"""A mounted pane repaints the lines that changed and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from unittest.mock import patch

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tui.draw.line_pane import LinePane
from tui.draw.pen import Line, Pen
from tui.theme import THEMES, look


class Words(LinePane):
    """One word a line."""

    def __init__(self) -> None:
        super().__init__(id="words")
        self.words = ["one", "two", "three"]
        self.built = 0

    def build(self, width: int, height: int) -> list[Line]:
        """The words, in the theme's colour for what rises."""
        self.built += 1
        pens = (Pen(look(self.palette, "up")).put(word) for word in self.words[:height])
        return [pen.line(width) for pen in pens]


class Bare(App[None]):
    """The pane and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = Words()

    def compose(self) -> ComposeResult:
        """One pane."""
        yield self.pane

    def on_mount(self) -> None:
        """The desk's own colours."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "desk"
        self.pane.repaint()


def run(test: Callable[[Bare, Pilot[None]], Awaitable[None]]) -> None:
    """Run `test` in a mounted app."""

    async def running() -> None:
        app = Bare()
        async with app.run_test(size=(30, 6)) as pilot:
            await pilot.pause()
            await test(app, pilot)

    asyncio.run(running())


def regions(pane: Words) -> list[Region]:
    """What a sync marks for repainting."""
    marked: list[Region] = []
    with patch.object(pane, "refresh", lambda *areas, **_: marked.extend(areas)):
        pane.sync()
    return marked


def test_only_changed_lines_are_repainted_and_always_whole() -> None:
    async def test(app: Bare, _pilot: Pilot[None]) -> None:
        assert regions(app.pane) == []
        app.pane.words[1] = "TWO"
        assert regions(app.pane) == [Region(0, 1, 30, 1)]
        assert app.pane.render_line(1).text.rstrip() == "TWO"

    run(test)


def test_a_change_of_theme_repaints_in_its_colours() -> None:
    async def test(app: Bare, pilot: Pilot[None]) -> None:
        before = app.pane.render_line(0)
        app.theme = "desk-blue-orange"
        await pilot.pause()
        app.pane.repaint()
        after = app.pane.render_line(0)
        assert before.text == after.text
        assert next(iter(before)).style != next(iter(after)).style

    run(test)


def test_a_hidden_pane_is_not_built() -> None:
    async def test(app: Bare, pilot: Pilot[None]) -> None:
        app.pane.display = False
        await pilot.pause()
        built = app.pane.built
        app.pane.sync()
        assert app.pane.built == built
        app.pane.display = True
        await pilot.pause()
        app.pane.sync()
        assert app.pane.built > built

    run(test)


def test_a_failing_pane_leaves_the_app_alive_and_comes_back() -> None:
    async def test(app: Bare, pilot: Pilot[None]) -> None:
        def fail(_width: int, _height: int) -> list[Line]:
            raise ValueError("no such price")

        with patch.object(app.pane, "build", fail):
            app.pane.sync()
            await pilot.pause()
            assert "words cannot be drawn: V" in app.pane.render_line(0).text
        app.pane.sync()
        assert app.is_running
        assert app.pane.render_line(0).text.rstrip() == "one"

    run(test)


def test_what_is_shown_can_be_had_as_text() -> None:
    async def test(app: Bare, _pilot: Pilot[None]) -> None:
        assert app.pane.shown() == "one\ntwo\nthree"

    run(test)


def test_a_new_size_is_drawn_at_once() -> None:
    async def test(app: Bare, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(20, 6)
        for _ in range(100):
            await pilot.pause(0.02)
            if app.pane.render_line(0).cell_length == 20:
                return
        raise AssertionError(f"still {app.pane.render_line(0).cell_length} cells wide")

    run(test)
