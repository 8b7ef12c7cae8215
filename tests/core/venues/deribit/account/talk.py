"""A conversation about an account and the venue's side of it, without a socket."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, TypeVar

from core.clock import ManualClock
from core.domain.events import Fact
from core.domain.order import NewOrder, Side
from core.venues.deribit.account.conversation import Conversation
from core.venues.deribit.decode import decode_any
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.limits import Limits
from core.venues.deribit.session import Session
from core.venues.deribit.wire import Heartbeat, Notification, Reply

T = TypeVar("T")
NOW_NS = 1_790_000_000_000_000_000
ANSWERS: dict[str, Any] = {
    "public/set_heartbeat": "ok",
    "public/auth": {"access_token": "a", "refresh_token": "r", "expires_in": 900},
    "private/enable_cancel_on_disconnect": "ok",
    "private/get_cancel_on_disconnect": {"enabled": True, "scope": "connection"},
    "private/subscribe": [
        "user.portfolio.any",
        "user.trades.any.any.raw",
        "user.orders.any.any.raw",
    ],
    "private/get_positions": [],
    "private/get_open_orders": [],
    "private/get_user_trades_by_currency": {"trades": [], "has_more": False},
    "private/get_account_summaries": {"summaries": []},
}


def order_row(order_id: str = "1", **changes: Any) -> dict[str, Any]:
    """An order object of the wire."""
    row = {
        "order_id": order_id,
        "label": "manual:1",
        "instrument_name": "BTC-PERPETUAL",
        "direction": "buy",
        "order_state": "open",
        "order_type": "limit",
        "amount": 100.0,
        "filled_amount": 0.0,
        "average_price": 0.0,
        "price": 80000.0,
        "creation_timestamp": 1790000000000,
        "last_update_timestamp": 1790000000000,
    }
    return row | changes


def trade_row(trade_id: str = "t1", **changes: Any) -> dict[str, Any]:
    """A trade of ours on the wire."""
    row = {
        "trade_id": trade_id,
        "order_id": "1",
        "label": "manual:1",
        "instrument_name": "BTC-PERPETUAL",
        "direction": "buy",
        "amount": 100.0,
        "price": 80000.0,
        "fee": 4e-7,
        "timestamp": 1790000000000,
        "liquidity": "T",
    }
    return row | changes


def new_order(label: str = "manual:1") -> NewOrder:
    """A limit order for 100 USD of the perpetual."""
    return NewOrder("BTC-PERPETUAL", Side.BUY, Decimal(100), label, price=Decimal(80000))


class Talk:
    """Both ends; time is `now_s`."""

    def __init__(self, since_ns: int = 0) -> None:
        self.now_s = 0.0
        self.limits = Limits()
        clock = ManualClock(NOW_NS)
        key = Credentials("amanda", Secret("hush"))
        self.session = Session(clock, self.limits, key)
        currencies = ("BTC", "USDC")
        self.account = Conversation(self.session, clock, self.limits, currencies, since_ns)
        self._facts: list[Fact] = []

    def sent(self) -> list[dict[str, Any]]:
        """What was sent since the last look."""
        return [json.loads(frame) for frame in self.session.outgoing()]

    def hear(self, message: dict[str, Any]) -> None:
        """One frame from the venue."""
        frame = decode_any(json.dumps(message).encode())
        assert isinstance(frame, Reply | Heartbeat | Notification)
        self.account.take(frame, self.now_s)

    def answer(self, request: dict[str, Any], result: Any) -> None:
        """A result for one request."""
        self.hear({"id": request["id"], "result": result})

    def refuse(self, request: dict[str, Any], code: int, message: str = "error") -> None:
        """An error for one request."""
        self.hear({"id": request["id"], "error": {"code": code, "message": message}})

    def notify(self, channel: str, data: Any) -> None:
        """One notification."""
        self.hear({"method": "subscription", "params": {"channel": channel, "data": data}})

    def answer_all(self, **special: Any) -> list[str]:
        """Answer what is sent until nothing more is; returns the methods in order."""
        methods = []
        while requests := self.sent():
            for request in requests:
                methods.append(request["method"])
                name = request["method"].partition("/")[2]
                self.answer(request, special.get(name, ANSWERS.get(request["method"])))
        return methods

    def come_up(self, **special: Any) -> list[str]:
        """Log in and reconcile."""
        self.account.begin(self.now_s)
        return self.answer_all(**special)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
        self.session.heard(self.now_s)
        self.account.tick(self.now_s)

    def facts(self, kind: type[T]) -> list[T]:
        """Every fact of one kind so far."""
        self._facts += self.account.facts()
        return [one for one in self._facts if isinstance(one, kind)]

    def all_facts(self) -> list[Fact]:
        """Every fact so far, in order."""
        self._facts += self.account.facts()
        return self._facts
