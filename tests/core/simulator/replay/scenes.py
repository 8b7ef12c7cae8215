"""The exchange on which recorded messages are provoked, and the register of who provokes what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.simulator.markets.market import Market
from tests.core.simulator.indoors import Indoors
from tests.core.simulator.still import Desk
from tests.shared_data import shared

Pair = tuple[Any, Any]
"""(recorded, ours)."""
Provoke = Callable[["Scene"], list[Pair]]
SCENES: dict[str, Provoke] = {}
"""By recorded file."""
DAY_S = 86_400.0


@dataclass
class Scene:
    """One exchange with two clients, ann at the wire."""

    desk: Desk = field(default_factory=Desk)

    def __post_init__(self) -> None:
        self.line = Indoors(self.desk)
        self.desk.clock.advance(0.5)
        self.line.run(1.0)
        self._others: list[Scene] = []

    def fresh(self) -> Scene:
        """A scene of its own, for what would disturb the others."""
        self._others.append(Scene())
        return self._others[-1]

    def close(self) -> None:
        """End the loops."""
        for scene in self._others:
            scene.close()
        self.line.close()

    def price(self, name: str, factor: float = 1.0) -> float:
        """The mark times a factor, on a valid price."""
        market = self.desk.market(name)
        return market.instrument.price_of(self.tick(market, factor))

    def tick(self, market: Market, factor: float = 1.0) -> int:
        """The mark times a factor, in ticks."""
        return round(market.mark * factor / float(market.instrument.terms.tick))

    def trade(self, name: str) -> None:
        """Somebody buys one unit."""
        self.desk.send(self.desk.ben, self.desk.market(name), "buy", 1)

    def linear_option(self) -> Market:
        """A BTC_USDC call near the money."""
        near = [
            m for m in self.desk.exchange.floor.markets
            if m.instrument.is_option and m.instrument.is_linear and m.instrument.is_call
            and m.instrument.base == "BTC"
        ]  # fmt: skip
        if not near:
            pytest.skip("no linear options are listed")
        return min(near, key=lambda m: abs(m.instrument.strike - m.index))

    def now_ms(self) -> int:
        """Exchange time."""
        return self.desk.clock.now_ms()

    def to_the_morning(self) -> None:
        """Go on to half a minute after the next settlement."""
        late = DAY_S / 3 - (self.desk.clock.at_ns / 1e9) % DAY_S
        left_s = late if late > 0.0 else late + DAY_S
        self.line.run(left_s - 1.0, left_s - 1.0)
        self.line.run(3.0)
        self.line.run(30.0, 1.0)


def provokes(*files: str) -> Callable[[Provoke], Provoke]:
    """Register a scene for recorded files, all of which it covers."""

    def keep(provoke: Provoke) -> Provoke:
        SCENES.update(dict.fromkeys(files, provoke))
        return provoke

    return keep


def body(file: str) -> Any:
    """A recorded JSON document."""
    return json.loads(shared(f"fixtures/deribit/{file}").read_text())


def answer(file: str) -> Any:
    """The recorded answer of a request kept with it."""
    return body(file)["response"]


def lines(file: str) -> list[Any]:
    """A recorded file of one document a line."""
    text = shared(f"fixtures/deribit/{file}").read_text()
    return [json.loads(line) for line in text.splitlines() if line]
