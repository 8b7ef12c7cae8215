"""A recorded market on the same screen, through the same decoder and board."""

from __future__ import annotations

from tests.e2e.conftest import Open
from tests.shared_data import shared


def test_the_desk_shows_the_tape_and_takes_no_orders(open_desk: Open) -> None:
    tape = shared("data/deribit/ws_raw_2021-07-22.txt.gz")
    desk = open_desk("--venue", "tape", "--tape", str(tape), "--tape-speed", "0")
    shown = desk.until(lambda text: "TAPE" in text and "JUL" in text, "the recorded chain", 30)
    assert "22:42" in desk.until(lambda text: "22:42" in text, "the tape's own time")
    assert "TAKES NO ORDERS" in shown.upper()
    desk.keys("C-q")
    desk.wait("exit=0", 20)
