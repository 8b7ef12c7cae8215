"""How much of every limit is used: what the risk screen shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import isnan, nan

from core.domain.label import MANUAL
from core.settings import RiskSettings
from core.trading.orders.blotter import Blotter
from core.trading.risk.exposure import ZERO, Exposure, Stake, Unmeasured
from core.trading.risk.losses import Losses
from core.trading.risk.sizes import pushed
from core.trading.risk.view import Use

Stakes = list[Stake]
Measure = Callable[[Stakes], Decimal]
UP, DOWN = Decimal(1), Decimal(-1)


class Usage:
    """Measures as the gate does; the loop thread calls it once a second."""

    def __init__(
        self, settings: RiskSettings, exposure: Exposure, blotter: Blotter, losses: Losses
    ) -> None:
        self._settings = settings
        self._exposure = exposure
        self._blotter = blotter
        self._losses = losses

    def uses(self, sent: int, sleeve_lost_usd: Mapping[str, float]) -> tuple[Use, ...]:
        """Every limit, in the order of the settings; `sent` orders went out this second."""
        stakes = list(self._exposure.stakes().values())
        return (
            *self._positions(stakes),
            *self._desk(stakes),
            *self._sleeves(sleeve_lost_usd),
            *self._lost(),
            *self._collars(),
            *self._orders(sent),
        )

    def _positions(self, stakes: Stakes) -> tuple[Use, ...]:
        limits, coins = self._settings, _by_coin(stakes)
        futures = _by_coin(one for one in stakes if not one.instrument.is_option)
        single = {one.instrument.name: [one] for one in stakes}
        return (
            self._largest_order(),
            _most("max_position_usd", limits.max_position_usd, single, _gross),
            _most("max_net_usd", limits.max_net_usd, futures, _either(Stake.usd)),
            _most("max_gross_usd", limits.max_gross_usd, coins, _gross),
        )

    def _desk(self, stakes: Stakes) -> tuple[Use, ...]:
        limits = self._settings
        whole = {"": stakes}
        options = {"": [one for one in stakes if one.instrument.is_option]}
        delta = _either(Stake.delta_usd)
        return (
            _most("max_total_usd", limits.max_total_usd, whole, _gross),
            _most("max_delta_usd", limits.max_delta_usd, _by_coin(stakes), delta),
            _most("max_vega_usd", limits.max_vega_usd, options, _either(Stake.vega)),
            Use("max_positions", len(stakes), limits.max_positions, "instruments"),
        )

    def _sleeves(self, lost_usd: Mapping[str, float]) -> tuple[Use, ...]:
        limits = self._settings
        held = {
            name: list(self._exposure.stakes(name).values())
            for name in self._exposure.sleeves()
            if name != MANUAL
        }
        worst = max(lost_usd, key=lambda name: _weight(lost_usd[name]), default="")
        return (
            _most("max_sleeve_usd", limits.max_sleeve_usd, held, _gross),
            Use(
                "max_sleeve_loss_usd",
                lost_usd.get(worst, 0.0),
                float(limits.max_sleeve_loss_usd),
                what=worst,
            ),
        )

    def _lost(self) -> tuple[Use, ...]:
        limits, losses = self._settings, self._losses
        profit, drawdown = losses.profit_usd, losses.drawdown_usd
        lost = nan if profit is None else max(0.0, -float(profit))
        below = nan if drawdown is None else float(drawdown)
        return (
            Use("max_daily_loss_usd", lost, float(limits.max_daily_loss_usd)),
            Use("max_drawdown_usd", below, float(limits.max_drawdown_usd)),
        )

    def _collars(self) -> tuple[Use, ...]:
        limits = self._settings
        return (
            Use("price_collar_pct", nan, float(limits.price_collar_pct), "%"),
            Use("option_collar_pct", nan, float(limits.option_collar_pct), "%"),
        )

    def _orders(self, sent: int) -> tuple[Use, ...]:
        limits = self._settings
        count = Counter(one.report.instrument for one in self._blotter.working())
        (name, most), *_ = count.most_common(1) or [("", 0)]
        return (
            Use("max_orders_per_s", sent, limits.max_orders_per_s, "orders"),
            Use("max_open_orders", count.total(), limits.max_open_orders, "orders"),
            Use("max_open_per_instrument", most, limits.max_open_per_instrument, "orders", name),
        )

    def _largest_order(self) -> Use:
        cap = float(self._settings.max_order_usd)
        found = Use("max_order_usd", 0.0, cap)
        for machine in self._blotter.working():
            usd = self._exposure.order_usd(machine)
            if usd is None:
                return Use("max_order_usd", nan, cap, what=machine.report.instrument)
            if usd > found.used:
                found = Use("max_order_usd", float(usd), cap, what=machine.report.instrument)
        return found


def _most(name: str, cap: Decimal, groups: Mapping[str, Stakes], measure: Measure) -> Use:
    """The group of which the measure is largest; one that cannot be measured weighs most."""
    found = Use(name, 0.0, float(cap))
    for what, stakes in groups.items():
        try:
            used = float(measure(stakes))
        except Unmeasured:
            used = nan
        if _weight(used) > _weight(found.used):
            found = Use(name, used, float(cap), what=what)
    return found


def _weight(used: float) -> float:
    return float("inf") if isnan(used) else used


def _gross(stakes: Stakes) -> Decimal:
    return sum((one.worst_usd() for one in stakes), ZERO)


def _either(measure: Callable[[Stake, Decimal], Decimal]) -> Measure:
    """In the direction in which it is larger."""
    return lambda stakes: max(pushed(stakes, measure, UP), pushed(stakes, measure, DOWN))


def _by_coin(stakes: Iterable[Stake]) -> dict[str, Stakes]:
    found: dict[str, Stakes] = {}
    for one in stakes:
        found.setdefault(one.instrument.base, []).append(one)
    return found
