"""One running market: the instrument, its row on a board, its book and tape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TypeAlias

from core.simulator.markets.book import ASK, BID, Book
from core.simulator.markets.interest import Interest
from core.simulator.markets.tape import Tape
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.makers.combos import ComboBoard, leg_ticks
from core.simulator.world.makers.futures import FutureBoard
from core.simulator.world.makers.options import OptionBoard
from core.simulator.world.makers.quotes import House

Board: TypeAlias = OptionBoard | FutureBoard | ComboBoard
Makers: TypeAlias = Callable[[House], House]
"""What the makers make of their own quotes."""


class Market:
    """Everything that happens in one instrument."""

    def __init__(
        self,
        instrument: Instrument,
        tape: Tape,
        delivery: Callable[[float], float],
        interest: Interest,
    ) -> None:
        self.instrument = instrument
        self.tape = tape
        self._delivery = delivery
        """From an index to its average so far; the same in all but the last half hour."""
        self.state = "open"
        self.settlement_mark: float | None = None
        """Mark at the last 08:00 settlement it lived through."""
        self.delivery_price: float | None = None
        """Known once it expired."""
        self.interest = interest
        self.funding = FundingMeter(12 if instrument.is_linear else 18)
        self.legs: tuple[tuple[Market, int], ...] = ()
        """Of a listed combo: the markets of its legs with their signs."""
        self._book = Book()
        self._board: Board | None = None
        self._row = -1
        self.makers: Makers | None = None
        """Set while the makers are wide or away."""
        self.stale = True
        """True when the makers requoted since the book was last looked at."""

    @property
    def name(self) -> str:
        """The instrument's name."""
        return self.instrument.name

    @property
    def row(self) -> int:
        """Where it stands on its board."""
        return self._row

    @property
    def board(self) -> Board:
        """The board it is quoted on; every listed market has one."""
        assert self._board is not None
        return self._board

    def place_on(self, board: Board, row: int) -> None:
        """Move to a (new) board; books and tapes stay."""
        self._board, self._row = board, row
        self.stale = True

    @property
    def book(self) -> Book:
        """The book with the makers' newest quotes."""
        if self.stale:
            self.stale = False
            house = self.board.quotes.house(self._row)
            self._book.requote(house if self.makers is None else self.makers(house))
        return self._book

    @property
    def has_orders(self) -> bool:
        """True when a client's order rests here."""
        return self._book.has_orders

    @property
    def open_interest(self) -> float:
        """As printed: USD for inverse futures, coins otherwise."""
        return self.instrument.amount_of(self.interest.units)

    @property
    def mark(self) -> float:
        """Mark price: options in coin with 8 decimals, futures as printed."""
        value = float(self.board.mark[self._row])
        return round(value, 8) if self.instrument.is_option or self.legs else value

    @property
    def index(self) -> float:
        """The index at its last repricing."""
        return float(self.board.index[self._row])

    def estimated_delivery(self) -> float:
        """The index, or its average so far in the last half hour before 08:00."""
        return self._delivery(self.index)

    @property
    def at_ms(self) -> int:
        """When it was last repriced."""
        return int(self.board.at_ms[self._row])

    def leg_prices(self, tick: int) -> list[int]:
        """What each leg costs when the combo costs `tick`, in the legs' own ticks."""
        terms = [leg.instrument.terms for leg, _ in self.legs]
        own = self.instrument.terms.tick
        steps = [int(one.tick / own) for one in terms]
        marks = [leg.mark / float(own) for leg, _ in self.legs]
        signs = [sign for _, sign in self.legs]
        found = leg_ticks(list(zip(signs, steps, marks, strict=True)), tick)
        return [ticks // step for ticks, step in zip(found, steps, strict=True)]

    def leg_units(self, leg: Market, units: int) -> int:
        """Smallest orders of the combo in those of a leg."""
        return int(units * self.instrument.terms.min_amount / leg.instrument.terms.min_amount)

    def top(self) -> tuple[float, float, float, float]:
        """(bid, bid amount, ask, ask amount) as printed; 0.0 for an empty side."""
        bid, bid_amount = self._top(BID)
        ask, ask_amount = self._top(ASK)
        return bid, bid_amount, ask, ask_amount

    def _top(self, side: int) -> tuple[float, float]:
        book, it = self.book, self.instrument
        tick = book.best(side)
        if tick is None:
            return 0.0, 0.0
        return it.price_of(tick), it.amount_of(book.units_at(side, tick))


class FundingMeter:
    """What one unit of a perpetual has paid since the start."""

    def __init__(self, decimals: int) -> None:
        self.paid = Decimal(0)
        """Per USD of an inverse contract in coin, per coin of a linear one in USDC.

        On a grid, so that the funding of long and short cancels and readings telescope.
        """
        self._run = 0.0
        self._grain = Decimal(1).scaleb(-decimals)
        self.rate_8h = 0.0
        self.trailing_8h = 0.0
        """What accrued in the last eight hours; its history keeps it up to date."""
        self.total_interest = 0.0

    def accrue(self, rate_8h: float, worth: float, dt_s: float) -> None:
        """Let `dt_s` pass at `rate_8h`; `worth` turns the rate into money per unit."""
        share = dt_s / 28_800.0
        self.rate_8h = rate_8h
        self._run += rate_8h * worth * share
        self.paid = Decimal(self._run).quantize(self._grain)
        self.total_interest += rate_8h * share


class Markets:
    """All markets by name, in listing order; expired ones stay findable."""

    def __init__(self) -> None:
        self._live: dict[str, Market] = {}
        self._expired: dict[str, Market] = {}

    def __iter__(self) -> Iterator[Market]:
        return iter(self._live.values())

    def __len__(self) -> int:
        return len(self._live)

    def __contains__(self, name: object) -> bool:
        return name in self._live or name in self._expired

    def add(self, market: Market) -> None:
        """List a market."""
        self._live[market.name] = market

    def find(self, name: str) -> Market | None:
        """A listed market."""
        return self._live.get(name)

    def find_any(self, name: str) -> Market | None:
        """A listed or expired market."""
        return self._live.get(name) or self._expired.get(name)

    def expire(self, market: Market) -> None:
        """Take a market off the list."""
        del self._live[market.name]
        self._expired[market.name] = market

    def expired(self) -> Iterator[Market]:
        """What was taken off the list since the start."""
        return iter(self._expired.values())
