"""What the store's journal keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import nan
from pathlib import Path

import pytest

from core.desk.journal import StoreJournal
from core.domain.fill import Fill
from core.store.server.postgres import Database
from core.store.spool import Spool
from core.store.writer import Writer
from core.trading.journal import (
    HISTORY,
    AutomationRecord,
    BookingRecord,
    FillRecord,
    HedgeRecord,
    KeptRecord,
    SignalRecord,
)
from tests.eventually import eventually

FILL = Fill("BTC-PERPETUAL", "1", "A", "manual:1", Decimal(10), Decimal(100), Decimal(0), 1)
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """Its database is out of reach: everything stays in the spool."""
    writer = Writer(Database("test", dsn=NOWHERE), Spool(tmp_path / "spool"))
    writer.start()
    yield writer
    assert writer.stop()


def test_without_the_past_only_what_happens_now_is_kept(writer: Writer) -> None:
    journal = StoreJournal(writer, is_past_known=False)
    for origin in ("adopted", "transfer", "delivered"):
        journal.record("fill", FillRecord("manual", FILL, origin), 1)
    journal.record("kept", KeptRecord(HISTORY, "1"), 1)
    journal.record("booking", BookingRecord("", "cash", "1", "BTC", "", Decimal(1)), 1)
    journal.record("fill", FillRecord("manual", replace(FILL, trade_id="2")), 1)
    journal.record("automation", AutomationRecord("pair", True), 1)
    eventually(lambda: writer.state.spooled >= 2)
    assert writer.accepted == 2


def test_with_the_past_everything_is_kept(writer: Writer) -> None:
    journal = StoreJournal(writer)
    journal.record("fill", FillRecord("manual", FILL, "adopted"), 1)
    journal.record("kept", KeptRecord(HISTORY, "1"), 1)
    eventually(lambda: writer.state.spooled == 2)


def test_what_strategies_saw_is_kept_with_what_is_missing(writer: Writer) -> None:
    journal, ten = StoreJournal(writer), Decimal(10)
    hedge = HedgeRecord("hedger", "BTC", "BTC-PERPETUAL", nan, 0.1, nan, nan, ten, ten, "why")
    signal = SignalRecord("pair", "Z/H", 5, nan, 0.8, nan, nan, nan, 1.5, -1, "", "off")
    journal.record("hedge", hedge, 1)
    journal.record("signal", signal, 6)
    eventually(lambda: writer.accepted == 2)
    assert writer.state.lost == 0
