"""The transaction log: what becomes a booking, what is asked for, and how fast."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.domain.booking import BookingKind
from core.domain.events import Booked, Filled
from core.venues.deribit.account.bookings import (
    CROWDED_S,
    EVERY_S,
    PACE_S,
    REFUSED_S,
    booking,
    read_page,
)
from tests.core.venues.deribit.account.talk import Talk, trade_row
from tests.shared_data import shared

METHOD = "private/get_transaction_log"


def row(id_: int = 1, **changes: Any) -> dict[str, Any]:
    """A settlement line of the wire."""
    base = {
        "id": id_,
        "type": "settlement",
        "currency": "BTC",
        "timestamp": 1_790_000_000_000 + id_,
        "change": 0.5,
        "instrument_name": "BTC-PERPETUAL",
        "total_interest_pl": -0.25,
        "commission": None,
    }
    return base | changes


def page(*rows: dict[str, Any], continuation: int | None = None) -> dict[str, Any]:
    return {"logs": list(rows), "continuation": continuation}


class Reader:
    """A conversation that is up and has asked for its first page."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.talk.come_up(get_transaction_log=page())
        self.talk.account.facts()

    def answer(self, *pages: dict[str, Any], pace_s: float = PACE_S) -> list[dict[str, Any]]:
        """Answer one page after the other; the parameters asked with."""
        asked = []
        for one in pages:
            self.talk.wait(pace_s)
            (request,) = [r for r in self.talk.sent() if r["method"] == METHOD]
            asked.append(request["params"])
            self.talk.answer(request, one)
        return asked

    def booked(self) -> list[Booked]:
        return [one for one in self.talk.facts(Booked) if one.bookings]

    def again(self) -> None:
        """Reconcile once more, so that the log is asked for again."""
        self.talk.wait(EVERY_S)
        self.talk.sent()
        self.talk.account.reconcile(self.talk.now_s)
        for request in self.talk.sent():
            assert request["method"] != METHOD
            name = request["method"]
            self.talk.answer(request, {"summaries": []} if "summaries" in name else _empty(name))


def _empty(method: str) -> Any:
    return {"trades": [], "has_more": False} if "trades" in method else []


def test_recorded_lines_become_bookings() -> None:
    found = [one for one in map(booking, _recorded("expiry")) if one is not None]
    assert [(one.kind, one.instrument, one.price) for one in found] == [
        (BookingKind.SETTLED, "BTC_USDC-PERPETUAL", None),
        (BookingKind.DELIVERED, "TRX_USDC-2OCT26-0d342-C", Decimal(0)),
    ]
    settled = next(one for one in map(booking, _recorded("funding")) if one is not None)
    assert settled.funding == Decimal("-0.08954866")
    assert settled.change == Decimal("-252.61751366")


def _recorded(name: str) -> list[Any]:
    text = shared(f"fixtures/deribit/qkt/private_get_transaction_log_{name}.json").read_bytes()
    result = msgspec.json.decode(text)["response"]["result"]
    return list(read_page(msgspec.json.encode(result)).logs)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"type": "deposit"}, BookingKind.CASH),
        ({"type": "transfer", "change": -1.0}, BookingKind.CASH),
        ({"type": "correction", "change": 0.0}, None),
        ({"type": "trade"}, None),
        ({"type": "options_settlement_summary"}, None),
        ({"type": "exercise"}, BookingKind.DELIVERED),
        ({"type": "delivery"}, BookingKind.DELIVERED),
    ],
)
def test_every_kind_of_line_has_its_place(
    changes: dict[str, Any], kind: BookingKind | None
) -> None:
    (line,) = read_page(msgspec.json.encode(page(row(**changes)))).logs
    found = booking(line)
    assert (None if found is None else found.kind) == kind


def test_an_option_is_paid_what_the_cash_says() -> None:
    wire = row(type="expiry", price=0.0, commission=0.0003, cashflow=-0.3, amount=2.0)
    wire["instrument_name"] = "BTC-25DEC26-60000-C"
    (line,) = read_page(msgspec.json.encode(page(wire))).logs
    found = booking(line)
    assert found is not None
    assert (found.price, found.fee) == (Decimal("0.15"), Decimal("0.0003"))


def test_pages_are_read_to_their_end_and_told_oldest_first() -> None:
    reader = Reader()
    reader.talk.wait(PACE_S)
    (first,) = [r for r in reader.talk.sent() if r["method"] == METHOD]
    assert first["params"]["currency"] == "USDC"
    reader.talk.answer(first, page(row(9), row(8), continuation=8))
    (asked,) = reader.answer(page(row(7)))
    assert asked["continuation"] == 8
    (told,) = reader.booked()
    assert told.currency == "USDC"
    assert [one.id for one in told.bookings] == ["7", "8", "9"]


def test_the_next_reading_starts_where_the_last_ended() -> None:
    reader = Reader()
    reader.answer(page(row(9)))
    reader.again()
    asked = reader.answer(page(), page())
    assert [one["start_timestamp"] for one in asked] == [1_451_606_400_000, 1_790_000_000_009]


def test_the_first_reading_ends_two_days_back() -> None:
    reader = Reader()
    old = row(1, timestamp=1_790_000_000_000 - 60 * 3_600_000)
    reader.answer(page(row(9), old, continuation=1))
    assert len(reader.booked()) == 1
    reader.talk.wait(5.0)
    assert [r for r in reader.talk.sent() if r["method"] == METHOD] == []


def test_a_page_never_follows_another_within_the_venues_second() -> None:
    reader = Reader()
    reader.talk.wait(PACE_S / 2)
    assert [r for r in reader.talk.sent() if r["method"] == METHOD] == []


def test_a_key_that_may_not_read_the_log_trades_all_the_same() -> None:
    reader = Reader()
    reader.talk.wait(PACE_S)
    (request,) = [r for r in reader.talk.sent() if r["method"] == METHOD]
    reader.talk.refuse(request, 13403, "unauthorized")
    assert reader.talk.account.is_up
    reader.again()
    reader.talk.wait(PACE_S)
    assert [r for r in reader.talk.sent() if r["method"] == METHOD] == []
    assert REFUSED_S > EVERY_S


def test_a_crowded_log_is_left_alone_over_the_next_connections() -> None:
    reader = Reader()
    talk = reader.talk
    for pause_s in (CROWDED_S, 2 * CROWDED_S):
        talk.wait(pause_s)
        (request,) = [r for r in talk.sent() if r["method"] == METHOD]
        talk.refuse(request, 10028, "too_many_requests")
        talk.account.lose("the venue counted too many requests")
        talk.come_up()
        talk.wait(CROWDED_S - 1.0)
        assert [r for r in talk.sent() if r["method"] == METHOD] == []


def test_an_answer_of_a_lost_connection_is_not_read() -> None:
    reader = Reader()
    reader.talk.wait(PACE_S)
    (request,) = [r for r in reader.talk.sent() if r["method"] == METHOD]
    reader.talk.account.lose("cut")
    reader.talk.answer(request, page(row(5)))
    assert reader.booked() == []


def test_a_combos_own_row_is_no_fill_of_ours() -> None:
    talk = Talk()
    talk.come_up()
    leg = trade_row("leg", instrument_name="BTC-25DEC26-60000-C")
    combo = trade_row("combo", instrument_name="BTC-CS-25DEC26-60000_70000", legs=[leg])
    talk.notify("user.trades.any.any.raw", [combo, leg])
    assert [one.fill.trade_id for one in talk.facts(Filled)] == ["leg"]
