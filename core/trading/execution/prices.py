"""At which price an order rests, crosses or gets out."""

from __future__ import annotations

from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.domain.order import Side
from core.market.board import Board
from core.market.quote import Quote
from core.trading.risk.exposure import price_of

EXIT_PCT = Decimal("0.5")
"""Futures: how far beyond the touch a closing order first reaches, percent."""
EXIT_OPTION_PCT = Decimal(20)
STALE_PCT = Decimal(2)
"""Futures: the same around an old or marked price."""
STALE_OPTION_PCT = Decimal(50)
EXIT_TICKS = 5
"""And never less than so many ticks."""
TICKER_OLD_S = 10.0
"""A mark whose ticker is older is not believed, even on a feed that speaks."""


def touch(instrument: Instrument, quote: Quote, side: Side) -> Decimal | None:
    """Where a passive order joins its own side of the book; None when that side is empty."""
    best = price_of(quote.bid if side is Side.BUY else quote.ask)
    if best is None:
        return None
    return instrument.price_down(best) if side is Side.BUY else instrument.price_up(best)


def crossing(instrument: Instrument, quote: Quote, side: Side, cap_pct: Decimal) -> Decimal | None:
    """The limit that takes the other side up to `cap_pct` beyond it; None when it is empty."""
    best = price_of(quote.ask if side is Side.BUY else quote.bid)
    if best is None:
        return None
    return _towards(instrument, best, side, best * cap_pct / 100)


def exit_price(board: Board, instrument: Instrument, side: Side, widen: int) -> Decimal | None:
    """A capped limit that gets out now, `widen` times further than the first try.

    From the touch of a live book; from mark or the last known price, further away, when the
    book is stale; None when no price is known at all.
    """
    quote = board.quote(instrument.name)
    best = price_of(quote.ask if side is Side.BUY else quote.bid)
    percent = EXIT_OPTION_PCT if instrument.is_option else EXIT_PCT
    if quote.is_stale or best is None:
        best = price_of(quote.mark, quote.bid if side is Side.SELL else quote.ask, quote.last)
        percent = STALE_OPTION_PCT if instrument.is_option else STALE_PCT
    if best is None:
        return None
    room = max(best * percent / 100, EXIT_TICKS * instrument.tick_at(best)) * widen
    return _within_band(board, instrument, side, _towards(instrument, best, side, room))


def _towards(instrument: Instrument, best: Decimal, side: Side, room: Decimal) -> Decimal:
    """`best` moved by `room` in the unfavourable direction, on tick, positive, not short of it."""
    if side is Side.BUY:
        return max(instrument.price_down(best + room), best)
    return min(max(instrument.price_up(best - room), instrument.tick), best)


def _within_band(board: Board, instrument: Instrument, side: Side, price: Decimal) -> Decimal:
    """`price` inside the venue's band for limits, where its ticker names one."""
    ticker = board.ticker(instrument.name)
    edge = None if ticker is None else ticker.max_price if side is Side.BUY else ticker.min_price
    if not edge:
        return price
    if side is Side.BUY:
        return min(price, instrument.price_down(decimal_of(edge)))
    return max(price, instrument.price_up(decimal_of(edge)))


def live_mark(board: Board, name: str) -> Decimal | None:
    """The venue's mark if its feed speaks and its ticker is fresh; None when it is not."""
    ticker = board.ticker(name)
    if ticker is None or board.is_stale(name):
        return None
    if not board.ticker_age_s(name) <= TICKER_OLD_S:
        return None
    return price_of(board.quote(name).mark)
