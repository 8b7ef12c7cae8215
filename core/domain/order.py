"""Orders: what we ask for, and what the venue says has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Side(Enum):
    """Buy or sell."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(Enum):
    """The order types the desk sends; values are the venue's words."""

    LIMIT = "limit"
    MARKET = "market"
    STOP_MARKET = "stop_market"
    STOP_LIMIT = "stop_limit"

    @property
    def is_stop(self) -> bool:
        """True for orders that wait for a trigger."""
        return self in (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)


class TimeInForce(Enum):
    """How long an order lives; values are the venue's words."""

    GTC = "good_til_cancelled"
    DAY = "good_til_day"
    IOC = "immediate_or_cancel"
    FOK = "fill_or_kill"


class OrderState(Enum):
    """Where an order of ours stands. NEW, SENT and UNKNOWN are ours, the rest is the venue's.

    What may follow what stands in `core.trading.orders.states`.
    """

    NEW = "new"
    """It waits here until it may be sent."""
    SENT = "sent"
    OPEN = "open"
    """It rests and nothing of it has traded."""
    PARTIAL = "partial"
    """It rests and some of it has traded."""
    FILLED = "filled"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNTRIGGERED = "untriggered"
    """A stop that waits for its trigger."""
    UNKNOWN = "unknown"
    """No answer came; the venue is being asked by label."""

    @property
    def is_working(self) -> bool:
        """True while it may still trade."""
        return self in _WORKING


_WORKING = frozenset(OrderState) - {OrderState.FILLED, OrderState.CANCELLED, OrderState.REFUSED}


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order to be sent, complete. Building it does not send it."""

    instrument: str
    side: Side
    amount: Decimal
    """Positive, in the venue's unit."""
    label: str
    """`sleeve:uid`, unique; see core.domain.label."""
    type: OrderType = OrderType.LIMIT
    price: Decimal | None = None
    """Limit price in the quote currency; None for market and stop_market."""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    """Mark price at which a stop fires."""

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"{self.instrument} order amount {self.amount} is not above 0")
        if self.type is OrderType.LIMIT and self.price is None:
            raise ValueError(f"{self.instrument} limit order has no price")
        if self.type.is_stop and self.trigger_price is None:
            raise ValueError(f"{self.instrument} stop order has no trigger price")

    @property
    def signed_amount(self) -> Decimal:
        """The amount, + bought."""
        return self.amount * self.side.sign


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of a working order, complete: what it shall be from then on."""

    order_id: str
    amount: Decimal
    """The whole amount, with what is filled of it."""
    price: Decimal | None = None
    """None keeps the order's own."""
    post_only: bool | None = None
    """None for orders that know no such thing: those without a price, those with a trigger."""
    reduce_only: bool = False


@dataclass(frozen=True, slots=True)
class OrderReport:
    """One order of ours as the venue last reported it."""

    order_id: str
    label: str
    instrument: str
    side: Side
    amount: Decimal
    filled: Decimal
    average_price: Decimal | None
    """None while nothing is filled."""
    price: Decimal | None
    """None for market stops."""
    type: OrderType
    state: OrderState
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    reason: str = ""
    """The venue's reason when cancelled or refused."""
    created_ns: int = 0
    updated_ns: int = 0

    @property
    def remaining(self) -> Decimal:
        """What may still trade."""
        return self.amount - self.filled if self.state.is_working else Decimal(0)


def report_of(order: NewOrder, order_id: str, state: OrderState, now_ns: int) -> OrderReport:
    """`order` as it stands before any of it traded."""
    return OrderReport(
        order_id,
        order.label,
        order.instrument,
        order.side,
        order.amount,
        Decimal(0),
        None,
        order.price,
        order.type,
        state,
        order.time_in_force,
        order.post_only,
        order.reduce_only,
        order.trigger_price,
        created_ns=now_ns,
        updated_ns=now_ns,
    )
