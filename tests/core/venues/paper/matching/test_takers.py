"""What a taker gets on paper is what the exchange would have given it at that moment."""

from __future__ import annotations

import random
from decimal import Decimal

from core.domain.order import Side, TimeInForce
from core.domain.outcome import Accepted, Refused
from core.simulator.accounts.order import Tif
from core.simulator.rpc import RpcError
from tests.core.venues.paper.floor import Floor, floor

LIVES: dict[TimeInForce, Tif] = {
    TimeInForce.GTC: "good_til_cancelled",
    TimeInForce.IOC: "immediate_or_cancel",
    TimeInForce.FOK: "fill_or_kill",
}
Got = list[tuple[Decimal, Decimal]]


def _draw(there: Floor, dice: random.Random) -> tuple[str, Side, int, int | None, TimeInForce]:
    """(instrument, side, units, tick or None for market, life) that often takes something."""
    name, side = dice.choice(there.names), dice.choice(list(Side))
    book = there.market(name).book
    levels = list(book.levels(1 if side is Side.BUY else 0).items())
    depth = sum(units for _, units in levels[: dice.randint(1, 6)])
    units = max(1, int(depth * dice.uniform(0.05, 1.3)))
    if name == there.option:
        units = min(units, 40)
    if dice.random() < 0.2:
        return name, side, units, None, TimeInForce.GTC
    tick = levels[min(len(levels) - 1, dice.randint(0, 6))][0]
    return name, side, units, tick, dice.choice(list(LIVES))


def _on_paper(there: Floor, drawn: tuple[str, Side, int, int | None, TimeInForce]) -> Got | None:
    name, side, units, tick, life = drawn
    it = there.market(name).instrument
    price = None if tick is None else it.decimal_price(tick)
    outcome = there.place(name, side, units * it.terms.min_amount, price, life=life)
    if isinstance(outcome, Refused):
        return None
    assert isinstance(outcome, Accepted)
    return _sums((abs(one.amount), one.price) for one in outcome.fills)


def _on_exchange(there: Floor, drawn: tuple[str, Side, int, int | None, TimeInForce]) -> Got | None:
    name, side, units, tick, life = drawn
    desk, market = there.desk, there.market(name)
    kind = "market" if tick is None else "limit"
    try:
        order, fills = desk.send(desk.ann, market, side.value, units, kind, tick, tif=LIVES[life])  # type: ignore[arg-type]  # both are words of the venue
    except RpcError:
        return None
    if order.is_live:
        desk.exchange.engine.cancel(order)
    return _sums((Decimal(repr(f.row["amount"])), Decimal(repr(f.row["price"]))) for f in fills)


def _sums(fills: object) -> Got:
    """Amount per price, best first as it happened."""
    sums: dict[Decimal, Decimal] = {}
    for amount, price in fills:  # type: ignore[attr-defined]  # pairs of Decimals
        sums[price] = sums.get(price, Decimal(0)) + amount
    return list(sums.items())


def test_takers_get_what_the_exchange_gives_at_that_moment() -> None:
    dice = random.Random(11)
    taken = refused = 0
    with floor() as there:
        for _ in range(300):
            there.exchange = there.new_exchange()
            drawn = _draw(there, dice)
            paper, real = _on_paper(there, drawn), _on_exchange(there, drawn)
            assert paper == real, drawn
            taken += bool(real)
            refused += real is None
            there.run(0.1)
    assert taken > 100, (taken, refused)
