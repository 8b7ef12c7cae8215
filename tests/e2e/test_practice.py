"""Trouble rehearsed by keyboard, in a real terminal, on the simulated exchange."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Open
from tests.e2e.test_keyboard import ready, say

pytestmark = pytest.mark.timeout(300)


def test_a_rehearsed_silence_and_a_cut_are_seen_and_recovered_from(open_desk: Open) -> None:
    desk = open_desk()
    ready(desk)
    say(desk, "practice silent 5")
    desk.wait("rehearsing silent seconds 5")
    desk.wait("STALE", 15)
    desk.until(lambda shown: "STALE" not in shown, "live prices again", 20)
    say(desk, "practice cut")
    desk.wait("rehearsing cut")
    desk.wait("is down:")
    desk.until(lambda shown: "STALE" not in shown and "connecting" not in shown, "recovery", 20)
    say(desk, "connection status")
    desk.wait("1 reconnects")
    say(desk, "practice flood")
    desk.wait("flood cannot be rehearsed; there are: ")
    say(desk, "practice")
    desk.wait("practice silent 5   seconds client")
