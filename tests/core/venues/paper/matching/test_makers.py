"""A resting order on paper never gets more than the same order got in the exchange's own queue."""

from __future__ import annotations

import random
from decimal import Decimal

from core.domain.order import Side
from core.simulator.accounts.order import Order
from core.simulator.markets.book import ASK, BID
from tests.core.venues.paper.floor import LINEAR, PERPETUAL, Floor, floor

ZERO = Decimal(0)


class Twins:
    """The same resting order in both places, the paper one a moment earlier."""

    def __init__(self, there: Floor, name: str, side: Side, depth: int, units: int) -> None:
        market = there.market(name)
        it = market.instrument
        levels = list(market.book.levels(BID if side is Side.BUY else ASK))
        tick = levels[min(depth, len(levels) - 1)]
        amount = units * it.terms.min_amount
        accepted = there.accepted(name, side, amount, it.decimal_price(tick), post_only=True)
        self.paper_id = accepted.report.order_id
        self.unit = it.terms.min_amount
        self.real: Order
        self.real, _ = there.desk.send(
            there.desk.ann, market, side.value, units, "limit", tick, post_only=True
        )

    def paper(self, there: Floor) -> Decimal:
        return there.filled(self.paper_id)

    def got(self) -> Decimal:
        """What the exchange gave."""
        return (self.real.units - self.real.left) * self.unit


def test_makers_get_no_more_than_a_real_queue_gives() -> None:
    dice = random.Random(5)
    paper = real = ZERO
    filled_on_paper = filled = 0
    with floor(3) as there:
        for _ in range(25):
            twins = [
                Twins(there, name, side, dice.randint(0, 3), dice.randint(1, 20_000))
                for name in (PERPETUAL, LINEAR)
                for side in Side
            ]
            for _ in range(dice.randint(5, 40)):
                there.run(0.1)
                for one in twins:
                    assert one.paper(there) <= one.got()
            for one in twins:
                paper, real = paper + one.paper(there) / one.unit, real + one.got() / one.unit
                filled_on_paper += bool(one.paper(there))
                filled += bool(one.got())
                if one.real.is_live:
                    there.desk.exchange.engine.cancel(one.real)
            there.exchange.cancel_all()
            there.exchange.commit()
            there.run(0.2)
    assert ZERO < paper <= real
