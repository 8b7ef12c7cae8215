"""Instruments come and go in sight of the channels."""

from __future__ import annotations

import json
from typing import Any

from tests.core.simulator.still import Desk

TO_EIGHT_S = 20 * 3_600
"""From the still clock's noon to the next settlement."""


class Ear:
    """A subscriber that keeps what it hears."""

    def __init__(self) -> None:
        self.data: list[Any] = []

    def send(self, frame: bytes) -> None:
        """Keep the data of one frame."""
        self.data.append(json.loads(frame)["params"]["data"])


def test_states_are_announced_at_expiry_and_at_listing() -> None:
    desk, ear = Desk(), Ear()
    assert desk.exchange.hub.subscribe(ear, "instrument.state.option.BTC")
    assert ear.data == []
    desk.clock.advance(TO_EIGHT_S + 1)
    desk.run(0.2)
    assert {frame["state"] for frame in ear.data} == {"settlement", "delivered"}
    assert all("-19NOV26-" in frame["instrument_name"] for frame in ear.data)
    ear.data.clear()
    desk.run(30.0, 5.0)
    assert {frame["state"] for frame in ear.data} == {"open"}


def test_the_delivery_price_is_the_average_of_the_last_half_hour() -> None:
    desk = Desk()
    desk.clock.advance(TO_EIGHT_S - 1_800)
    desk.exchange.step()
    seen = []
    for _ in range(179):
        desk.clock.advance(10.0)
        desk.exchange.step()
        seen.append(desk.exchange.world.indices["btc_usd"])
    average = sum(seen) / len(seen)
    estimate = desk.exchange.floor.estimated_delivery("btc_usd")
    assert abs(estimate / average - 1.0) < 1e-4
    ticker = desk.market("BTC-PERPETUAL").estimated_delivery()
    assert ticker == estimate
    desk.clock.advance(10.0)
    desk.exchange.step()
    rows = desk.exchange.rollover.delivery_rows("btc_usd")
    assert rows[0]["date"] == "2026-11-19"
    assert abs(float(str(rows[0]["delivery_price"])) / average - 1.0) < 1e-3


def test_orders_pause_for_a_moment_after_settlement() -> None:
    desk = Desk()
    desk.clock.advance(TO_EIGHT_S + 0.1)
    desk.run(0.1)
    assert desk.exchange.rollover.is_settling(desk.clock.now_ms())
    desk.clock.advance(3.0)
    assert not desk.exchange.rollover.is_settling(desk.clock.now_ms())


def test_a_chain_is_extended_when_spot_runs_away() -> None:
    desk = Desk()

    def nearest() -> set[float]:
        chain = [m.instrument for m in desk.exchange.floor.options_of("BTC")]
        first = min(it.expiry_ms for it in chain)
        return {it.strike for it in chain if it.expiry_ms == first}

    before = nearest()
    desk.exchange.world.coins.jump("BTC", 0.4)
    desk.run(70.0, 10.0)
    assert max(nearest()) > desk.exchange.world.indices["btc_usd"] > max(before)
    assert before < nearest()
