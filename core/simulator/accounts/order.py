"""A client's order, resting, waiting for its trigger, or done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from core.simulator.accounts.money import ZERO, is_inverse_future
from core.simulator.markets.book import ASK, BID, visible
from core.simulator.markets.market import Market
from core.simulator.markets.starbase import nanoseconds, number_of
from core.simulator.markets.tape import Direction

if TYPE_CHECKING:
    from core.simulator.accounts.account import Account

OrderType = Literal[
    "limit", "market", "market_limit", "stop_limit", "stop_market", "take_limit", "take_market",
    "trailing_stop",
]  # fmt: skip
OrderState = Literal["open", "filled", "cancelled", "rejected", "untriggered", "triggered"]
Tif = Literal["good_til_cancelled", "good_til_day", "fill_or_kill", "immediate_or_cancel"]
Source = Literal["index_price", "mark_price", "last_price"]
Advanced = Literal["usd", "implv"]
FillCondition = Literal["first_hit", "complete_fill", "incremental"]
TRIGGER_TYPES = ("stop_limit", "stop_market", "take_limit", "take_market", "trailing_stop")
UNPRICED_TYPES = ("stop_market", "take_market", "trailing_stop")
"""Triggers that become market orders."""


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
    trigger_offset: int | None = None
    """How far in ticks a trailing stop stays behind the best price."""
    mmp: bool = False
    is_liquidation: bool = False
    """Sent by the exchange to close an endangered position."""
    display_units: int = 0
    """What an iceberg shows at once; 0 when all of it is shown."""
    advanced: Advanced | None = None
    advanced_price: float | None = None
    """USD or percent of volatility, by `advanced`; `tick` follows it."""
    mmp_group: str | None = None
    """The protection group of a quote; None for ordinary orders."""
    fill_condition: FillCondition | None = None
    """When a linked order moves the others; None for orders without links."""


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
    shown: int = 0
    original_type: OrderType | None = None
    trigger_tick: int | None = None
    trigger_order_id: str | None = None
    reference_price: float | None = None
    """The best price a trailing stop has seen since it was placed."""
    post_only: bool = False
    reduce_only: bool = False
    replaced: bool = False
    auto_replaced: bool = False
    """True when an advanced order was last moved by the exchange."""
    cancel_reason: str | None = None
    mmp_cancelled: bool = False
    worth: Decimal = ZERO
    """Sum of amount x price of its fills (amount / price for inverse futures)."""
    oto_order_ids: tuple[str, ...] = ()
    """Orders held until this one trades."""
    is_primary_otoco: bool = False
    is_held: bool = False
    """True while it waits for its primary order."""
    is_secondary: bool = False
    primary_order_id: str | None = None
    placed_units: int = 0
    """Of a held order: what its primary's fills have brought to market so far."""
    placed_order_id: str | None = None
    """Of a held order: what was placed for it last."""
    oco_ref: str | None = None
    quote_id: str | None = None
    quote_set_id: str | None = None
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
    def display(self) -> int:
        """The most it shows at once; 0 when all of it is shown."""
        return self.spec.display_units

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
        """True before it fires: a trigger, or an order held for its primary."""
        return self.state == "untriggered"

    @property
    def is_trigger(self) -> bool:
        """True for a stop, take or trailing order that has not fired."""
        return self.is_waiting and self.order_type in TRIGGER_TYPES

    @property
    def is_live(self) -> bool:
        """True while it can still trade."""
        return self.state in ("open", "untriggered")

    @property
    def is_quote(self) -> bool:
        """True when it came with a mass quote."""
        return self.spec.mmp_group is not None

    def average_price(self) -> Decimal:
        """0 without a fill."""
        if not self.worth:
            return ZERO
        inverse = is_inverse_future(self.market.instrument)
        return self.filled / self.worth if inverse else self.worth / self.filled


def leg_orders(order: Order) -> list[Order]:
    """A combo's order as one of each leg, at prices next to the marks; any other as it is."""
    market = order.market
    if not market.legs:
        return [order]
    prices = market.leg_prices(order.tick)
    return [
        leg_order(order, leg, order.sign * sign, tick)
        for (leg, sign), tick in zip(market.legs, prices, strict=True)
    ]


