"""A program that records minutes as fast as the disk takes them, until somebody kills it.

The recorder, the pricing, the writer and the embedded server are the desk's own; the market is
made by hand and its clock is moved on as soon as a minute is dealt with. In every minute all prices
stand at one level of that minute's own, so that a minute of two moments would be seen.
"""

from __future__ import annotations

import faulthandler
import json
import signal
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from core.clock import NS_PER_MINUTE, NS_PER_S
from core.domain.fill import Fill
from core.domain.position import AccountFigures, Position
from core.pricing.service import Pricer
from core.recorder.minute import Market, Recorder
from core.settings import PricingSettings
from core.store.rows.journal import StoredFill, fill_batch
from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Database
from core.store.spool import Spool
from core.store.writer import Writer
from core.trading.view import TradingView
from tests.core.pricing.market import NOW_NS, HandMarket, skewed

SCHEMA = "sim"
PERPETUAL = "BTC-PERPETUAL"
EXPIRIES = 2
PACE_S, SLOW_PACE_S = 0.02, 0.2
"""Between two minutes, and while many wait for the database: a slow machine catches up too."""
MANY = 40
_1 = Decimal(1)
_ACCOUNT = AccountFigures("BTC", _1, _1, _1, _1, _1, _1, _1, _1, _1)
_TRADING = TradingView(
    is_link_up=True,
    is_reconciled=True,
    accounts=(_ACCOUNT,),
    sleeves=(("manual", Position(PERPETUAL, Decimal(10), Decimal(90_000))),),
)


def database_of(folder: Path) -> Database:
    """Where the minutes go: the embedded server in `folder`."""
    return Database(SCHEMA, server=EmbeddedServer(folder / "postgres"))


def minute_ns(number: int) -> int:
    """The venue's time of a minute."""
    return NOW_NS + number * NS_PER_MINUTE


class Recording:
    """One life of the program."""

    def __init__(self, folder: Path, first: int, life: int) -> None:
        self._life = life
        self._market = market = HandMarket()
        market.list_chain((30, 90), strikes=range(90_000, 115_000, 5_000))
        self._move(first - 1, 20 * NS_PER_S)
        self._writer = Writer(database_of(folder), Spool(folder / "spool", 200_000), retry_s=0.2)
        self._pricer = Pricer(market.board, market.clock, PricingSettings(every_s=60))
        seam = Market(market.board, self._pricer.price, lambda: _TRADING)
        self._recorder = Recorder(seam, self._writer)

    def run(self, first: int) -> None:
        """Minutes from `first` on; a line for each that is on the disk."""
        self._writer.start()
        self._pricer.start()
        self._recorder.start()
        _until(lambda: self._recorder.seen_ns > 0)
        number = first
        while True:
            self._minute(number)
            number += 1
            time.sleep(SLOW_PACE_S if self._writer.state.spooled > MANY else PACE_S)

    def _minute(self, number: int) -> None:
        before = self._writer.accepted
        self._move(number, NS_PER_S // 100)
        _until(lambda: self._recorder.last_minute_ns == minute_ns(number))
        self._writer.put(fill_batch([StoredFill("manual", _fill(number))]))
        _until(lambda: self._writer.accepted >= before + 2)
        state = self._writer.state
        words = {
            "minute": number,
            "is_up": state.is_up,
            "status": state.status,
            "written": (state.last_minute_ns - NOW_NS) // NS_PER_MINUTE,
            "lost": state.lost,
        }
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()

    def _move(self, number: int, late_ns: int) -> None:
        """All prices to the level of this minute and life, in one batch."""
        market, level = self._market, 100_000.0 + number % 1_000 + self._life / 1_000
        with market.board.writing:
            market.clock.set_ns(minute_ns(number) + late_ns)
            market.quote(PERPETUAL, level - 1, level + 1)
            market.ticker(PERPETUAL, None, mark_price=level)
            market.quote_chain(skewed, forward=level)
            market.touch()


def _fill(number: int) -> Fill:
    return Fill(PERPETUAL, str(number), "order", "manual:1", _1, _1, _1, minute_ns(number))


def _until(holds: object) -> None:
    assert callable(holds)
    while not holds():
        time.sleep(0.001)


def main(argv: Sequence[str]) -> None:
    """Record until killed."""
    faulthandler.register(signal.SIGUSR1)  # whoever waits in vain may ask where it stands
    folder, first, life = argv
    Recording(Path(folder), int(first), int(life)).run(int(first))


if __name__ == "__main__":
    main(sys.argv[1:])
