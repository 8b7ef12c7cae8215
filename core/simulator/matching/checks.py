"""The venue's checks of an order, in its order: amount, minimum, tick, band."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from core.simulator.accounts.order import OrderSpec
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import future_band, option_bands
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.options import OptionBoard


def units_of(it: Instrument, amount: Decimal, param: str = "amount") -> int:
    """An amount in smallest orders."""
    whole = amount % it.terms.contract_size == 0 or it.is_option
    if amount <= 0 or not whole:
        raise invalid(param, "must be a multiple of contract size")
    if amount < it.terms.min_amount or amount % it.terms.min_amount:
        raise invalid(param, "must be a multiple of the minimum order size")
    return int(amount / it.terms.min_amount)


def tick_of(it: Instrument, price: Decimal, param: str = "price") -> int:
    """A price in base ticks; it must be positive and on the tick that holds there."""
    if price <= 0 or price % it.tick_at(price):
        raise invalid(param, "must conform to tick size")
    return int(price / it.terms.tick)


def band_of(market: Market) -> tuple[int, int]:
    """(lowest, highest) order price in base ticks."""
    board = market.board
    if isinstance(board, OptionBoard):
        low, high = option_bands(board, np.array([market.row]))
        return int(low[0]), int(high[0])
    return future_band(market)


def check_band(spec: OrderSpec, tick: int) -> None:
    """Refuse buys above and sells below the band."""
    low, high = band_of(spec.market)
    it = spec.market.instrument
    if spec.direction == "buy" and tick > high:
        raise RpcError(10007, f"price_too_high {it.price_of(high)}")
    if spec.direction == "sell" and tick < low:
        raise RpcError(10005, f"price_too_low {it.price_of(low)}")


def check_trigger(spec: OrderSpec, present: float) -> None:
    """Refuse a stop or take order that would fire at once."""
    assert spec.trigger_tick is not None
    price = spec.market.instrument.price_of(spec.trigger_tick)
    rising = fires_rising(spec.order_type, spec.direction)
    if rising and price <= present:
        raise RpcError(10035, "trigger_price_too_low")
    if not rising and price >= present:
        raise RpcError(10034, "trigger_price_too_high")


def fires_rising(order_type: str, direction: str) -> bool:
    """Stop buys and take sells fire when the price rises to the trigger."""
    return order_type.startswith("stop") == (direction == "buy")
