"""What expires on paper is delivered at the price the venue publishes, over a wire."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from core.domain.instrument import Instrument
from core.domain.label import new_label
from core.domain.order import NewOrder, OrderType, Side
from core.domain.position import AccountFigures
from core.trading.commands import PlaceOrders
from tests.core.venues.paper.test_on_simulator import Room
from tests.core.venues.simulator_child import running_simulator
from tests.eventually import eventually


def _nearest(room: Room) -> Instrument:
    """A call deep in the money of the first expiry that somebody offers."""
    options = [one for one in room.board.catalog.by_name.values() if one.is_option]
    first_ns = min(one.expiry_ns or 0 for one in options)
    calls = [one for one in options if one.expiry_ns == first_ns and one.is_call]
    offered = [one for one in calls if room.board.quote(one.name).ask_amount >= 1]
    return min(offered, key=lambda one: one.strike or 0.0)


def test_an_option_is_delivered_at_the_published_price(tmp_path: Path) -> None:
    with running_simulator("--speed", "5", "--start", "2026-11-20T07:58:00Z") as simulator:
        room = Room(simulator.at, tmp_path)
        room.start()
        try:
            eventually(lambda: room.board.catalog.chains, within_s=20)
            option = _nearest(room)
            eventually(lambda: not room.board.is_stale(option.name), within_s=20)
            label, one = new_label("manual"), Decimal(1)
            order = NewOrder(option.name, Side.BUY, one, label, OrderType.MARKET)
            room.ask(PlaceOrders((order,)))
            eventually(lambda: room.held() == 1, within_s=20)
            (paid,) = [fill.price for fill in room.loop.view.fills]
            before = _equity(room)
            eventually(lambda: room.held() == 0, within_s=60)
            rows = simulator.call("public/get_delivery_prices", index_name=option.index, count=1)
            price = Decimal(repr(rows["data"][0]["delivery_price"]))
            value = max(Decimal(0), price - Decimal(repr(option.strike))) / price
            eventually(lambda: abs(_equity(room) - before - (value - paid)) < Decimal("0.02"), 20)
            eventually(lambda: _figures(room).options_value == 0, 20)
            assert room.loop.view.alarms == ()
        finally:
            room.stop()


def _equity(room: Room) -> Decimal:
    return _figures(room).equity


def _figures(room: Room) -> AccountFigures:
    (figures,) = [one for one in room.loop.view.accounts if one.currency == "ETH"]
    return figures
