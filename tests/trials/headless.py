"""One desk as a process: told by lines on standard input, telling by lines of JSON.

`say TEXT` types a command, `trade SEED` lets a hand trade until `rest` or the end, `report`
prints what the desk knows, `memory` what the process holds. It ends with its input, or by
SIGKILL, which is what it is for.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from core.desk.desk import Desk
from core.domain.order import OrderReport
from core.domain.position import Position
from core.logs import LogMemory, configure
from core.venues.deribit.endpoints import endpoints
from tests.trials.hand import Hand
from tests.trials.outside import outside_desk

_WAIT_S = 0.05
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
_RESTING = threading.Event()


def main(port: int, folder: Path, patience: str) -> int:
    """Run until standard input ends."""
    configure(folder / "log", LogMemory())
    with outside_desk(endpoints("sim", port), folder, patience) as desk:
        threading.Thread(target=_announce, args=(desk,), daemon=True).start()
        for line in sys.stdin:
            verb, _, rest = line.strip().partition(" ")
            if verb == "say":
                _tell(said=Hand(desk, random.Random(0)).type(rest))
            elif verb == "trade":
                threading.Thread(target=_trade, args=(desk, int(rest)), daemon=True).start()
            elif verb == "rest":
                _RESTING.set()
            elif verb == "memory":
                _tell(**memory())
            elif verb == "report":
                _tell(**report(desk))
    return 0


def report(desk: Desk) -> dict[str, Any]:
    """What the desk believes now."""
    view = desk.trading
    return {
        "is_up": view.gate.is_open and view.is_reconciled,
        "why": view.gate.reason,
        "orders": [_order(one) for one in view.orders],
        "positions": [_position(one) for one in view.positions],
        "sleeves": [[sleeve, *_position(lot)] for sleeve, lot in view.sleeves],
        "on": [one.name for one in view.automations if one.is_on],
        "alarms": list(view.alarms),
        "replies": [[one.number, one.is_ok, one.text] for one in view.replies],
        "checks": list(view.checks),
        "totals": [
            [one.currency, *map(str, (one.realised, one.fees, one.funding))] for one in view.totals
        ],
        "explained": [
            [one.currency, str(one.change), str(one.unexplained)] for one in view.explained
        ],
        "spooled": desk.store.spooled,
        "reconnects": sum(link.reconnects for link in desk.links),
        "ended": [f"{one.name}: {one.last_error}" for one in desk.services if one.last_error],
    }


def memory() -> dict[str, Any]:
    """What the process holds."""
    return {
        "rss_mb": _resident_mb(),
        "threads": sorted(one.name for one in threading.enumerate()),
        "objects": len(gc.get_objects()),
        "largest": _largest(10),
    }


def _resident_mb() -> float:
    """Memory in use, once what nobody holds any more is gone."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_MB


def _largest(count: int) -> list[tuple[str, int]]:
    """The largest containers there are: (kind, entries)."""
    kinds = (dict, list, set, deque)
    found = [(type(one).__name__, len(one)) for one in gc.get_objects() if isinstance(one, kinds)]
    return sorted(found, key=lambda one: -one[1])[:count]


def _order(report: OrderReport) -> list[str]:
    return [report.order_id, report.label, report.state.value, str(report.filled)]


def _position(held: Position) -> list[str]:
    return [held.instrument, str(held.amount), str(held.average_price)]


def _announce(desk: Desk) -> None:
    """Say once that programs may trade."""
    while not desk.trading.gate.is_open:
        time.sleep(_WAIT_S)
    _tell(ready=True)


def _trade(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    hand = Hand(desk, dice)
    while not _RESTING.wait(dice.uniform(0.02, 0.25)):
        hand.once()


def _tell(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
