"""The whole desk without a screen, on an exchange that is not its child and outlives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.clock import SystemClock
from core.desk.build import LateRooms
from core.desk.desk import Desk, Sources, StoreView
from core.desk.options import read_options
from core.logs import LogMemory
from core.market.board import Board
from core.venues.deribit.endpoints import Credentials, Endpoints, credentials

ACCOUNT = "demo"
"""The one a desk on the simulator trades with."""
SETTINGS = """
[venue]
currencies = ["BTC"]
linear_perpetuals = ["BTC", "ETH"]
linear_options = []
PATIENCE
[risk]
max_orders_per_s = 50
[hedger]
instruments = ["BTC-PERPETUAL"]
band_coin = 0.01
cooldown_s = 0.3
passive_s = 0.3
[pair]
bar_s = 0.2
warmup_bars = 6
window = 40
smooth = 10
threshold = 0.3
regime_thresholds = []
exit_z = 0.05
passive_s = 0.3
leg_timeout_s = 3.0
"""
"""Few instruments, and programs that trade all the time."""
HASTY = "silence_s = 3.0\nstale_after_s = 3.0\nrequest_timeout_s = 1.5"
"""For exchanges that answer at once, so that trouble is over soon."""
PATIENT = "silence_s = 10.0\nstale_after_s = 5.0\nrequest_timeout_s = 5.0"
"""For exchanges that take their time: a step at a thousand times the speed is a hundred seconds."""


@contextmanager
def outside_desk(
    at: Endpoints,
    folder: Path,
    patience: str = HASTY,
    key: Credentials | None = None,
    words: Sequence[str] = (),
) -> Iterator[Desk]:
    """A desk on the exchange at `at` with its data in `folder`, started; stopped at the end.

    `key` is the simulator's own unless one is given; `words` are options of the command line.
    """
    file = folder / "settings.toml"
    file.write_text(SETTINGS.replace("PATIENCE", patience))
    options = read_options(["--settings", str(file), "--data", str(folder), *words], "trial")
    clock, logs = SystemClock(), LogMemory()
    board = Board(clock, options.settings.venue.stale_after_s)
    rooms = LateRooms(options, folder, clock, board, at, key or credentials("sim"))
    sources = Sources(
        trading=lambda: rooms.room.view,
        pricing=rooms.pricing,
        hedges=rooms.hedges,
        pair=rooms.pair,
        links=lambda: () if rooms.parts is None else rooms.parts.links(),
        services=rooms.services,
        store=lambda: StoreView(False, "not made") if rooms.parts is None else rooms.parts.store(),
        post=rooms.room.post,
    )
    desk = Desk(options.settings, clock, board, logs, sources, (rooms,))
    desk.start()
    try:
        yield desk
    finally:
        assert desk.stop(), "a thread of the desk is still there"
