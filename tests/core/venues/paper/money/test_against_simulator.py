"""The same fills cost, bind and earn the same on paper as at the simulated exchange."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.simulator.accounts.deltas import position_greeks
from core.simulator.accounts.money import (
    delivery_fee_of,
    fee_of,
    liquidation_fee_of,
)
from core.simulator.accounts.money import (
    payoff as sim_payoff,
)
from core.simulator.accounts.settlement import deliver, settle_futures, settle_options
from core.simulator.accounts.summary import summary_row
from core.simulator.markets.market import Market
from core.simulator.world.makers.options import OptionBoard
from core.venues.paper.money.account import Account
from core.venues.paper.money.contracts import (
    delivery_fee,
    liquidation_fee,
    payoff,
    trade_fee,
)
from core.venues.paper.money.marks import Marks
from tests.core.simulator.still import FUNDS
from tests.core.venues.paper.floor import LINEAR, PERPETUAL, Floor, floor

SAME = (
    ("balance", "balance"), ("equity", "equity"), ("available", "available_funds"),
    ("initial_margin", "initial_margin"), ("maintenance_margin", "maintenance_margin"),
    ("session_upl", "session_upl"), ("session_rpl", "session_rpl"), ("total_pl", "total_pl"),
    ("options_value", "options_value"), ("delta_total", "delta_total"),
)  # fmt: skip


class Books:
    """A paper account that is told the simulator's marks and the fills of its client."""

    def __init__(self, there: Floor) -> None:
        self.there = there
        self.account = Account(FUNDS, self.marks)
        self._told = 0

    def marks(self, it: Instrument) -> Marks:
        market = self.there.market(it.name)
        board, mark = market.board, decimal_of(market.mark)
        if not isinstance(board, OptionBoard):
            return Marks(mark, decimal_of(market.index), market.index)
        position = replace(self.there.desk.ann.position(market), size=Decimal(1))
        greeks = position_greeks(position)
        return Marks(mark, decimal_of(market.index), float(board.forward[market.row]), **greeks)

    def instrument(self, name: str) -> Instrument:
        found = self.there.board.instrument(name)
        assert found is not None
        return found

    def take_new(self) -> None:
        fills = list(self.there.desk.ann.fills)
        for fill in fills[self._told :]:
            row = fill.row
            sign = 1 if row["direction"] == "buy" else -1
            taken = Fill(
                fill.instrument, row["trade_id"], row["order_id"], "",
                decimal_of(row["amount"]) * sign, decimal_of(row["price"]),
                decimal_of(row["fee"]), 0,
            )  # fmt: skip
            self.account.take(self.instrument(fill.instrument), taken)
        self._told = len(fills)

    def accrue(self, name: str) -> None:
        """Take the exchange's funding over: its meter is finer than our clock here."""
        holding = self.account.holdings.get(name)
        if holding is not None:
            real = self.there.desk.ann.position(self.there.market(name))
            real.take_funding()
            holding.funding = real.funding

    def assert_same(self) -> None:
        for name in (PERPETUAL, LINEAR):
            self.accrue(name)
        for currency in ("BTC", "USDC"):
            ours = self.account.figures(currency, (), 0)
            theirs = summary_row(self.there.desk.ann, currency)
            for own, printed in SAME:
                difference = abs(float(getattr(ours, own)) - theirs[printed])
                assert difference < 2e-5 if own == "delta_total" else difference < 5e-8, (
                    currency, own, getattr(ours, own), theirs[printed],
                )  # fmt: skip


def _trade(there: Floor, dice: random.Random) -> None:
    market = there.market(dice.choice(there.names))
    units = dice.randint(1, 8 if market.name == there.option else 3_000)
    there.desk.send(there.desk.ann, market, dice.choice(("buy", "sell")), units)


def test_random_trading_gives_the_same_figures_before_and_after_settlement() -> None:
    dice = random.Random(3)
    with floor() as there:
        books = Books(there)
        for round_ in range(60):
            _trade(there, dice)
            books.take_new()
            there.run(0.1)
            if round_ == 30:
                at_ms = there.desk.clock.now_ms()
                for name in (PERPETUAL, LINEAR):
                    books.accrue(name)
                settle_futures(there.desk.ann, at_ms)
                settle_options(there.desk.ann, at_ms)
                books.account.settle()
            books.assert_same()
        stated = {one.instrument: one for one in books.account.positions()}
        for name, position in there.desk.ann.positions.items():
            if position.size:
                assert stated[name].amount == position.size
                assert abs(stated[name].average_price - position.average_price) < Decimal("1e-7")


def test_delivery_pays_what_the_exchange_pays() -> None:
    with floor() as there:
        books = Books(there)
        there.desk.send(there.desk.ann, there.market(there.option), "buy", 20)
        books.take_new()
        price = there.market(there.option).index * 1.05
        deliver(there.desk.ann, there.market(there.option), price, there.desk.clock.now_ms())
        books.account.deliver(there.option, decimal_of(price))
        ours = books.account.figures("BTC", (), 0)
        theirs = summary_row(there.desk.ann, "BTC")
        assert (float(ours.balance), float(ours.equity)) == (theirs["balance"], theirs["equity"])


def test_funding_follows_the_rate_of_the_exchange() -> None:
    with floor() as there:
        books = Books(there)
        there.desk.send(there.desk.ann, there.market(PERPETUAL), "buy", 2_000)
        books.take_new()
        real, own = there.desk.ann.position(there.market(PERPETUAL)), books.account
        real.take_funding()
        start = real.funding
        for _ in range(100):
            before_ns = there.clock.now_ns()
            there.run(0.1)
            market = there.market(PERPETUAL)
            rate, index = decimal_of(market.funding.rate_8h), decimal_of(market.index)
            own.accrue_funding(PERPETUAL, rate, index, there.clock.now_ns() - before_ns)
        real.take_funding()
        paid = real.funding - start
        assert abs(own.holdings[PERPETUAL].funding - paid) <= abs(paid) / 1000 + Decimal("1e-12")


@pytest.mark.parametrize("is_maker", [True, False])
@pytest.mark.parametrize("price", ["0.0004", "0.0215"])
def test_fees_are_the_exchanges_own(is_maker: bool, price: str) -> None:
    with floor() as there:
        for name in there.names:
            own, market = there.board.instrument(name), there.market(name)
            assert own is not None
            paid = Decimal(price) if own.is_option else decimal_of(market.mark)
            amount, index = own.min_amount * 7, decimal_of(market.index)
            ours = trade_fee(own, amount, paid, index, is_maker)
            assert ours == fee_of(market.instrument, amount, paid, index, is_maker)
            forced = liquidation_fee(own, amount, paid, index)
            assert forced == liquidation_fee_of(market.instrument, amount, paid, index)
            _same_end(own, market, amount, index)


def _same_end(own: Instrument, market: Market, amount: Decimal, index: Decimal) -> None:
    paid = sim_payoff(market.instrument, index) if own.is_option else Decimal(0)
    if own.is_option:
        assert payoff(own, index) == paid
    ours = delivery_fee(own, amount, index, paid)
    assert ours == delivery_fee_of(market.instrument, amount, index, paid)
