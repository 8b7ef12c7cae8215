"""An exchange in this process under a clock moved by hand: the same moves, the same frames."""

from __future__ import annotations

from core.simulator.server.load import LoadGenerator
from tests.core.simulator.still import Desk

CHANNELS = (
    "book.BTC-PERPETUAL.raw", "book.ETH-PERPETUAL.100ms", "book.BTC-PERPETUAL.none.10.100ms",
    "ticker.BTC-PERPETUAL.100ms", "quote.BTC-PERPETUAL", "trades.any.any.raw",
    "instrument.state.any.any", "deribit_price_index.btc_usd", "markprice.options.btc_usd",
    "deribit_volatility_index.btc_usd", "perpetual.BTC-PERPETUAL.100ms",
    "chart.trades.BTC-PERPETUAL.1",
)  # fmt: skip
PRIVATE = ("user.changes.any.any.raw", "user.portfolio.any", "user.orders.any.any.agg2")
TO_EIGHT_S = 20 * 3_600


class Ear:
    """A subscriber that keeps what it hears, as it came."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        """Keep one frame."""
        self.frames.append(frame)


def heard(seed: int) -> list[bytes]:
    """Trades, load, a jump, and a settlement."""
    desk, ear = Desk(seed), Ear()
    load = LoadGenerator(desk.exchange.hub, 200, seed)
    for name in CHANNELS:
        assert desk.exchange.hub.subscribe(ear, name)
    for name in PRIVATE:
        desk.exchange.account_feed.subscribe("ann", ear, name)
    perpetual, option = desk.market("BTC-PERPETUAL"), desk.option()
    for turn in range(10):
        desk.send(desk.ann, perpetual, "buy" if turn % 2 else "sell", 50 + turn)
        desk.send(desk.ben, option, "buy", 1)
        desk.exchange.flush_client()
        desk.run(1.0)
        load.emit_for(1.0)
    desk.exchange.world.coins.jump("BTC", -0.1)
    desk.run(2.0)
    desk.clock.advance(TO_EIGHT_S)
    desk.run(60.0, 5.0)
    return ear.frames


def test_the_same_moves_give_the_same_frames() -> None:
    one = heard(11)
    assert len(one) > 2_000
    assert one == heard(11)


def test_another_seed_gives_others() -> None:
    assert set(heard(11)).isdisjoint(
        frame for frame in heard(12) if b'"book.BTC-PERPETUAL.raw"' in frame
    )
