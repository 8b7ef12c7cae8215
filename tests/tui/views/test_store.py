"""What the header and the risk board say of the database."""

from __future__ import annotations

import pytest

from core.desk.desk import StoreView
from tests.tui.fake_desk import FakeDesk
from tests.tui.fake_market import NOW_NS
from tui.selection import Selection
from tui.views.account import account_view
from tui.views.spans import Item, fit
from tui.views.store import store_items, store_words

MINUTE_NS = NOW_NS - NOW_NS % 60_000_000_000
REFUSED = "the database does not answer: connection refused"


def said(store: StoreView) -> str:
    """The header's items as text."""
    fake = FakeDesk.trading()
    fake.store = store
    return " | ".join(text_of(one) for one in store_items(fake.desk))


def text_of(one: Item) -> str:
    return "".join(span.text for span in one.spans).strip()


def tones(store: StoreView) -> set[str]:
    """Tones of what is not the label."""
    fake = FakeDesk.trading()
    fake.store = store
    return {span.tone for one in store_items(fake.desk) for span in one.spans} - {"dim"}


def test_while_all_is_well_the_last_minute_stands_there_with_its_age() -> None:
    store = StoreView(True, "writing", NOW_NS - 7_000_000_000)
    assert said(store).endswith(", 7.0 s ago")
    assert said(store).startswith("store minute ")
    assert tones(store) == {"mid"}


def test_a_minute_that_did_not_come_is_seen() -> None:
    assert tones(StoreView(True, "writing", MINUTE_NS - 180_000_000_000)) == {"warn"}


def test_down_says_since_when_what_waits_and_why() -> None:
    store = StoreView(False, "", MINUTE_NS, 9, REFUSED, since_s=252.0, waiting_minutes=4)
    assert said(store) == ("DB DOWN 4 min | 4 min wait | does not answer: connection r…")
    store = StoreView(False, "", 0, 1, REFUSED, since_s=3.0)
    assert said(store) == "DB DOWN 3 s | 1 batch waits | does not answer: connection r…"


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ('the database refuses the password of "desk"', 'refuses the password of "desk"'),
        (
            "the disk of the database is full: No space left on device",
            "disk of the database is full:…",
        ),
        (
            "the database is at version 12, this program knows 9: use the newer program",
            "is at version 12, this progra…",
        ),
    ],
)
def test_the_reason_stands_there_in_words(why: str, shown: str) -> None:
    assert said(StoreView(False, "", 0, 0, why, since_s=1.0)) == f"DB DOWN 1 s | {shown}"


def test_that_it_is_down_survives_the_smallest_screen() -> None:
    fake = FakeDesk.trading()
    fake.store = StoreView(False, "", MINUTE_NS, 9, REFUSED, since_s=252.0, waiting_minutes=4)
    view = account_view(fake.desk, Selection(chain="BTC"), 0.0, 80)
    kept = fit((*view.warnings, *view.money, *view.risk), 78)
    assert any("DB DOWN" in text_of(one) for one in kept)


def test_it_says_that_it_catches_up() -> None:
    store = StoreView(True, "writing", MINUTE_NS, 84, since_s=2.0, waiting_minutes=42)
    assert said(store) == "store catching up, 42 min wait"
    assert tones(store) == {"warn"}


def test_a_disk_that_takes_nothing_is_said_though_the_database_is_up() -> None:
    why = "the spool /var/x cannot be used: No space left on device"
    assert (
        said(StoreView(True, "writing", MINUTE_NS, 0, why))
        == "store spool /var/x cannot be used: …"
    )


@pytest.mark.parametrize("status", ["off", "not started", "starting"])
def test_a_store_that_is_off_or_starts_is_quiet(status: str) -> None:
    why = "starting" if status == "starting" else ""
    store = StoreView(False, "spooling: starting" if why else status, why=why)
    assert said(store) == f"store {status}"


def test_the_risk_board_has_the_whole_sentence() -> None:
    fake = FakeDesk.trading()
    fake.store = StoreView(False, "", MINUTE_NS, 9, REFUSED, since_s=252.0, waiting_minutes=4)
    words, tone = store_words(fake.desk)
    assert words == "down 4 min, 4 min wait: does not answer: connection refused"
    assert tone == "warn"
