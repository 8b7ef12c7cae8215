"""Deribit's rate limits: which pool a request draws on, what it costs, what goes first."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from core.venues.link.credits import Pool


class Lane(IntEnum):
    """What goes first when several requests wait: taking orders back, then making them."""

    CANCEL_ALL = 0
    CANCEL = 1
    ORDER = 2
    OUTCOME = 3
    """Logging in, and what became of orders nobody answered for."""
    QUERY = 4
    STATE = 5
    """Orders whose cancel or change failed: a crowd of them keeps nothing else waiting."""
    SUBSCRIBE = 6
    LISTING = 7
    LOG = 8
    """The account's bookings, which cost the venue most."""
    AUDIT = 9
    """Books read only to see whether ours are right."""


_CANCELS: Final = (
    "private/cancel",
    "private/cancel_by_label",
    "private/cancel_all_by_currency",
    "private/cancel_all_by_currency_pair",
    "private/cancel_all_by_instrument",
    "private/cancel_all_by_kind_or_type",
    "private/cancel_quotes",
)
_ORDERS: Final = (
    "private/buy",
    "private/sell",
    "private/edit",
    "private/edit_by_label",
    "private/close_position",
)
_OUTCOMES: Final = (
    "public/auth",
    "public/set_heartbeat",
    "private/enable_cancel_on_disconnect",
    "private/get_cancel_on_disconnect",
    "private/get_order_state_by_label",
    "private/get_user_trades_by_order",
    "private/get_user_trades_by_instrument",
)
_LANES: Final = {
    "private/cancel_all": Lane.CANCEL_ALL,
    **dict.fromkeys(_CANCELS, Lane.CANCEL),
    **dict.fromkeys(_ORDERS, Lane.ORDER),
    **dict.fromkeys(_OUTCOMES, Lane.OUTCOME),
    "private/get_order_state": Lane.STATE,
    "public/subscribe": Lane.SUBSCRIBE,
    "private/subscribe": Lane.SUBSCRIBE,
    "public/get_instruments": Lane.LISTING,
    "private/get_transaction_log": Lane.LOG,
    "public/get_order_book": Lane.AUDIT,
}
QUERY_COST: Final = 500
_SUBSCRIBE_COST: Final = 3_000
_LISTING_COST: Final = 10_000
_LOG_COST: Final = 10_000


def lane_of(method: str) -> Lane:
    """The lane a request waits in."""
    return _LANES.get(method, Lane.QUERY)


class Limits:
    """The pools of one account, shared by all its connections. Starts with the lowest tier."""

    def __init__(self) -> None:
        self.orders = Pool(20, 5)
        self.cancel_all = Pool(20, 5)
        self.queries = Pool(50_000, 10_000)
        self.subscribes = Pool(30_000, 10_000)
        self.listings = Pool(500_000, 10_000)
        self.logs = Pool(80_000, 10_000)
        self.audits = Pool(2, 1)
        """One a second over all connections, from the tenth that caution leaves of the queries."""

    def may_send(self, lane: Lane, now_s: float) -> bool:
        """Pay for one request of `lane`; False when it has to wait."""
        pool, cost = self._price(lane)
        return pool.take(cost, now_s)

    def exhausted(self, lane: Lane, now_s: float) -> None:
        """The venue refused a request of `lane` for the rate: spend nothing for a while."""
        self._price(lane)[0].drain(now_s)

    def _price(self, lane: Lane) -> tuple[Pool, int]:
        if lane in (Lane.ORDER, Lane.CANCEL):
            return self.orders, 1
        if lane is Lane.CANCEL_ALL:
            return self.cancel_all, 1
        if lane is Lane.SUBSCRIBE:
            return self.subscribes, _SUBSCRIBE_COST
        if lane is Lane.LISTING:
            return self.listings, _LISTING_COST
        if lane is Lane.LOG:
            return self.logs, _LOG_COST
        if lane is Lane.AUDIT:
            return self.audits, 1
        return self.queries, QUERY_COST
