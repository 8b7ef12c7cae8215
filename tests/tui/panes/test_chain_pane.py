"""The chain pane: flashes, the cursor, tabs, clicks, scrolling."""

from __future__ import annotations

import pytest

from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import EXPIRIES
from tests.tui.panes.drawing import CALL, PALETTE, chosen, looks_of, made, text, texts
from tui.draw.flash import Flashes
from tui.panes.chain import Chain
from tui.selection import Selection

WIDTH, HEIGHT = 112, 32


class Seconds:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fake() -> FakeDesk:
    return FakeDesk.trading()


@pytest.fixture
def selection(fake: FakeDesk) -> Selection:
    return chosen(fake)


def pane_of(fake: FakeDesk, selection: Selection) -> Chain:
    pane = made(Chain, fake, selection)
    assert isinstance(pane, Chain)
    return pane


def line_of(pane: Chain, strike: str, width: int = WIDTH, height: int = HEIGHT) -> int:
    return next(y for y, line in enumerate(texts(pane, width, height)) if f" {strike} " in line)


def test_a_changed_price_flashes_by_its_direction_and_fades(
    fake: FakeDesk, selection: Selection
) -> None:
    pane, clock = pane_of(fake, selection), Seconds()
    pane._flashes = Flashes(clock)
    pane.lines(WIDTH, HEIGHT)
    fake.market.shift(CALL, 1)
    bid = f"{fake.desk.board.quote(CALL).bid:.4f}"
    fresh = (PALETTE.bright, PALETTE.up_flash, True)
    fading = (PALETTE.bright, PALETTE.up_ground, True)
    assert fresh in looks_of(pane, bid, WIDTH, HEIGHT)
    clock.now += 0.2
    assert fading in looks_of(pane, bid, WIDTH, HEIGHT)
    clock.now += 0.2
    assert {fresh, fading}.isdisjoint(looks_of(pane, bid, WIDTH, HEIGHT))
    fake.market.shift(CALL, -2)
    bid = f"{fake.desk.board.quote(CALL).bid:.4f}"
    assert (PALETTE.bright, PALETTE.down_flash, True) in looks_of(pane, bid, WIDTH, HEIGHT)


def test_only_the_line_of_a_changed_price_changes(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    before = pane.lines(WIDTH, HEIGHT)
    fake.market.shift(CALL, 1)
    after = pane.lines(WIDTH, HEIGHT)
    changed = [y for y, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert changed == [line_of(pane, "70,000")]


def test_a_change_of_size_does_not_flash(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    pane.lines(WIDTH, HEIGHT)
    book = fake.desk.board.book(CALL)
    assert book is not None
    bid = fake.desk.board.quote(CALL).bid
    assert book.change(book.change_id, book.change_id + 1, [("change", bid, 77.0)], [])
    lines = pane.lines(WIDTH, HEIGHT)
    grounds = {look[1] for line in lines for _, look in line}
    assert grounds.isdisjoint({PALETTE.up_flash, PALETTE.down_flash, PALETTE.down_ground})


def test_another_expiry_does_not_flash(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    pane.lines(WIDTH, HEIGHT)
    selection.next_expiry(fake.desk.board.catalog)
    lines = pane.lines(WIDTH, HEIGHT)
    grounds = {look[1] for line in lines for _, look in line}
    assert grounds.isdisjoint({PALETTE.up_flash, PALETTE.down_flash})


def test_the_cursors_half_is_marked_by_an_arrow_and_a_ground(
    fake: FakeDesk, selection: Selection
) -> None:
    pane = pane_of(fake, selection)
    y = line_of(pane, "70,000")
    line = pane.lines(WIDTH, HEIGHT)[y]
    assert text(line).startswith("▸")
    assert line[0][1][1] == PALETTE.raised
    assert line[-1][1][1] != PALETTE.raised
    selection.turn(fake.desk.board.catalog)
    line = pane.lines(WIDTH, HEIGHT)[y]
    assert text(line).endswith("◂")
    assert line[-1][1][1] == PALETTE.raised


def test_the_cursor_is_always_in_view(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    for strike in ("55,000", "79,000", "56,000", "68,000"):
        selection.choose_strike(fake.desk.board.catalog, float(strike.replace(",", "")), "put")
        assert line_of(pane, strike, WIDTH, 12) >= 3


def test_the_title_keeps_the_chosen_expiry_at_every_width(
    fake: FakeDesk, selection: Selection
) -> None:
    pane = pane_of(fake, selection)
    for expiry_ns, label in zip(EXPIRIES, ("27NOV", "4DEC", "25DEC"), strict=False):
        selection.choose_expiry(fake.desk.board.catalog, expiry_ns)
        for width in (40, 60, 76, 112, 160):
            assert label in texts(pane, width, 12)[0]


def test_a_click_chooses_strike_side_and_expiry(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    y = line_of(pane, "64,000")
    assert pane.pick(100, y)
    assert selection.instrument == "BTC-25DEC26-64000-P"
    assert pane.pick(10, y)
    assert selection.instrument == "BTC-25DEC26-64000-C"
    x = texts(pane, WIDTH, HEIGHT)[0].index("26MAR27")
    assert pane.pick(x, 0)
    assert selection.expiry_ns == EXPIRIES[4]


def test_a_click_beside_everything_chooses_nothing(fake: FakeDesk, selection: Selection) -> None:
    pane = pane_of(fake, selection)
    pane.lines(WIDTH, HEIGHT)
    forward = line_of(pane, "67,000") + 1
    for x, y in ((2, 0), (5, 1), (5, 2), (5, forward), (5, 90)):
        assert not pane.pick(x, y)
    assert selection.instrument == CALL
