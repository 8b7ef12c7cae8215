"""A still exchange whose state is kept in files, and the same one made anew from them."""

from __future__ import annotations

from pathlib import Path

from core.simulator.exchange import Exchange
from core.simulator.state.keeper import MOST_HISTORY_BYTES, Keeper
from tests.core.simulator.still import Desk, StillClock


def kept(desk: Desk, path: Path, most_bytes: int = MOST_HISTORY_BYTES) -> Keeper:
    """Keep a desk's exchange in files from now on."""
    keeper = Keeper(path, most_bytes)
    keeper.begin(desk.exchange)
    return keeper


def reborn(desk: Desk, path: Path, later_s: float = 0.0) -> Desk:
    """What the files make of the desk's exchange `later_s` after they were written.

    The desk is left as a killed process leaves it: what was not written is lost.
    """
    recorder = desk.exchange.recorder
    if isinstance(recorder, Keeper):
        recorder.close()
    keeper = Keeper(path)
    saved = keeper.load()
    assert saved is not None
    assert keeper.resume_ns(saved) <= desk.clock.at_ns
    clock = StillClock(desk.clock.at_ns + int(later_s * 1e9))
    exchange = Exchange(clock, seed=99)
    keeper.restore(exchange, saved)
    keeper.begin(exchange)
    again = object.__new__(Desk)
    again.clock, again.exchange = clock, exchange
    for name in ("ann", "ben"):
        account = exchange.accounts.find(name)
        assert account is not None
        setattr(again, name, account)
    return again
