"""What the person at the desk points at: one small mutable value all panes share.

Only the UI thread touches it. Panes read it, keys and clicks move it; every move takes the
catalog of the moment, so that nothing expired or unlisted stays selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Literal, TypeVar

from core.market.board import Board
from core.market.catalog import Catalog, StrikePair

OptionSide = Literal["call", "put"]
ColumnSet = Literal["quotes", "greeks", "vols"]
COLUMN_SETS: tuple[ColumnSet, ...] = ("quotes", "greeks", "vols")
GROUPINGS = (1, 2, 5, 10, 20, 50, 100)
T = TypeVar("T")


@dataclass(slots=True)
class Selection:
    """The chosen chain, expiry, option or future, order, position, and how panes show them."""

    chain: str = ""
    """BTC, ETH, BTC_USDC, ...; empty before anything is listed."""
    expiry_ns: int | None = None
    strike: float | None = None
    """Where the chain's cursor stands."""
    side: OptionSide = "call"
    instrument: str = ""
    """What the ladder shows and orders are for: the option under the cursor, or a future."""
    order_id: str = ""
    """Chosen row of the orders pane: the venue's id, or the label while it has none."""
    position: str = ""
    """Chosen row of the positions pane, an instrument name."""
    price: Decimal | None = None
    """The ladder's cursor; None while nobody moved it."""
    grouping: int = 1
    """Ticks per line of the ladder."""
    columns: ColumnSet = "quotes"
    """Which columns the chain prefers."""
    log_kind: str = ""
    """The only kind of line the log shows; empty shows all."""

    def settle(self, board: Board) -> None:
        """Point at something listed; costs nothing while what is chosen still is."""
        catalog = board.catalog
        if self.chain not in catalog.chains:
            self.chain = catalog.chains[0] if catalog.chains else ""
        if self.expiry_ns not in (expiries := catalog.expiries.get(self.chain, ())):
            self.expiry_ns = _first_at_or_after(expiries, self.expiry_ns)
            self.strike = None
        if self.strike is None:
            self.to_money(board)
        if self.instrument not in catalog.by_name:
            self._take(catalog)

    def to_money(self, board: Board) -> None:
        """Put the cursor on the strike nearest to the underlying, the middle one without it."""
        pairs = self.pairs(board.catalog)
        if not pairs:
            self.strike = None
            return
        option = pairs[0].call or pairs[0].put
        spot = board.index_price(option.index) if option else float("nan")
        middle = pairs[len(pairs) // 2].strike
        self.strike = nearest([pair.strike for pair in pairs], spot if isfinite(spot) else middle)
        self._take(board.catalog)

    def pairs(self, catalog: Catalog) -> tuple[StrikePair, ...]:
        """The strikes of the chosen expiry, ascending."""
        if self.expiry_ns is None:
            return ()
        return catalog.strikes.get((self.chain, self.expiry_ns), ())

    def next_chain(self, catalog: Catalog, step: int = 1) -> None:
        """Go to the next option chain."""
        self.choose_chain(catalog, neighbour(catalog.chains, self.chain, step))

    def choose_chain(self, catalog: Catalog, chain: str | None) -> None:
        """Go to an option chain and the expiry nearest to the present one."""
        if chain is None or chain == self.chain or chain not in catalog.chains:
            return
        self.chain = chain
        self.expiry_ns = _first_at_or_after(catalog.expiries.get(chain, ()), self.expiry_ns)
        self.strike = None
        self.instrument = ""

    def next_expiry(self, catalog: Catalog, step: int = 1) -> None:
        """Go to the next expiry and keep the strike, or the one nearest to it."""
        expiries = catalog.expiries.get(self.chain, ())
        self.choose_expiry(catalog, neighbour(expiries, self.expiry_ns, step, wraps=False))

    def choose_expiry(self, catalog: Catalog, expiry_ns: int | None) -> None:
        """Go to `expiry_ns` of the present chain; does nothing when it is not listed."""
        if expiry_ns is None or (self.chain, expiry_ns) not in catalog.strikes:
            return
        self.expiry_ns = expiry_ns
        self._stay_near(catalog)

    def move_strike(self, catalog: Catalog, step: int) -> None:
        """Move the cursor `step` strikes up the list (positive: to higher strikes)."""
        strikes = [pair.strike for pair in self.pairs(catalog)]
        self.strike = neighbour(strikes, self.strike, step, wraps=False)
        self._take(catalog)

    def choose_side(self, catalog: Catalog, side: OptionSide) -> None:
        """Put the cursor on the calls or the puts."""
        self.side = side
        self._take(catalog)

    def turn(self, catalog: Catalog) -> None:
        """From the call to the put of the strike, or back."""
        self.choose_side(catalog, "put" if self.side == "call" else "call")

    def choose_strike(self, catalog: Catalog, strike: float, side: OptionSide) -> None:
        """Put the cursor on one option of the present expiry, as a click does."""
        self.strike, self.side = strike, side
        self._take(catalog)

    def choose(self, catalog: Catalog, name: str) -> bool:
        """Select `name`; an option takes the chain along, a future leaves it. False: not listed."""
        instrument = catalog.get(name)
        if instrument is None:
            return False
        if instrument.is_option:
            self.chain, self.expiry_ns = instrument.chain, instrument.expiry_ns
            self.strike = instrument.strike
            self.side = "call" if instrument.is_call else "put"
        self._look_at(name)
        return True

    def next_future(self, catalog: Catalog, step: int = 1) -> None:
        """Select the next future or perpetual."""
        names = [future.name for future in catalog.futures]
        name = neighbour(names, self.instrument, step, wraps=False)
        if name is not None:
            self._look_at(name)

    def next_position(self, names: Sequence[str], step: int = 1) -> None:
        """Move the row of the positions pane; `names` are the rows in their order."""
        self.position = neighbour(names, self.position, step, wraps=False) or ""

    def next_order(self, order_ids: Sequence[str], step: int = 1) -> None:
        """Move the row of the orders pane; `order_ids` are the rows in their order."""
        self.order_id = neighbour(order_ids, self.order_id, step, wraps=False) or ""

    def next_columns(self) -> None:
        """Show the chain's next set of columns."""
        self.columns = neighbour(COLUMN_SETS, self.columns, 1) or "quotes"

    def next_grouping(self, step: int = 1) -> None:
        """More or fewer ticks per line of the ladder."""
        self.grouping = neighbour(GROUPINGS, self.grouping, step, wraps=False) or 1
        self.price = None

    def _stay_near(self, catalog: Catalog) -> None:
        strikes = [pair.strike for pair in self.pairs(catalog)]
        if self.strike is None:
            self.strike = strikes[len(strikes) // 2] if strikes else None
        else:
            self.strike = nearest(strikes, self.strike)
        self._take(catalog)

    def _take(self, catalog: Catalog) -> None:
        """Select the option under the cursor; nothing when it is not listed."""
        pair = next((one for one in self.pairs(catalog) if one.strike == self.strike), None)
        if pair is None:
            self._look_at("")
            return
        option = pair.call if self.side == "call" else pair.put
        self._look_at(option.name if option else "")

    def _look_at(self, name: str) -> None:
        if name != self.instrument:
            self.instrument, self.price = name, None


def neighbour(items: Sequence[T], current: object, step: int, wraps: bool = True) -> T | None:
    """The item `step` places from `current`; the first one when `current` is not among them."""
    if not items:
        return None
    if current not in items:
        return items[0]
    at = items.index(current) + step
    return items[at % len(items) if wraps else min(max(at, 0), len(items) - 1)]


def nearest(strikes: Sequence[float], value: float) -> float | None:
    """The strike nearest to `value`, the lower one of two; None when there are none."""
    return min(strikes, key=lambda strike: (abs(strike - value), strike), default=None)


def _first_at_or_after(expiries: Sequence[int], expiry_ns: int | None) -> int | None:
    if not expiries:
        return None
    later = [one for one in expiries if expiry_ns is None or one >= expiry_ns]
    return later[0] if later else expiries[-1]
