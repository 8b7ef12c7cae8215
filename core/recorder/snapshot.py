"""One minute as rows of every table, all of them from the same moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.clock import NS_PER_MS
from core.domain.instrument import Instrument
from core.market.quote import Quote
from core.market.still import StillBoard
from core.pricing.view import MarketPricing
from core.recorder.holdings import held_positions
from core.recorder.quotes import future_batch, option_batch
from core.recorder.volatility import volatility_batches
from core.store.batch import Batch
from core.store.rows.journal import account_batch
from core.store.rows.minute import StoredMinute, minute_log_batch, position_batch
from core.trading.view import TradingView


@dataclass(frozen=True, slots=True)
class Moment:
    """The market between two batches of frames, what was made of it, and what was held then."""

    board: StillBoard
    pricing: MarketPricing = field(default_factory=MarketPricing)
    """Of this very board; empty when it could not be priced."""
    trading: TradingView = field(default_factory=TradingView)


def minute_batches(moment: Moment, minute_ns: int) -> tuple[Batch, ...]:
    """Every table's rows of one minute, its log last; none when nothing is listed.

    What is stale or missing is NULL, never a number. Options and futures that expire at the
    minute are not live any more.
    """
    board, pricing = moment.board, moment.pricing
    live = [one for one in board.catalog.by_name.values() if _is_live(one, minute_ns)]
    if not live:
        return ()
    options = [_fresh(board, one.name) for one in live if one.is_option]
    futures = [_fresh(board, one.name) for one in live if not one.is_option]
    batches = (
        option_batch(options, pricing.options, minute_ns),
        future_batch(futures, minute_ns),
        *volatility_batches(pricing, minute_ns),
        *_own_batches(moment, minute_ns),
        minute_log_batch([_log(options, board.venue_ns, minute_ns)]),
    )
    return tuple(batch for batch in batches if batch.size)


def _own_batches(moment: Moment, minute_ns: int) -> tuple[Batch, ...]:
    """Accounts and positions; never old figures under a new minute."""
    trading = moment.trading
    accounts = trading.accounts if trading.is_link_up else ()
    sleeves = trading.sleeves if trading.is_link_up and trading.is_reconciled else ()
    held = held_positions(sleeves, moment.board)
    return account_batch(minute_ns, accounts), position_batch(minute_ns, held)


def _log(options: list[Quote], recorded_ns: int, minute_ns: int) -> StoredMinute:
    return StoredMinute(
        minute_ns,
        recorded_ns,
        (recorded_ns - minute_ns) / NS_PER_MS,
        options=len(options),
        quoted=sum(one.bid == one.bid or one.ask == one.ask for one in options),
        stale=sum(one.is_stale for one in options),
    )


def _fresh(board: StillBoard, name: str) -> Quote:
    """The quote, or one without a single figure when its feed cannot be trusted."""
    quote = board.quote(name)
    return Quote(name) if quote.is_stale else quote


def _is_live(instrument: Instrument, minute_ns: int) -> bool:
    return instrument.expiry_ns is None or instrument.expiry_ns > minute_ns
