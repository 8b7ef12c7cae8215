"""Order commands as the venue's methods and parameters."""

from __future__ import annotations

from core.domain.order import Amendment, NewOrder, OrderType

TRADES_ASKED = 1_000
"""The most the venue gives at once."""
Request = tuple[str, dict[str, object]]
"""(method, parameters)."""


def place(order: NewOrder) -> Request:
    """private/buy or private/sell; a stop is triggered by the mark price."""
    params: dict[str, object] = {
        "instrument_name": order.instrument,
        "amount": order.amount,
        "type": order.type.value,
        "label": order.label,
        "time_in_force": order.time_in_force.value,
        "reduce_only": order.reduce_only,
    }
    if order.price is not None and order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        params["price"] = order.price
    if order.type is OrderType.LIMIT:
        params["post_only"] = order.post_only
    if order.type.is_stop:
        params |= {"trigger": "mark_price", "trigger_price": order.trigger_price}
    return f"private/{order.side.value}", params


def amend(change: Amendment) -> Request:
    """private/edit; without a price the order keeps its own. Flags are said, never assumed."""
    params: dict[str, object] = {"order_id": change.order_id, "amount": change.amount}
    if change.price is not None:
        params["price"] = change.price
    if change.post_only is not None:
        params["post_only"] = change.post_only
    if change.reduce_only:
        params["reduce_only"] = True
    return "private/edit", params


def cancel(order_id: str) -> Request:
    """private/cancel."""
    return "private/cancel", {"order_id": order_id}


def cancel_label(label: str, instrument: str) -> Request:
    """private/cancel_by_label, in the currency the instrument settles in."""
    return "private/cancel_by_label", {"label": label, "currency": settlement_of(instrument)}


def state_by_label(label: str, instrument: str) -> Request:
    """private/get_order_state_by_label, in the currency the instrument settles in."""
    currency = settlement_of(instrument)
    return "private/get_order_state_by_label", {"currency": currency, "label": label}


def trades_of_order(order_id: str) -> Request:
    """private/get_user_trades_by_order."""
    return "private/get_user_trades_by_order", {"order_id": order_id}


def trades_of_instrument(instrument: str) -> Request:
    """private/get_user_trades_by_instrument: the newest page."""
    params: dict[str, object] = {"instrument_name": instrument, "count": TRADES_ASKED}
    return "private/get_user_trades_by_instrument", params | {"sorting": "desc"}


def trades_of_currency(
    currency: str, since_ms: int = 0, until_ms: int | None = None, is_archive: bool = False
) -> Request:
    """private/get_user_trades_by_currency: the newest page between two times, both included."""
    params: dict[str, object] = {"currency": currency, "count": TRADES_ASKED, "sorting": "desc"}
    params["historical"] = is_archive
    if since_ms:
        params["start_timestamp"] = since_ms
    if until_ms is not None:
        params["end_timestamp"] = until_ms
    return "private/get_user_trades_by_currency", params


def settlement_of(instrument: str) -> str:
    """The settlement currency by the name: USDC of SOL_USDC-PERPETUAL, BTC of BTC-25DEC26."""
    chain = instrument.partition("-")[0]
    base, _, quote = chain.partition("_")
    return quote or base
