"""What positions and sleeves are worth now: open profit beside what was earned, in coin and USD.

Pure: screen, command line and tests call it with a board's quotes. Missing is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from core.domain import money
from core.domain.instrument import Instrument
from core.domain.position import Position, Result
from core.market.board import Board
from core.market.quote import Quote

STABLE = ("USDC", "USDT", "USD")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenProfit:
    """Profit of one position not taken yet, in its settlement currency."""

    at_mark: Decimal | None
    """None without a mark or an average price."""
    at_exit: Decimal | None
    """On the side of the book that closes it: bid for longs, ask for shorts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one sleeve, or all of them, made in one currency."""

    result: Result
    open: Decimal | None
    """At the marks; None when one of its positions has none."""

    @property
    def net(self) -> Decimal | None:
        """Earned and open together."""
        return None if self.open is None else self.result.net + self.open


def open_profit(position: Position, instrument: Instrument, quote: Quote) -> OpenProfit:
    """Both figures of one position."""
    exit_price = quote.bid if position.amount > 0 else quote.ask
    return OpenProfit(_at(position, instrument, quote.mark), _at(position, instrument, exit_price))


def standings(
    results: Iterable[Result], lots: Iterable[tuple[str, Position]], board: Board
) -> tuple[Standing, ...]:
    """Every result with the open profit of its sleeve's lots in its currency."""
    held = tuple(lots)
    return tuple(Standing(one, _open_of(one, held, board)) for one in results)


def usd_rate(board: Board, currency: str) -> Decimal | None:
    """USD for one unit of a settlement currency, by the venue's index; None without one."""
    if currency in STABLE:
        return Decimal(1)
    price = board.index_price(f"{currency.lower()}_usd")
    return money.decimal_of(price) if isfinite(price) and price > 0 else None


def _open_of(
    result: Result, lots: tuple[tuple[str, Position], ...], board: Board
) -> Decimal | None:
    own = [position for sleeve, position in lots if sleeve == result.sleeve]
    return _sum(own, result.currency, board.instrument, board.quote)


def _sum(
    positions: list[Position],
    currency: str,
    find: Callable[[str], Instrument | None],
    quote: Callable[[str], Quote],
) -> Decimal | None:
    total = ZERO
    for one in positions:
        instrument = find(one.instrument)
        if instrument is None:
            return None
        if instrument.settlement == currency:
            at_mark = open_profit(one, instrument, quote(one.instrument)).at_mark
            if at_mark is None:
                return None
            total += at_mark
    return total


def _at(position: Position, instrument: Instrument, price: float) -> Decimal | None:
    if not (isfinite(price) and price > 0 and position.average_price > 0):
        return None
    at = money.decimal_of(price)
    return money.profit(instrument, position.amount, position.average_price, at)
