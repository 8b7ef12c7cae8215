"""Advanced option orders: a price in USD or in volatility, followed once a second."""

from __future__ import annotations

import logging
import math

from core.quant.black import price_usd
from core.simulator.accounts.order import Advanced, Order
from core.simulator.markets.market import Market
from core.simulator.matching.engine import Change, Engine
from core.simulator.rpc import RpcError
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.options import OptionBoard

log = logging.getLogger(__name__)


class Pricer:
    """Moves resting advanced orders to where their USD price or volatility is now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reprice(self) -> None:
        """Called about once a second."""
        for account in self._engine.accounts:
            for order in list(account.orders.values()):
                if order.spec.advanced is not None and order.state == "open":
                    self._move(order)

    def _move(self, order: Order) -> None:
        spec = order.spec
        assert spec.advanced is not None
        assert spec.advanced_price is not None
        tick = advanced_tick(order.market, order.sign, spec.advanced, spec.advanced_price)
        if tick == order.tick:
            return
        try:
            self._engine.edit(order, Change(order.units, tick, spec, by_exchange=True))
        except RpcError as error:
            log.debug("%s stays at its price: %s", order.order_id, error)


def advanced_tick(market: Market, sign: int, advanced: Advanced, price: float) -> int:
    """The valid price in base ticks next to what was meant, never worse for the client.

    Args:
        sign: +1 for buys.
        price: USD per coin of an inverse option, or volatility in percent.
    """
    board, row, it = market.board, market.row, market.instrument
    assert isinstance(board, OptionBoard)
    if advanced == "usd":
        return nearest_tick(it, price / market.index, is_up=sign < 0)
    forward = float(board.delivered[row])
    usd = float(
        price_usd(
            forward, float(board.strike[row]), max(float(board.tau[row]), 1e-9), price / 100.0,
            bool(board.is_call[row]),
        )
    )  # fmt: skip
    return nearest_tick(it, usd if it.is_linear else usd / forward, is_up=sign < 0)


def nearest_tick(it: Instrument, price: float, is_up: bool) -> int:
    """The next valid price at or above, or at or below; at least one tick."""
    terms = it.terms
    raw = price / float(terms.tick)
    tick = math.ceil(raw - 1e-9) if is_up else math.floor(raw + 1e-9)
    if terms.step_above is not None:
        edge, step = int(terms.step_above / terms.tick), int(terms.step_tick / terms.tick)
        if tick > edge:
            tick += -tick % step if is_up else -(tick % step)
    return max(1, tick)
