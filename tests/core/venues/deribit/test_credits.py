"""The rate credits over a wire: what is sent first, and that the venue never has to refuse."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from core.domain.events import CancelFailed, OutcomeArrived, Reconciled
from core.domain.outcome import Accepted
from core.simulator.server.access.limits import Credits
from core.venues.deribit.endpoints import Credentials, Secret
from tests.core.venues.deribit.account.talk import ANSWERS, new_order, order_row, trade_row
from tests.core.venues.deribit.trading_desk import TradingDesk
from tests.core.venues.fake_deribit import Error, FakeDeribit
from tests.eventually import eventually

KEY = Credentials("amanda", Secret("hush"))
FIGURES = ("equity", "balance", "available_funds", "initial_margin", "maintenance_margin")
SHARE = 40.0
"""The venue's pools in pools of the lowest tier, so that a thousand cancels take seconds."""
TOO_MANY = Error(10028, "too_many_requests")


class Strict(FakeDeribit):
    """Counts credits with the simulator's own limiter and refuses what is not paid for."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self._credits = Credits(SHARE)
        self._first = threading.Lock()
        stated = {"total": {"rate": 5 * SHARE, "burst": 20 * SHARE}}
        limits = {"matching_engine": {"trading": stated}}
        figures = dict.fromkeys(FIGURES, 1.0)
        summaries = {"summaries": [{"currency": "BTC", **figures, "limits": limits}]}
        self.answers: dict[str, Any] = {
            **ANSWERS,
            "private/cancel": Error(11044, "not_open_order"),
            "private/get_order_state": Error(10004, "order_not_found"),
            "private/get_account_summaries": summaries,
        }
        for method in (*self.answers, "private/buy"):
            inner = self.handlers.get(method, self._canned(method))
            self.handlers[method] = self._counted(method, inner)

    def _canned(self, method: str) -> Any:
        def answer(_: Any, params: dict[str, Any]) -> Any:
            if method == "private/buy":
                return {"order": order_row(label=params["label"]), "trades": []}
            return self.answers[method]

        return answer

    def _counted(self, method: str, inner: Any) -> Any:
        def answer(client: Any, params: dict[str, Any]) -> Any:
            if not self._credits.spend(method, time.monotonic()):
                self.refused.append(method)
                return TOO_MANY
            return inner(client, params)

        return answer


@pytest.fixture
def venue() -> Iterator[Strict]:
    strict = Strict()
    with strict.running():
        yield strict


def test_a_thousand_queued_cancels_never_trip_the_limiter(venue: Strict) -> None:
    with TradingDesk(venue.url, KEY, request_timeout_s=60.0) as desk:
        for number in range(1_000):
            desk.link.cancel(str(number))
        eventually(lambda: len(desk.facts(CancelFailed)) == 1_000, within_s=60)
        assert desk.link.state().reconnects == 0
    assert venue.refused == []
    assert len(venue.asked("private/cancel")) == 1_000


def test_an_order_goes_out_before_the_queries_of_a_storm(venue: Strict) -> None:
    with TradingDesk(venue.url, KEY, request_timeout_s=60.0) as desk:
        for number in range(150):
            desk.link.ask_label(f"manual:{number}", "BTC-PERPETUAL")
        desk.link.place(new_order("manual:now"))
        assert isinstance(desk.outcome("manual:now"), Accepted)
        methods = [name for name, _ in list(venue.requests)]
        asked_before = methods[: methods.index("private/buy")]
        assert asked_before.count("private/get_order_state_by_label") <= 100
    assert venue.refused == []


def test_many_pages_of_history_delay_no_order(venue: Strict) -> None:
    def page(_: Any, params: dict[str, Any]) -> Any:
        end = params.get("end_timestamp", 1_790_000_000_000)
        row = trade_row(f"t{end}", timestamp=end - 1)
        is_long = params["currency"] == "BTC" and end > 1_790_000_000_000 - 120
        return {"trades": [row], "has_more": is_long}

    with TradingDesk(venue.url, KEY, request_timeout_s=60.0) as desk:
        venue.handlers["private/get_user_trades_by_currency"] = page
        desk.link.reconcile()
        for number in range(20):
            desk.link.place(new_order(f"manual:{number}"))
        eventually(lambda: len(desk.facts(OutcomeArrived)) == 20)
        eventually(lambda: len(desk.facts(Reconciled)) == 2, within_s=60)
        assert len(desk.facts(Reconciled)[-1].fills) >= 120
    methods = [name for name, _ in venue.requests]
    last_order = len(methods) - 1 - methods[::-1].index("private/buy")
    assert methods[last_order:].count("private/get_user_trades_by_currency") > 80
    assert venue.refused == []
