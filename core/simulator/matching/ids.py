"""Order and trade ids: large, growing, not consecutive, with the currency or the pair in front."""

from __future__ import annotations

from dataclasses import dataclass

from core.simulator.world.listing.instruments import Instrument

_KINDS = {"stop": "SL", "take": "TP", "trailing": "TS"}
_LETTERS = {"index_price": "I", "mark_price": "M", "last_price": "T"}


@dataclass(slots=True)
class Ids:
    """Four counters; saved and restored with the accounts."""

    order: int = 74_365_704_227
    trigger: int = 186_057
    trade: int = 445_682_189
    link: int = 80_322_590

    def next_order(self, it: Instrument) -> str:
        """Plain digits for BTC, else with the currency in front; of spot with the pair."""
        self.order += 17
        return _prefixed(it, self.order)

    def next_trigger(self, it: Instrument, order_type: str, source: str, direction: str) -> str:
        """`USDC-SLTB-186057`: stop, take or trailing stop; source; side."""
        self.trigger += 1
        kind = _KINDS[order_type.partition("_")[0]]
        side = "B" if direction == "buy" else "S"
        owner = it.name if it.is_spot else it.settlement
        return f"{owner}-{kind}{_LETTERS[source]}{side}-{self.trigger}"

    def next_link(self) -> str:
        """The number of an order held for its primary, or of a pair that cancels each other."""
        self.link += 1
        return str(self.link)

    def next_trade(self, it: Instrument) -> str:
        """The id of one public trade."""
        self.trade += 1
        return trade_name(it, self.trade)


def trade_name(it: Instrument, number: int) -> str:
    """A trade's id as printed."""
    return _prefixed(it, number)


def _prefixed(it: Instrument, number: int) -> str:
    if it.is_spot:
        return f"{it.name}-{number}"
    return str(number) if it.settlement == "BTC" else f"{it.settlement}-{number}"
