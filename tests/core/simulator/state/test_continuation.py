"""An exchange that was saved and made anew goes on exactly as one that never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.simulator.accounts.money import ZERO
from core.simulator.rpc import RpcError
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

MINUTE_MS = 60_000
STEPS = 120


def script(desk: Desk, step: int) -> None:
    """What the two clients do at one step."""
    perpetual, option = desk.market("BTC-PERPETUAL"), desk.option()
    try:
        if step % 7 == 0:
            desk.send(desk.ann, perpetual, "buy" if step % 2 else "sell", 3 + step % 5)
        if step % 11 == 0:
            best = perpetual.book.best(0)
            assert best is not None
            desk.send(desk.ben, perpetual, "buy", 4, "limit", best, label=f"rest {step}")
        if step % 13 == 0:
            desk.send(desk.ben, option, "buy", 2, label="opt")
        if step % 17 == 0:
            tick = int(perpetual.mark / 0.5)
            desk.stop(desk.ann, perpetual, "sell", 1, tick - 6, "index_price")
    except RpcError:
        return


def picture(desk: Desk) -> dict[str, Any]:
    """Everything somebody could see."""
    floor = desk.exchange.floor
    now_ms = desk.clock.now_ms()
    return {
        "indices": desk.exchange.world.indices,
        "marks": {m.name: m.mark for m in floor.markets},
        "books": {m.name: (m.book.levels(0), m.book.levels(1)) for m in floor.markets},
        "interest": {m.name: m.open_interest for m in floor.markets},
        "days": {m.name: m.tape.day for m in floor.markets},
        "changes": {m.name: m.tape.price_change() for m in floor.markets},
        "trades": {m.name: [t.row() for t in m.tape.trades][-50:] for m in floor.markets},
        "candles": {
            m.name: m.tape.bars.between(now_ms - 3_600_000, now_ms, MINUTE_MS)
            for m in floor.markets
        },
        "funding": {m.name: vars(m.funding) for m in floor.markets if m.instrument.is_perpetual},
        "accounts": [account(desk, name) for name in ("ann", "ben")],
    }


def account(desk: Desk, name: str) -> dict[str, Any]:
    """One account's orders, positions, money and records."""
    one = desk.exchange.accounts.find(name)
    assert one is not None
    return {
        "fills": [fill.row for fill in one.fills],
        "log": [row.row for row in one.log],
        "orders": {key: (o.state, o.left, o.tick, o.ahead) for key, o in one.orders.items()},
        "closed": [(o.order_id, o.state, o.left, o.worth) for o in one.closed],
        "positions": {key: (p.size, p.cost, p.funding) for key, p in one.positions.items()},
        "purses": one.purses,
    }


def run(desk: Desk, first: int, end: int) -> None:
    for step in range(first, end):
        desk.clock.advance(0.5)
        desk.exchange.step()
        script(desk, step)
        desk.exchange.flush_client()


def test_prices_books_and_fills_are_those_of_an_exchange_that_never_stopped(tmp_path: Path) -> None:
    whole, parted = Desk(5), Desk(5)
    run(whole, 0, STEPS)
    picture(whole)  # looking at a book brings it up to date, so both are looked at
    run(whole, STEPS, 2 * STEPS)
    kept(parted, tmp_path / "state")
    run(parted, 0, STEPS)
    before = picture(parted)
    assert parted.exchange.recorder is not None
    parted.exchange.recorder.save()
    again = reborn(parted, tmp_path / "state")
    after = picture(again)
    assert {key: after[key] == before[key] for key in before} == dict.fromkeys(before, True)
    run(again, STEPS, 2 * STEPS)
    one, other = picture(whole), picture(again)
    assert len(one["accounts"][0]["fills"]) > 20
    assert {key: one[key] == other[key] for key in one} == dict.fromkeys(one, True)
    assert all(again.exchange.accounts.unaccounted(c) == ZERO for c in ("BTC", "ETH", "USDC"))
