"""A client's order, resting, waiting for its trigger, or done."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from core.simulator.accounts.money import ZERO
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.markets.starbase import nanoseconds, number_of
from core.simulator.markets.tape import Direction

if TYPE_CHECKING:
    from core.simulator.accounts.account import Account

OrderType = Literal[
    "limit", "market", "market_limit", "stop_limit", "stop_market", "take_limit", "take_market"
]
OrderState = Literal["open", "filled", "cancelled", "rejected", "untriggered", "triggered"]
Tif = Literal["good_til_cancelled", "good_til_day", "fill_or_kill", "immediate_or_cancel"]
Source = Literal["index_price", "mark_price", "last_price"]
TRIGGER_TYPES = ("stop_limit", "stop_market", "take_limit", "take_market")


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """What a client asked for, in the market's own units, checked."""

    market: Market
    direction: Direction
    units: int
    order_type: OrderType
    tick: int | None
    """None for orders without a price of their own."""
    label: str = ""
    tif: Tif = "good_til_cancelled"
    post_only: bool = False
    reject_post_only: bool = False
    reduce_only: bool = False
    trigger: Source | None = None
    trigger_tick: int | None = None
    mmp: bool = False
    is_liquidation: bool = False
    """Sent by the exchange to close an endangered position."""


@dataclass(slots=True, eq=False)
class Order:
    """Mutable; only the engine writes it."""

    account: Account
    spec: OrderSpec
    order_id: str
    created_ms: int
    updated_ms: int
    units: int
    left: int
    tick: int
    """Price in ticks; meaningless while a stop-market order waits."""
    order_type: OrderType
    state: OrderState
    ahead: int = 0
    original_type: OrderType | None = None
    trigger_tick: int | None = None
    trigger_order_id: str | None = None
    post_only: bool = False
    reduce_only: bool = False
    replaced: bool = False
    cancel_reason: str | None = None
    worth: Decimal = ZERO
    """Sum of amount x price of its fills (amount / price for inverse futures)."""
    connection: object = field(default=None, repr=False)
    """The socket it came over, for cancel on disconnect."""

    @property
    def market(self) -> Market:
        """Where it trades."""
        return self.spec.market

    @property
    def side(self) -> int:
        """The book side it rests on."""
        return BID if self.spec.direction == "buy" else ASK

    @property
    def sign(self) -> int:
        """+1 for buys."""
        return 1 if self.spec.direction == "buy" else -1

    @property
    def amount(self) -> Decimal:
        """What was asked."""
        return self.units * self.market.instrument.terms.min_amount

    @property
    def filled(self) -> Decimal:
        """What was done."""
        return (self.units - self.left) * self.market.instrument.terms.min_amount

    @property
    def is_waiting(self) -> bool:
        """True for a stop or take order that has not fired."""
        return self.state == "untriggered"

    @property
    def is_live(self) -> bool:
        """True while it can still trade."""
        return self.state in ("open", "untriggered")

    def average_price(self) -> Decimal:
        """0 without a fill."""
        if not self.worth:
            return ZERO
        it = self.market.instrument
        inverse = not it.is_option and not it.is_linear
        return self.filled / self.worth if inverse else self.worth / self.filled


def order_row(order: Order) -> dict[str, Any]:
    """The order object as the venue prints it."""
    spec, it = order.spec, order.market.instrument
    waiting = order.is_waiting or (order.trigger_order_id is None and order.trigger_tick)
    no_price = waiting and order.order_type in ("stop_market", "take_market")
    row: dict[str, Any] = {
        "label": spec.label,
        "price": "market_price" if no_price else it.price_of(order.tick),
        "user_id": order.account.user_id,
        "amount": float(order.amount),
        "direction": spec.direction,
        "time_in_force": spec.tif,
        "instrument_name": it.name,
        "web": False,
        "api": True,
        "order_id": order.order_id,
        "creation_timestamp": order.created_ms,
        "last_update_timestamp": order.updated_ms,
        "replaced": order.replaced,
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "mmp": spec.mmp,
        "contracts": it.contracts_of(order.amount),
        "order_state": order.state,
        "order_type": order.order_type,
        "is_liquidation": spec.is_liquidation,
        "risk_reducing": False,
    }
    if not waiting:
        row["filled_amount"] = float(order.filled)
        row["average_price"] = round(float(order.average_price()), 8)
        row["starbase_order_id"] = number_of(order.order_id)
        row["starbase_last_update_timestamp"] = nanoseconds(order.updated_ms, order.order_id)
    return row | _extras(order)


def _extras(order: Order) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if order.post_only:
        row["reject_post_only"] = order.spec.reject_post_only
    if order.original_type is not None:
        row["original_order_type"] = order.original_type
    if order.cancel_reason is not None:
        row["cancel_reason"] = order.cancel_reason
    if order.trigger_tick is not None:
        row["trigger"] = order.spec.trigger
        row["trigger_price"] = order.market.instrument.price_of(order.trigger_tick)
        row["triggered"] = order.trigger_order_id is not None
    if order.trigger_order_id is not None:
        row["trigger_order_id"] = order.trigger_order_id
        row["trigger_offset"] = None
    return row
