"""What was acknowledged is on the disk, whatever happens to the process or the last line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side
from core.errors import StartError
from core.venues.paper.journal import Journal, Kept, KeptOrder
from core.venues.paper.money.holding import Holding
from tests.core.trading.market import INSTRUMENTS
from tests.shared_data import ROOT

OPTION = INSTRUMENTS[2]


def report(order_id: str, state: OrderState = OrderState.OPEN) -> OrderReport:
    return OrderReport(
        order_id, "manual:1", OPTION.name, Side.BUY, Decimal("0.3"), Decimal("0.1"),
        Decimal("0.0305"), Decimal("0.0305"), OrderType.LIMIT, state,
    )  # fmt: skip


def change(number: int) -> Kept:
    fill = Fill(OPTION.name, f"t{number}", "a", "manual:1", Decimal(1), Decimal(2), Decimal(0), 5)
    return Kept(
        number=number,
        balances={"BTC": Decimal("9.999")},
        holdings={OPTION.name: Holding(OPTION, Decimal(number), Decimal("0.0305"))},
        orders={f"o{number}": KeptOrder(report(f"o{number}"), OPTION)},
        fills=[fill],
    )


def read_back(path: Path) -> Kept:
    journal = Journal(path)
    try:
        return journal.load()
    finally:
        journal.close()


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "paper.journal")
    assert journal.load() == Kept()
    for number in (1, 2, 3):
        journal.append(change(number))
    journal.append(Kept(orders={"o1": KeptOrder(report("o1", OrderState.CANCELLED))}))
    journal.close()
    read = read_back(tmp_path / "paper.journal")
    assert (read.number, read.balances) == (3, {"BTC": Decimal("9.999")})
    assert read.holdings[OPTION.name] == change(3).holdings[OPTION.name]
    assert [one.trade_id for one in read.fills] == ["t1", "t2", "t3"]
    assert {k: one.report.state for k, one in read.orders.items()} == {
        "o2": OrderState.OPEN, "o3": OrderState.OPEN, "o1": OrderState.CANCELLED,
    }  # fmt: skip


def test_a_position_given_up_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "paper.journal")
    journal.load()
    journal.append(change(1))
    journal.append(Kept(holdings={OPTION.name: None}))
    journal.close()
    assert read_back(tmp_path / "paper.journal").holdings == {}


def two_changes(folder: Path) -> Path:
    """A journal of two lines after its first."""
    path = folder / "paper.journal"
    journal = Journal(path)
    journal.load()
    for number in (1, 2):
        journal.append(change(number))
    journal.close()
    return path


@pytest.mark.parametrize("torn", [2, 30, 200])
def test_a_torn_last_line_is_left_out(tmp_path: Path, torn: int) -> None:
    path = two_changes(tmp_path)
    path.write_bytes(path.read_bytes()[:-torn])
    assert read_back(path).number == 1
    assert read_back(path).number == 1


def test_damage_before_the_end_stops_the_account_and_is_named(tmp_path: Path) -> None:
    path = two_changes(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"t1"', b'"t9"'))
    with pytest.raises(StartError, match=r"paper\.journal is damaged in line 2"):
        Journal(path).load()


WRITER = """
import sys
from pathlib import Path
from core.venues.paper.journal import Journal
from tests.core.venues.paper.test_journal import change
journal = Journal(Path(sys.argv[1]))
journal.load()
for number in range(1, 100_000):
    journal.append(change(number))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("after", [1, 7, 23])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, after: int) -> None:
    path = tmp_path / "paper.journal"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(after)]
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().splitlines()
    acknowledged = int(rest[-1]) if rest and rest[-1] else told[-1]
    assert read_back(path).number >= acknowledged
