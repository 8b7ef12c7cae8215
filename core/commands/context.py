"""What a text is read against: the market, the account and the user's own choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from core.domain.instrument import Instrument
from core.errors import CommandError
from core.market.board import Board
from core.market.quote import Quote
from core.pricing.view import MarketPricing
from core.settings import RiskSettings
from core.strategies.views import HedgeView, PairView
from core.trading.view import TradingView
from core.venues.base import LinkState
from core.venues.practice import Fault


@dataclass(frozen=True, slots=True)
class Context:
    """The world at the moment of reading. Building one costs nothing: all parts are references."""

    board: Board
    trading: TradingView = field(default_factory=TradingView)
    selected: str = ""
    """Name of the instrument a short order trades; empty when none is chosen."""
    multiplier: Decimal = Decimal(1)
    default_multiplier: Decimal = Decimal(1)
    pricing: MarketPricing = field(default_factory=MarketPricing)
    hedges: tuple[HedgeView, ...] = ()
    pair: PairView | None = None
    links: tuple[LinkState, ...] = ()
    risk: RiskSettings = field(default_factory=RiskSettings)
    themes: tuple[str, ...] = ("desk", "desk-light", "desk-blue-orange")
    now_ns: int = 0
    """The venue's time."""
    expiry_ns: int | None = None
    """The expiry the chain shows: completes `70000c` when the chosen instrument has none."""
    faults: tuple[Fault, ...] = ()
    """What can be rehearsed, as the simulated exchange serves it."""
    no_practice: str = ""
    """Why nothing may be rehearsed; empty on the simulator."""

    def chosen(self) -> Instrument:
        """The selected instrument; CommandError when there is none or it is no longer listed."""
        if not self.selected:
            raise CommandError("no instrument is chosen: type `change instrument NAME`")
        return self.listed(self.selected)

    def listed(self, name: str) -> Instrument:
        """The instrument called `name`; CommandError when it is not listed."""
        found = self.board.instrument(name)
        if found is None:
            raise CommandError(f"{name} is not listed")
        return found

    def quote(self, instrument: Instrument) -> Quote:
        """The instrument's prices now."""
        return self.board.quote(instrument.name)
