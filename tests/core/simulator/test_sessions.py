"""Any sequence of clients' requests, price moves and settlements leaves the exchange in order.

Short in the suite; VOLDESK_SOAK_SESSIONS=3000 makes it look for so many random sessions.
"""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.simulator.accounts.account import Account
from core.simulator.accounts.funds import funds, margin_terms
from core.simulator.accounts.margin import Exposure, margin_of
from core.simulator.accounts.order import Order
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.methods.table import PRIVATE
from core.simulator.rpc import RpcError
from tests.core.simulator.ledgers import (
    Watcher,
    check_books,
    check_identities,
    check_interest,
    check_ledgers,
    check_money,
    check_positions,
)
from tests.core.simulator.still import FUNDS, Desk
from tests.core.simulator.wire import Wire

SOAK = int(os.environ.get("VOLDESK_SOAK_SESSIONS", "0"))
POOR = {"BTC": Decimal("0.02"), "ETH": Decimal("0.3"), "USDC": Decimal(900)}
PERPETUALS = ("BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL", "DOGE_USDC-PERPETUAL")
SPOTS = ("BTC_USDC", "ETH_BTC")
CLIENTS = st.sampled_from(["ann", "ben", "cat"])
SIDES: st.SearchStrategy[Literal["buy", "sell"]] = st.sampled_from(["buy", "sell"])
COMBOS = ("FS", "CS", "PS", "STRD")
PLACES = st.integers(0, 17)
UNITS = st.one_of(st.integers(1, 40), st.integers(1, 20_000))
STEPS_OFF = st.integers(-3, 6)
"""Ticks towards (+) or away from (-) the other side."""
KINDS = st.sampled_from([
    {}, {}, {}, {"post_only": True}, {"post_only": True, "reject_post_only": True},
    {"reduce_only": True}, {"time_in_force": "immediate_or_cancel"},
    {"time_in_force": "fill_or_kill"}, {"time_in_force": "good_til_day"},
])  # fmt: skip
MOVES = st.sampled_from([-0.3, -0.08, -0.02, -0.002, 0.002, 0.02, 0.08, 0.4])


