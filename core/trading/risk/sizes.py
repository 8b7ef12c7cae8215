"""How large an order, a position, a coin, a sleeve and everything together may become."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.label import MANUAL, sleeve_of
from core.domain.order import NewOrder
from core.settings import RiskSettings
from core.trading.orders.machine import OrderMachine
from core.trading.risk.exposure import ZERO, Exposure, Stake, Unmeasured

Stakes = dict[str, Stake]


class Sizes:
    """Every working order counts as filled, each measure in the direction an order pushes it."""

    def __init__(self, settings: RiskSettings, exposure: Exposure) -> None:
        self._settings = settings
        self._exposure = exposure

    def refusal(self, order: NewOrder, without: OrderMachine | None) -> str | None:
        """Which limit the order would breach, with the numbers, or what cannot be measured."""
        try:
            return self._breach(order, without)
        except Unmeasured as missing:
            return str(missing)

    def _breach(self, order: NewOrder, without: OrderMachine | None) -> str | None:
        before = self._exposure.stake(order, without)
        after = before.with_order(order)
        limits, name = self._settings, order.instrument
        size = abs(before.usd(order.amount))
        position = pushed([after], Stake.usd, order.signed_amount)
        if reason := _above("order of", size, limits.max_order_usd, "max_order_usd") or _above(
            f"{name} position of", position, limits.max_position_usd, "max_position_usd"
        ):
            return reason
        others = self._exposure.stakes(without=without)
        others.pop(name, None)
        return (
            self._coin(order, before, after, _of_coin(others.values(), after.instrument))
            or self._total(before, after, others)
            or self._vega(order, after, others)
            or self._sleeve(order, after, without)
        )

    def _coin(
        self, order: NewOrder, before: Stake, after: Stake, others: list[Stake]
    ) -> str | None:
        """Net, gross and delta of the order's coin."""
        limits, coin = self._settings, after.instrument.base
        if not after.instrument.is_option:
            futures = [one for one in [*others, after] if not one.instrument.is_option]
            net = pushed(futures, Stake.usd, order.signed_amount)
            if reason := _above(f"{coin} net position of", net, limits.max_net_usd, "max_net_usd"):
                return reason
        gross = sum((one.worst_usd() for one in others), ZERO)
        if after.worst_usd() > before.worst_usd():
            gross += after.worst_usd()
            name = "max_gross_usd"
            if reason := _above(f"{coin} gross position of", gross, limits.max_gross_usd, name):
                return reason
        coins = after.delta(order.signed_amount)
        delta = pushed([*others, after], Stake.delta_usd, coins)
        return _above(f"{coin} delta of", delta, limits.max_delta_usd, "max_delta_usd")

    def _total(self, before: Stake, after: Stake, others: Stakes) -> str | None:
        limits = self._settings
        if before.is_empty and len(others) >= limits.max_positions:
            return (
                f"{len(others)} instruments are held or being opened, "
                f"the limit is {limits.max_positions} (risk.max_positions)"
            )
        if after.worst_usd() <= before.worst_usd():
            return None
        total = after.worst_usd() + sum((one.worst_usd() for one in others.values()), ZERO)
        return _above("total position of", total, limits.max_total_usd, "max_total_usd")

    def _vega(self, order: NewOrder, after: Stake, others: Stakes) -> str | None:
        if not after.instrument.is_option:
            return None
        sign = after.vega(order.signed_amount)
        vega = pushed([*others.values(), after], Stake.vega, sign)
        return _above("vega of", vega, self._settings.max_vega_usd, "max_vega_usd")

    def _sleeve(self, order: NewOrder, after: Stake, without: OrderMachine | None) -> str | None:
        """What one program's sleeve may hold of everything."""
        sleeve = sleeve_of(order.label)
        if sleeve == MANUAL:
            return None
        stakes = self._exposure.stakes(sleeve, without)
        mine = stakes.pop(order.instrument, None)
        held = ZERO if mine is None else mine.held
        pending = self._exposure.pending(order.instrument, sleeve, without)
        largest = pending.with_order(order.side, order.amount).worst(held)
        if mine is not None and largest <= mine.pending.worst(mine.held):
            return None
        total = after.usd(largest) + sum((one.worst_usd() for one in stakes.values()), ZERO)
        most = self._settings.max_sleeve_usd
        return _above(f"sleeve {sleeve} position of", total, most, "max_sleeve_usd")


def pushed(
    stakes: Iterable[Stake], measure: Callable[[Stake, Decimal], Decimal], sign: Decimal
) -> Decimal:
    """A measure of `stakes` in the direction of `sign`, every working order that way filled.

    Positive when it stands on that side, negative on the other. Unmeasured when part is missing.
    """
    total = ZERO
    for one in stakes:
        works = (measure(one, one.pending.buys), measure(one, one.pending.sells))
        total += measure(one, one.held) + sum((w for w in works if w * sign > 0), ZERO)
    return total if sign > 0 else -total


def _of_coin(stakes: Iterable[Stake], instrument: Instrument) -> list[Stake]:
    return [one for one in stakes if one.instrument.base == instrument.base]


def _above(what: str, usd: Decimal, limit: Decimal, name: str) -> str | None:
    if usd <= limit:
        return None
    return f"{what} {usd:,.0f} USD is above the limit of {limit:,.0f} USD (risk.{name})"
