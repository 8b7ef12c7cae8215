"""Order and trade ids: large, growing, not consecutive, with the settlement currency in front."""

from __future__ import annotations

from dataclasses import dataclass

from core.simulator.world.listing.instruments import Instrument

_LETTERS = {"index_price": "I", "mark_price": "M", "last_price": "T"}


@dataclass(slots=True)
class Ids:
    """Three counters; saved and restored with the accounts."""

    order: int = 74_365_704_227
    trigger: int = 186_057
    trade: int = 445_682_189

    def next_order(self, it: Instrument) -> str:
        """Plain digits for BTC, else with the currency in front."""
        self.order += 17
        return _prefixed(it, self.order)

    def next_trigger(self, it: Instrument, order_type: str, source: str, direction: str) -> str:
        """`USDC-SLTB-186057`: stop or take, source, side."""
        self.trigger += 1
        kind = "SL" if order_type.startswith("stop") else "TP"
        side = "B" if direction == "buy" else "S"
        return f"{it.settlement}-{kind}{_LETTERS[source]}{side}-{self.trigger}"

    def next_trade(self, it: Instrument) -> str:
        """The id of one public trade."""
        self.trade += 1
        return _prefixed(it, self.trade)


def _prefixed(it: Instrument, number: int) -> str:
    return str(number) if it.settlement == "BTC" else f"{it.settlement}-{number}"
