"""USD at stake: positions, working orders, and what traded but was not booked yet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.domain.events import OrderChanged
from core.domain.order import Side
from core.market.ticker import Ticker
from core.trading.risk.exposure import Exposure, Pending, Unmeasured, price_of
from tests.core.trading.market import LINEAR, OPTION, PERP
from tests.core.trading.rig import Rig, decimals, limit, stop


def exposure(rig: Rig) -> Exposure:
    parts = rig.engine.parts
    return Exposure(parts.board, parts.ledger, parts.blotter)


def test_the_worst_case_counts_the_heavier_side() -> None:
    pending = Pending(Decimal(300), Decimal(-900))
    assert [pending.worst(Decimal(held)) for held in (0, 500, -500)] == list(
        decimals(900, 800, 1400)
    )
    assert (pending.on(Side.BUY), pending.on(Side.SELL)) == decimals(300, 900)


def test_protective_stops_add_nothing() -> None:
    rig = Rig()
    rig.hold(PERP, "300", "60000")
    rig.place(limit(Side.BUY, "200"), stop(Side.SELL, "58000", "300"))
    assert exposure(rig).pending(PERP) == Pending(Decimal(200), Decimal(0))


def test_what_traded_without_its_fill_still_counts() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, "200"))
    order_id = rig.view.working[0].order_id
    rig.venue.trade_unseen(order_id, Decimal(150))
    rig.post(OrderChanged(rig.venue.orders[order_id]))
    assert exposure(rig).pending(PERP).buys == 200
    rig.post(rig.venue.truth())
    assert exposure(rig).pending(PERP).buys == 50
    assert rig.engine.parts.ledger.total(PERP) == 150


def test_every_instrument_held_or_being_opened_is_a_stake() -> None:
    rig = Rig()
    rig.hold(LINEAR, "-2", "3000", "pair")
    rig.hold(OPTION, "0.5", "0.03")
    rig.place(limit(Side.BUY, "200"))
    found = exposure(rig).stakes()
    assert {name: one.worst_usd() for name, one in found.items()} == {
        LINEAR: Decimal("6000.05"),
        OPTION: Decimal(30_000),
        PERP: Decimal(200),
    }
    assert list(exposure(rig).stakes("pair")) == [LINEAR]


def test_greeks_of_a_stake_are_coins_and_usd() -> None:
    rig = Rig()
    rig.hold(OPTION, "-2", "0.03")
    option = exposure(rig).stakes()[OPTION]
    assert option.delta(option.held) == pytest.approx(Decimal("0.9605"))
    assert option.delta_usd(option.held) == pytest.approx(Decimal(57_630))
    assert option.vega(option.held) == -180


def test_what_has_no_greeks_is_not_measured() -> None:
    rig = Rig()
    rig.hold(OPTION, "-2", "0.03")
    rig.board.put_ticker(Ticker(OPTION, 0, mark_price=0.03), rig.clock.now_ns())
    option = exposure(rig).stakes()[OPTION]
    for measure in (option.delta, option.vega, option.usd):
        assert measure(Decimal(0)) == 0
        with pytest.raises(Unmeasured, match=OPTION):
            measure(option.held)


def test_the_first_usable_price_counts() -> None:
    assert price_of(float("nan"), 0.0, -1.0, 0.0305, 5.0) == Decimal("0.0305")
    assert price_of(float("inf")) is None
