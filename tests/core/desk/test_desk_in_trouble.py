"""A whole desk without a screen: every way out works with the feed stale and the database dead."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.desk.build import build_desk
from core.desk.desk import Desk
from core.desk.options import read_options
from core.domain.label import MANUAL, new_label
from core.domain.order import NewOrder, Side, TimeInForce
from core.trading.commands import (
    CancelOrders,
    CancelScope,
    ClosePosition,
    Kill,
    PlaceOrders,
    SwitchAutomation,
)
from tests.eventually import eventually

PERPETUAL = "BTC-PERPETUAL"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="voldesk-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the embedded database of root asks for that
        yield Path(folder)


@pytest.fixture
def desk(data: Path) -> Iterator[Desk]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with build_desk(read_options(["--data", str(data), "--seed", "7"], "voldesk")) as desk:
        desk.start()
        eventually(lambda: desk.trading.gate.is_open, 60)
        eventually(lambda: not desk.board.is_stale(PERPETUAL), 30)
        yield desk
    for one in set(root.handlers) - set(handlers):
        one.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def far_order() -> NewOrder:
    """A buy that rests far from the market."""
    return NewOrder(
        PERPETUAL, Side.BUY, Decimal(10), new_label(MANUAL),
        price=Decimal(60_000), post_only=True,
    )  # fmt: skip


def bought(desk: Desk, amount: int) -> None:
    """Buy at once and wait for the position."""
    ask = desk.board.quote(PERPETUAL).ask
    one = NewOrder(
        PERPETUAL, Side.BUY, Decimal(amount), new_label(MANUAL),
        price=Decimal(int(ask * 1.001)), time_in_force=TimeInForce.IOC,
    )  # fmt: skip
    desk.submit(PlaceOrders((one,)))
    eventually(lambda: held(desk) == amount, 10)


def held(desk: Desk) -> Decimal:
    """What the ledger holds of the perpetual."""
    position = desk.trading.position(PERPETUAL)
    return Decimal(0) if position is None else position.amount


def rest(desk: Desk) -> None:
    """Leave one order far from the market."""
    desk.submit(PlaceOrders((far_order(),)))
    eventually(lambda: len(desk.trading.working) == 1, 10)


def break_everything(desk: Desk, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence the feed as the board sees it, and kill the database server."""
    monkeypatch.setattr(desk.board, "touch", lambda _feed, _at_ns: None)
    eventually(lambda: desk.board.is_stale(PERPETUAL), 10)
    postmaster = data / "postgres" / "postmaster.pid"
    os.kill(int(postmaster.read_text().split()[0]), signal.SIGKILL)


def test_close_cancel_and_kill_work_with_a_stale_feed_and_a_dead_database(
    desk: Desk, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(desk, 100)
    rest(desk)
    desk.submit(SwitchAutomation("hedger", True))
    eventually(lambda: desk.hedges[0].is_on, 5)
    break_everything(desk, data, monkeypatch)

    number = desk.submit(PlaceOrders((far_order(),)))
    eventually(lambda: any(one.number == number for one in desk.trading.replies), 5)
    refusal = next(one for one in desk.trading.replies if one.number == number)
    assert not refusal.is_ok
    assert "stale" in refusal.text

    desk.submit(CancelOrders(CancelScope.ALL))
    eventually(lambda: not desk.trading.working, 10)
    desk.submit(ClosePosition(PERPETUAL))
    eventually(lambda: held(desk) == 0, 15)
    desk.submit(Kill(flatten=True))
    eventually(lambda: not any(one.is_on for one in desk.trading.automations), 5)
    assert not desk.trading.working


def test_kill_alone_flattens_with_a_stale_feed_and_a_dead_database(
    desk: Desk, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought(desk, 100)
    rest(desk)
    break_everything(desk, data, monkeypatch)
    desk.submit(Kill(flatten=True))
    eventually(lambda: not desk.trading.working and held(desk) == 0, 15)
