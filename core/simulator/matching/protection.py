"""Market-maker protection at work: counts what quotes and flagged orders trade, and freezes them.

Source of the rules: the venue's articles on market-maker protection and mass quotes.
"""

from __future__ import annotations

from decimal import Decimal

from core.simulator.accounts.account import Account
from core.simulator.accounts.deltas import position_greeks
from core.simulator.accounts.order import Order
from core.simulator.accounts.position import Position
from core.simulator.matching.engine import Engine
from core.simulator.matching.guards import Guard, MmpConfig, guard_key
from core.simulator.rpc import RpcError

CURTAILED = "mmp_config_curtailment"


class ProtectionDesk:
    """Gate and watcher of every order with the mmp flag."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.gates.append(self.check)
        engine.watchers.append(self)

    def configure(self, account: Account, config: MmpConfig) -> None:
        """Set or replace a configuration; quotes that it no longer allows are cancelled."""
        key = guard_key(config.index_name, config.mmp_group)
        account.guards[key] = Guard(config)
        for order in self._guarded(account, key):
            if not _is_small_enough(order, config):
                self._engine.cancel(order, CURTAILED)

    def remove(self, account: Account, key: str) -> None:
        """Forget a configuration and cancel what it protected."""
        for order in self._guarded(account, key):
            self._engine.cancel(order, CURTAILED)
        account.guards.pop(key, None)

    def check(self, order: Order) -> None:
        """Refuse a protected order without a guard, while frozen, or beyond its limits."""
        if not order.spec.mmp:
            return
        guard = order.account.guards.get(key_of(order))
        if guard is None:
            raise RpcError(13040, "mmp_required")
        if guard.is_frozen(self._engine.now_ms()):
            code, message = (13043, "quotes_frozen") if order.is_quote else (13030, "mmp_trigger")
            raise RpcError(code, message)
        if not _is_small_enough(order, guard.config):
            raise RpcError(11030, "other_reject quantity_limit_exceeded")
        most = guard.config.max_quote_quantity
        if most is not None and self._working(order) + coins(order, order.left) > most + 1e-9:
            raise RpcError(11030, "other_reject max_quote_quantity_exceeded")

    def traded(self, order: Order, units: int) -> None:
        """Count one execution; freeze when a limit is passed."""
        guard = order.account.guards.get(key_of(order)) if order.spec.mmp else None
        now_ms = self._engine.now_ms()
        if guard is None or guard.is_frozen(now_ms):
            return
        guard.frozen_until_ms = None
        delta, vega = _exposure(order, units)
        guard.count(now_ms, coins(order, units), delta, vega)
        if guard.is_exceeded():
            self._trigger(order.account, guard, now_ms)

    def ended(self, order: Order) -> None:
        """Ends move no counter."""

    def _trigger(self, account: Account, guard: Guard, now_ms: int) -> None:
        frozen_s = guard.config.frozen_s
        guard.reset()
        guard.frozen_until_ms = now_ms + frozen_s * 1000 if frozen_s else 0
        key = guard_key(guard.config.index_name, guard.config.mmp_group)
        for order in self._guarded(account, key):
            self._engine.cancel(order, "mmp_trigger")
        if self._engine.listener is not None:
            self._engine.listener.mmp_triggered(account, guard)

    @staticmethod
    def _guarded(account: Account, key: str) -> list[Order]:
        return [o for o in account.orders.values() if o.spec.mmp and key_of(o) == key]

    def _working(self, order: Order) -> float:
        """Coins of the other open orders under the same guard, on the same side of the book."""
        return sum(
            coins(other, other.left)
            for other in self._guarded(order.account, key_of(order))
            if other.market is order.market
            and other.sign == order.sign
            and other.state == "open"
            and other.order_id != order.order_id
        )


def key_of(order: Order) -> str:
    """The guard an order belongs to."""
    return guard_key(order.market.instrument.index_name, order.spec.mmp_group)


def coins(order: Order, units: int) -> float:
    """Units in base coin; those of inverse futures at the order's price."""
    it = order.market.instrument
    amount = it.amount_of(units)
    return amount if it.is_option or it.is_linear else amount / it.price_of(order.tick)


def _is_small_enough(order: Order, config: MmpConfig) -> bool:
    """Each quote is smaller than its group's quantity limit."""
    limit = config.quantity_limit
    return limit is None or not order.is_quote or coins(order, order.left) < limit


def _exposure(order: Order, units: int) -> tuple[float, float]:
    """(net transaction delta in coin, vega in USD) of an execution, at the present greeks."""
    market, signed = order.market, order.sign * coins(order, units)
    if not market.instrument.is_option:
        return signed, 0.0
    figures = position_greeks(Position(market, size=Decimal(repr(signed))))
    premium = 0.0 if market.instrument.is_linear else signed * market.mark
    return figures["delta"] - premium, figures["vega"]
