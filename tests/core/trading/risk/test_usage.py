"""What the screen is told of limits: the same measures as the gate's."""

from __future__ import annotations

from decimal import Decimal
from math import inf, isnan

from core.domain.label import new_label
from core.domain.order import Side
from core.market.ticker import Ticker
from core.settings import RiskSettings
from core.trading.commands import SwitchAutomation
from core.trading.risk.view import Use
from tests.core.trading.market import LINEAR, OPTION, PERP
from tests.core.trading.programs import Wants
from tests.core.trading.rig import Rig, limit


def uses(rig: Rig) -> dict[str, Use]:
    """The limits by name, measured anew."""
    rig.tick(seconds=1.1)
    return {one.name: one for one in rig.view.risk.uses}


def test_every_limit_is_shown_once_in_the_order_of_the_settings() -> None:
    shown = [one.name for one in Rig().engine.parts.risk(1).uses]
    assert shown == list(RiskSettings.__dataclass_fields__)


def test_the_use_is_where_it_is_largest() -> None:
    rig = Rig()
    rig.hold(OPTION, "-2", "0.03")
    rig.hold(LINEAR, "50", "3000", "pair")
    rig.place(limit(Side.SELL, "30000", "61000"), limit(Side.BUY, "10000"))
    found = uses(rig)
    seen = {name: (one.what, round(one.used)) for name, one in found.items() if one.used > 0}
    assert seen == {
        "max_order_usd": (PERP, 30_000),
        "max_position_usd": (LINEAR, 150_001),
        "max_net_usd": ("ETH", 150_001),
        "max_gross_usd": ("ETH", 150_001),
        "max_total_usd": ("", 300_001),
        "max_delta_usd": ("ETH", 150_000),
        "max_vega_usd": ("", 180),
        "max_positions": ("", 3),
        "max_sleeve_usd": ("pair", 150_001),
        "max_open_orders": ("", 2),
        "max_open_per_instrument": (PERP, 2),
    }


def test_losses_are_shown_as_used() -> None:
    rig = Rig()
    rig.venue.worth("BTC", "10.5")
    rig.drain()
    rig.tick(seconds=1.1)
    rig.venue.worth("BTC", "9.5")
    rig.drain()
    found = uses(rig)
    assert found["max_daily_loss_usd"].used == 30_000
    assert found["max_drawdown_usd"].used == 60_000
    assert (rig.view.risk.profit_usd, rig.view.risk.drawdown_usd) == (-30_000, 60_000)


def test_what_cannot_be_measured_is_shown_as_unknown() -> None:
    rig = Rig()
    rig.hold(OPTION, "1", "0.03")
    rig.board.put_ticker(Ticker(OPTION, 0), rig.clock.now_ns())
    rig.venue.worth("SOL", "1")
    rig.drain()
    rig.tick(seconds=1.1)
    rig.venue.worth("SOL", "2")
    rig.drain()
    found = uses(rig)
    for name in ("max_total_usd", "max_delta_usd", "max_vega_usd", "max_daily_loss_usd"):
        assert isnan(found[name].used), name
        assert isnan(found[name].part), name


def test_what_a_program_lost_is_shown_with_its_name() -> None:
    rig = Rig([Wants("1", "pair", LINEAR)])
    rig.ask(SwitchAutomation("pair", True))
    uses(rig)
    found = uses(rig)
    assert found["max_sleeve_loss_usd"].what == "pair"
    assert found["max_sleeve_loss_usd"].used > 0


def test_the_part_of_a_limit() -> None:
    assert Use("a", 50, 100).part == 0.5
    assert Use("a", 0, 0).part == 0
    assert Use("a", 1, 0).part == inf
    assert Use("a", 5, inf).part == 0


def test_orders_within_the_second_are_counted() -> None:
    rig = Rig()
    rig.place(limit(Side.BUY, label=new_label("manual")))
    found = {one.name: one for one in rig.engine.parts.risk(rig.clock.now_ns()).uses}
    assert found["max_orders_per_s"].used == 1
    assert found["max_orders_per_s"].cap == 10
    assert Decimal(str(found["max_order_usd"].used)) == 100
