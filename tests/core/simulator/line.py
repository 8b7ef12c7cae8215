"""A client's line into a still exchange: methods by name, without a socket."""

from __future__ import annotations

from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.methods.table import METHODS
from tests.core.simulator.still import Desk


class Line:
    """Speaks for one client; RpcError when refused."""

    is_websocket = True
    scope = "trade:read_write"

    def __init__(self, desk: Desk, account: Account) -> None:
        self.desk = desk
        self.account = account
        self.client_id: str | None = account.client_id
        self.heartbeat_s = 0
        self.cancel_on_disconnect = False

    def call(self, name: str, **params: object) -> Any:
        """One private method, by its name without `private/`."""
        return METHODS[f"private/{name}"](Call(self.desk.exchange, self, Params(params)))

    def state(self, order_id: str) -> Any:
        """The order as get_order_state prints it."""
        return self.call("get_order_state", order_id=order_id)

    def ended(self, reason: str) -> list[Any]:
        """Orders that were cancelled for a reason, oldest first."""
        return [order for order in self.account.closed if order.cancel_reason == reason]

    def login(self, params: Params) -> dict[str, object]:
        """Not over this line."""
        raise AssertionError(params)

    def logout(self, invalidate: bool) -> None:
        """Not over this line."""
        raise AssertionError(invalidate)

    def join(self, name: str) -> bool:
        """No channels here."""
        return not name

    def leave(self, name: str) -> bool:
        """No channels here."""
        return not name

    def leave_all(self) -> None:
        """No channels here."""


def touch(market: Market) -> tuple[float, float]:
    """(best bid, best ask) as printed."""
    bid, ask = market.book.best(BID), market.book.best(ASK)
    assert bid is not None
    assert ask is not None
    return market.instrument.price_of(bid), market.instrument.price_of(ask)
