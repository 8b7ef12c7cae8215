"""A recorded market on the same screen, through the same decoder and board."""

from __future__ import annotations

from tests.e2e.conftest import Open
from tests.shared_data import shared


def test_the_desk_shows_the_tape_and_takes_no_orders(open_desk: Open) -> None:
    tape = shared("data/deribit/ws_raw_2021-07-22.txt.gz")
    desk = open_desk("--venue", "tape", "--tape", str(tape), "--tape-speed", "0")
    desk.until(lambda text: "TAPE" in text and "JUL" in text, "the recorded chain", 30)
    desk.wait("22:42")  # the tape's own time
    desk.until(lambda text: "TAKES NO ORDERS" in text.upper(), "the closed gate")
    desk.keys("C-q")
    desk.wait("exit=0", 20)