class Sessions(RuleBasedStateMachine):
    """Three clients, one of them poor, on an exchange in this process."""

    @initialize(seed=st.integers(0, 1_000))
    def begin(self, seed: int) -> None:
        """Open the exchange and let ann listen."""
        self.desk = Desk(seed)
        self.exchange = self.desk.exchange
        self.exchange.accounts.open("cat", POOR, self.desk.clock.now_ms())
        self.deposits = {"ann": FUNDS, "ben": FUNDS, "cat": POOR}
        self.wires = {name: Wire(name) for name in self.deposits}
        self.watcher = Watcher(self.exchange, "ann")
        names = [self.market(place).name for place in (0, 2, 5, 6)]
        self.watcher.listen(f"book.{n}.{i}" for n in names for i in ("raw", "100ms", "agg2"))

    @rule(client=CLIENTS, place=PLACES, side=SIDES, units=UNITS, off=STEPS_OFF, how=KINDS)
    def limit(
        self, client: str, place: int, side: str, units: int, off: int, how: dict[str, Any]
    ) -> None:
        """A limit order near the touch."""
        market = self.market(place)
        price = self.price(market, side, off)
        if price is not None:
            self.ask(client, side, amount=self.amount(market, units), type="limit", price=price,
                     instrument_name=market.name, **how)  # fmt: skip

    @rule(client=CLIENTS, place=PLACES, side=SIDES, units=UNITS, reduce=st.booleans())
    def market_order(self, client: str, place: int, side: str, units: int, reduce: bool) -> None:
        """A market order."""
        market = self.market(place)
        self.ask(client, side, amount=self.amount(market, units), type="market",
                 instrument_name=market.name, reduce_only=reduce)  # fmt: skip

    @rule(client=CLIENTS, place=PLACES, side=SIDES, units=UNITS, off=STEPS_OFF,
          kind=st.sampled_from(["stop_market", "take_market", "stop_limit", "take_limit"]),
          source=st.sampled_from(["mark_price", "last_price", "index_price"]))  # fmt: skip
    def stop(
        self, client: str, place: int, side: str, units: int, off: int, kind: str, source: str
    ) -> None:
        """An order that waits for a price."""
        market = self.market(place)
        rises = kind.startswith("stop") == (side == "buy")
        price = self.price(market, "sell" if rises else "buy", -1 - abs(off))
        if price is not None:
            extra = {"price": price} if kind.endswith("limit") else {}
            self.ask(client, side, amount=self.amount(market, units), type=kind, trigger=source,
                     trigger_price=price, instrument_name=market.name, **extra)  # fmt: skip

    @precondition(lambda self: self.live())
    @rule(which=st.integers(0, 9), units=UNITS, off=STEPS_OFF)
    def edit(self, which: int, units: int, off: int) -> None:
        """Change size and price of a live order."""
        order = self.live()[which % len(self.live())]
        price = self.price(order.market, order.spec.direction, off)
        self.ask(order.account.client_id, "edit", order_id=order.order_id,
                 amount=self.amount(order.market, units), price=price)  # fmt: skip

    @precondition(lambda self: self.live())
    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        """Take one order back."""
        order = self.live()[which % len(self.live())]
        self.ask(order.account.client_id, "cancel", order_id=order.order_id)

    @precondition(lambda self: len(self.live()) > 3)
    @rule(client=CLIENTS, currency=st.sampled_from(["BTC", "USDC"]))
    def cancel_all(self, client: str, currency: str) -> None:
        """Take all orders of a currency back."""
        self.ask(client, "cancel_all_by_currency", currency=currency)

    @precondition(lambda self: self.held())
    @rule(which=st.integers(0, 9))
    def close(self, which: int) -> None:
        """Close a position at market."""
        client, name = self.held()[which % len(self.held())]
        self.ask(client, "close_position", instrument_name=name, type="market")

    @rule(steps=st.integers(1, 12))
    def pass_time(self, steps: int) -> None:
        """Some tenths of a second."""
        self.desk.run(0.1 * steps)

    @rule(hours=st.sampled_from([0.01, 0.4, 3.0, 20.0, 52.0]))
    def sleep(self, hours: float) -> None:
        """A long pause, often over one or more settlements."""
        self.desk.clock.advance(hours * 3_600.0)
        self.desk.run(0.1)

    @rule(client=CLIENTS, place=PLACES, side=SIDES, share=st.sampled_from([0.3, 0.7, 0.95]))
    def overreach(self, client: str, place: int, side: str, share: float) -> None:
        """A market order that binds a large part of what is free."""
        market, account = self.market(place), self.account(client)
        it, least = market.instrument, market.instrument.amount_of(1)
        free = float(funds(account, it.settlement).available)
        bound = margin_of(it, Exposure(-least, buying=least), margin_terms(market)).initial
        bound = least * market.mark if it.is_spot else bound
        units = min(int(free * share / bound), 40_000) if bound > 0 else 0
        if units > 0:
            self.ask(client, side, amount=it.amount_of(units), type="market",
                     instrument_name=it.name)  # fmt: skip

    @rule(coin=st.sampled_from(["BTC", "ETH", "DOGE"]), move=MOVES, looks=st.integers(0, 15))
    def jump(self, coin: str, move: float, looks: int) -> None:
        """Prices jump, and those who cannot bear it are liquidated step by step."""
        self.exchange.world.coins.jump(coin, move)
        self.desk.run(0.3)
        for _ in range(looks):
            self.exchange.liquidator.watch(self.desk.clock.now_ms())
            self.desk.run(0.1)

    @rule(premium=st.sampled_from([-0.003, 0.0, 0.003]), seconds=st.sampled_from([10.0, 200.0]))
    def funding(self, premium: float, seconds: float) -> None:
        """Perpetuals trade away from their index for a while."""
        self.exchange.world.carry.state.premium[:] = premium
        self.desk.run(seconds, seconds / 2.0)

    @rule(client=CLIENTS, place=PLACES, units=st.integers(-500, 500), keep=st.booleans())
    def simulate(self, client: str, place: int, units: int, keep: bool) -> None:
        """Ask what a position would do."""
        market = self.market(place)
        it = market.instrument
        row = self.ask(
            client, "simulate_portfolio", currency=it.settlement, add_positions=keep,
            simulated_positions={it.name: units * float(it.terms.min_amount)},
        )  # fmt: skip
        assert (row is None) != it.is_held
        if row is not None:
            check_identities(row)

    @invariant()
    def everything_adds_up(self) -> None:
        """After every rule."""
        if hasattr(self, "exchange"):
            check_money(self.exchange)
            check_positions(self.exchange)
            check_books(self.exchange)
            check_interest(self.exchange)
            check_ledgers(self.exchange, self.deposits)
            self.watcher.check()

    # What the rules speak of

    def ask(self, client: str, method: str, **params: Any) -> Any:
        """Call a private method as a client; refusals are part of life."""
        call = Call(self.exchange, self.wires[client], Params(params))
        answer = None
        with suppress(RpcError):
            answer = PRIVATE[method](call)
        self.exchange.flush_client()
        return answer

    def account(self, client: str) -> Account:
        """The account of a client."""
        found = self.exchange.accounts.find(client)
        assert found is not None
        return found

    def live(self) -> list[Order]:
        """Everybody's live orders."""
        return [order for account in self.exchange.accounts for order in account.orders.values()]

    def held(self) -> list[tuple[str, str]]:
        """(client, instrument) of every position."""
        return [
            (account.client_id, position.market.name)
            for account in self.exchange.accounts
            for position in account.positions.values()
            if position.size
        ]

    def market(self, place: int) -> Market:
        """Perpetuals, the nearest future, options of the first expiries, spot and combos."""
        if place >= 14:
            return self.combo(COMBOS[place - 14])
        if place >= 12:
            return self.desk.market(SPOTS[place - 12])
        if place < len(PERPETUALS):
            return self.desk.market(PERPETUALS[place])
        floor = self.exchange.floor
        if place == len(PERPETUALS):
            dated = [m for m in floor.markets if m.instrument.kind == "future"]
            return min(dated, key=lambda m: m.instrument.expiry_ms)
        return self.option(place - len(PERPETUALS) - 1)

    def combo(self, code: str) -> Market:
        """The newest listed combo of a structure; a perpetual while there is none."""
        listed = [m for m in self.exchange.floor.markets if m.instrument.legs]
        named = [m for m in listed if m.name.startswith(f"BTC-{code}-")]
        return named[-1] if named else self.desk.market(PERPETUALS[0])

    def option(self, place: int) -> Market:
        """A call or put near the money; linear ones where they are listed."""
        settlement = ("BTC", "ETH", "USDC")[place // 2 % 3]
        options = [m for m in self.exchange.floor.markets if m.instrument.is_option]
        chain = [m for m in options if m.instrument.settlement == settlement] or options
        expiries = sorted({m.instrument.expiry_ms for m in chain})
        expiry = expiries[0 if place < 4 else min(3, len(expiries) - 1)]
        chain = [m for m in chain if m.instrument.expiry_ms == expiry]
        chain = [m for m in chain if m.instrument.is_call == (place % 2 == 0)]
        return min(chain, key=lambda m: abs(m.instrument.strike / m.index - 1.0))

    @staticmethod
    def price(market: Market, side: str, off: int) -> float | None:
        """So many ticks inside or outside the touch of the side the order rests on."""
        touch = market.book.best(BID if side == "buy" else ASK)
        if touch is None:
            return None
        it = market.instrument
        tick = touch + off * (1 if side == "buy" else -1)
        if it.legs:
            return it.price_of(tick)
        tick = max(1, tick)
        step = it.tick_at(it.decimal_price(tick))
        return float(max(step, it.decimal_price(tick) // step * step))

    @staticmethod
    def amount(market: Market, units: int) -> float:
        """An amount in a market's own unit; options and futures of similar size."""
        it = market.instrument
        scale = 1 if it.is_option or it.is_spot or it.kind == "option_combo" else 10
        return it.amount_of(max(1, units * scale // (100 if it.is_option and units > 50 else 1)))


Sessions.TestCase.settings = settings(
    max_examples=SOAK or 12,
    stateful_step_count=40 if SOAK else 25,
    derandomize=not SOAK,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestSessions = Sessions.TestCase