def leg_order(order: Order, leg: Market, sign: int, tick: int) -> Order:
    """What an order for a combo is in one of its legs; a picture, which works nowhere."""
    spec = replace(order.spec, market=leg, direction="buy" if sign > 0 else "sell")
    units, left = (order.market.leg_units(leg, n) for n in (order.units, order.left))
    return replace(order, spec=spec, units=units, left=left, tick=tick)


def order_row(order: Order) -> dict[str, Any]:
    """The order object as the venue prints it."""
    spec, it = order.spec, order.market.instrument
    is_trigger = order.order_type in TRIGGER_TYPES
    no_price = order.order_type in UNPRICED_TYPES or (order.is_held and spec.tick is None)
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
    if not is_trigger:
        row["filled_amount"] = float(order.filled)
        row["average_price"] = round(float(order.average_price()), 8)
        row["starbase_order_id"] = number_of(order.order_id)
        row["starbase_last_update_timestamp"] = nanoseconds(order.updated_ms, order.order_id)
    return row | _trigger_fields(order) | _link_fields(order) | _special_fields(order)


def _trigger_fields(order: Order) -> dict[str, Any]:
    spec, it = order.spec, order.market.instrument
    if spec.trigger is None:
        return {}
    row: dict[str, Any] = {
        "trigger": spec.trigger,
        "triggered": order.trigger_order_id is not None,
    }
    if order.trigger_tick is not None:
        row["trigger_price"] = it.price_of(order.trigger_tick)
    if spec.trigger_offset is not None:
        row["trigger_offset"] = it.price_of(spec.trigger_offset)
        row["trigger_reference_price"] = order.reference_price
        row["trigger_price"] = trailing_trigger(order)
    if order.trigger_order_id is not None:
        row["trigger_order_id"] = order.trigger_order_id
        row.setdefault("trigger_offset", None)
    return row


def trailing_trigger(order: Order) -> float | None:
    """The price at which a trailing stop fires now; None while it is held."""
    if order.reference_price is None or order.spec.trigger_offset is None:
        return None
    offset = order.market.instrument.price_of(order.spec.trigger_offset)
    return round(order.reference_price + order.sign * offset, 8)


def _link_fields(order: Order) -> dict[str, Any]:
    row: dict[str, Any] = {}
    if order.spec.fill_condition is not None:
        row["trigger_fill_condition"] = order.spec.fill_condition
    if order.oto_order_ids:
        row["oto_order_ids"] = list(order.oto_order_ids)
    if order.is_primary_otoco:
        row["is_primary_otoco"] = True
    if order.is_secondary:
        row["is_secondary_oto"] = True
        row["primary_order_id"] = order.primary_order_id
    if order.oco_ref is not None:
        row["oco_ref"] = order.oco_ref
    return row


def _special_fields(order: Order) -> dict[str, Any]:
    spec, it = order.spec, order.market.instrument
    row: dict[str, Any] = {}
    if order.post_only:
        row["reject_post_only"] = spec.reject_post_only
    if order.original_type is not None:
        row["original_order_type"] = order.original_type
    if order.cancel_reason is not None:
        row["cancel_reason"] = order.cancel_reason
    if order.mmp_cancelled:
        row["mmp_cancelled"] = True
    if spec.display_units:
        row["display_amount"] = it.amount_of(
            visible(order) if order.state == "open" else min(spec.display_units, order.left)
        )
        row["refresh_amount"] = it.amount_of(spec.display_units)
    if spec.advanced is not None:
        row["advanced"] = spec.advanced
        row[spec.advanced] = spec.advanced_price
        row["auto_replaced"] = order.auto_replaced
    return row | _quote_fields(order)


def _quote_fields(order: Order) -> dict[str, Any]:
    if not order.is_quote:
        return {}
    row: dict[str, Any] = {"quote": True, "mmp_group": order.spec.mmp_group}
    for key, value in (("quote_id", order.quote_id), ("quote_set_id", order.quote_set_id)):
        if value is not None:
            row[key] = value
    return row
