"""An exchange in this process under a clock that moves when told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order, OrderSpec, OrderType, Source, Tif
from core.simulator.accounts.records import Fill
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market
from core.simulator.markets.tape import Direction
from core.simulator.matching.engine import Change

START = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
FUNDS = {"BTC": Decimal(10), "ETH": Decimal(100), "USDC": Decimal(1_000_000)}


@dataclass
class StillClock:
    """Moves by `advance` only."""

    at_ns: int = int(START.timestamp()) * 1_000_000_000
    speed: float = 1.0

    def now_ns(self) -> int:
        """Where it stands."""
        return self.at_ns

    def now_ms(self) -> int:
        """Where it stands, in milliseconds."""
        return self.at_ns // 1_000_000

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.at_ns += int(seconds * 1e9)


class Desk:
    """A still exchange with two funded clients."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = StillClock()
        self.exchange = Exchange(self.clock, seed)
        self.exchange.open()
        self.ann = self.exchange.accounts.open("ann", FUNDS, self.clock.now_ms())
        self.ben = self.exchange.accounts.open("ben", FUNDS, self.clock.now_ms())

    def market(self, name: str) -> Market:
        """A listed market."""
        found = self.exchange.floor.markets.find(name)
        assert found is not None
        return found

    def option(self, coin: str = "BTC", is_call: bool = True) -> Market:
        """The at-the-money option of the third expiry."""
        chain = self.exchange.floor.options_of(coin)
        expiry = sorted({m.instrument.expiry_ms for m in chain})[4]
        near = [m for m in chain if m.instrument.expiry_ms == expiry]
        near = [m for m in near if m.instrument.is_call == is_call]
        return min(near, key=lambda m: abs(m.instrument.strike - m.index))

    def run(self, seconds: float, step_s: float = 0.1) -> None:
        """Let time pass in steps."""
        for _ in range(max(1, round(seconds / step_s))):
            self.clock.advance(step_s)
            self.exchange.step()

    def send(
        self, account: Account, market: Market, direction: Direction, units: int,
        order_type: OrderType = "market", tick: int | None = None, *,
        tif: Tif = "good_til_cancelled",
        post_only: bool = False, reject_post_only: bool = False, reduce_only: bool = False,
        label: str = "",
    ) -> tuple[Order, list[Fill]]:  # fmt: skip
        """Place an order; RpcError when refused."""
        spec = OrderSpec(
            market, direction, units, order_type, tick, label=label, tif=tif,
            post_only=post_only, reject_post_only=reject_post_only, reduce_only=reduce_only,
        )  # fmt: skip
        return self.exchange.engine.place(account, spec)

    def edit(
        self, order: Order, units: int | None = None, tick: int | None = None
    ) -> tuple[Order, list[Fill]]:
        """Edit a resting order; what is not named stays."""
        change = Change(
            order.units if units is None else units, order.tick if tick is None else tick,
            order.spec,
        )  # fmt: skip
        return self.exchange.engine.edit(order, change)

    def stop(
        self, account: Account, market: Market, direction: Direction, units: int,
        trigger_tick: int, trigger: Source = "mark_price", order_type: OrderType = "stop_market",
    ) -> Order:  # fmt: skip
        """Place a stop or take order."""
        spec = OrderSpec(
            market, direction, units, order_type, None, trigger=trigger, trigger_tick=trigger_tick
        )
        return self.exchange.triggers.place(account, spec)
