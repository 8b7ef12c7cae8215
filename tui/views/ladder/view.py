"""The depth ladder of one instrument: prices stand still, the market moves through them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from core.desk.desk import Desk
from core.domain.instrument import Instrument
from core.domain.money import decimal_of
from core.domain.order import OrderReport, Side
from core.market.book import Level
from core.market.depth import cumulative, imbalance
from core.market.quote import Quote
from tui.selection import Selection
from tui.views import figures
from tui.views.ladder.grid import Grid, grid_prices
from tui.views.spans import Item, Span, fact, item

DEPTH_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One price."""

    price: Decimal
    text: str
    bid: str
    ask: str
    bid_part: float
    """Cumulative size as a part of the largest one shown: the bar behind the size."""
    ask_part: float
    buying: str
    """What our own buy orders have left here; empty for none."""
    selling: str
    side: str
    """bid, ask, or empty inside the spread."""
    is_best: bool
    is_cursor: bool


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """The line between the best ask and the best bid."""

    mid: str
    bid_part: float
    """The bids' part of what rests on the best levels; NaN in an empty book."""
    facts: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class LadderView:
    """What the ladder pane shows."""

    name: str
    rows: tuple[LadderRow, ...]
    """Highest price first."""
    spread_at: int
    """How many rows stand above the spread line."""
    spread: SpreadLine
    last: tuple[Item, ...]
    holding: tuple[Item, ...]
    top: Decimal | None
    """The highest price: give it back the next time."""
    is_stale: bool
    age_ms: float
    empty: str


def ladder_view(desk: Desk, selection: Selection, rows: int, top: Decimal | None) -> LadderView:
    """`rows` prices of the selected instrument around its market; `top` of None centres them."""
    instrument = desk.board.instrument(selection.instrument)
    if instrument is None:
        words = "Choose an instrument." if desk.board.catalog.by_name else "No instruments yet."
        return _nothing(selection.instrument, words)
    quote = desk.board.quote(instrument.name)
    middle = _middle(quote)
    if middle is None:
        return _nothing(instrument.name, "No price yet: the book is empty.")
    grid = Grid(instrument, selection.grouping)
    prices = grid_prices(grid, rows, top, middle, selection.price)
    return LadderView(
        instrument.name,
        _rows(desk, selection, grid, prices),
        sum(price > middle for price in prices),
        _spread(desk, instrument, quote),
        _last(instrument, quote),
        _holding(desk, instrument, instrument.tick_at(middle) * selection.grouping),
        prices[0] if prices else None,
        quote.is_stale,
        quote.age_ms,
        "",
    )


def _nothing(name: str, words: str) -> LadderView:
    line = SpreadLine("", float("nan"), ())
    return LadderView(name, (), 0, line, (), (), None, False, float("nan"), words)


def _middle(quote: Quote) -> Decimal | None:
    """Where the market is: mid, else the side there is, else mark or last."""
    for value in (quote.mid, quote.bid, quote.ask, quote.mark, quote.last):
        if isfinite(value) and value > 0:
            return decimal_of(value)
    return None


def _rows(
    desk: Desk, selection: Selection, grid: Grid, prices: tuple[Decimal, ...]
) -> tuple[LadderRow, ...]:
    instrument, name = grid.instrument, selection.instrument
    levels = desk.board.levels(name, min(DEPTH_LIMIT, len(prices) * grid.grouping))
    bids = _buckets(levels.bids if levels else (), grid.down)
    asks = _buckets(levels.asks if levels else (), grid.up)
    bid_sums = _sums(prices, bids)
    ask_sums = _sums(prices[::-1], asks)
    most = max([*bid_sums.values(), *ask_sums.values()], default=0.0) or 1.0
    buying, selling = _own(desk.trading.working, name, grid)
    best_bid = max(bids, default=None)
    best_ask = min(asks, default=None)
    decimals, size = instrument.price_decimals, instrument.amount_decimals
    cursor = None if selection.price is None else grid.down(selection.price)
    return tuple(
        LadderRow(
            price,
            f"{price:,.{decimals}f}",
            figures.sized(bids[price], size) if price in bids else "",
            figures.sized(asks[price], size) if price in asks else "",
            bid_sums[price] / most,
            ask_sums[price] / most,
            figures.sized(float(buying[price]), size) if price in buying else "",
            figures.sized(float(selling[price]), size) if price in selling else "",
            _side(price, best_bid, best_ask),
            price in (best_bid, best_ask),
            price == cursor,
        )
        for price in prices
    )


def _buckets(levels: Iterable[Level], place: Callable[[Decimal], Decimal]) -> dict[Decimal, float]:
    """Amounts by the grid price each level belongs to."""
    found: defaultdict[Decimal, float] = defaultdict(float)
    for level in levels:
        found[place(decimal_of(level.price))] += level.amount
    return found


def _sums(prices: tuple[Decimal, ...], amounts: dict[Decimal, float]) -> dict[Decimal, float]:
    """What rests up to each price, from the first price on."""
    return dict(zip(prices, cumulative(amounts.get(price, 0.0) for price in prices), strict=True))


def _side(price: Decimal, best_bid: Decimal | None, best_ask: Decimal | None) -> str:
    if best_bid is not None and price <= best_bid:
        return "bid"
    return "ask" if best_ask is not None and price >= best_ask else ""


def _own(
    orders: Iterable[OrderReport], name: str, grid: Grid
) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
    """What our orders have left at each price; stops stand at their trigger."""
    sides: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
    for order in orders:
        at = order.trigger_price if order.trigger_price is not None else order.price
        if order.instrument != name or at is None:
            continue
        price = grid.down(at) if order.side is Side.BUY else grid.up(at)
        side = sides[order.side]
        side[price] = side.get(price, Decimal(0)) + order.remaining
    return sides[Side.BUY], sides[Side.SELL]


def _spread(desk: Desk, instrument: Instrument, quote: Quote) -> SpreadLine:
    levels = desk.board.levels(instrument.name, 5)
    heavier = imbalance(levels) if levels else float("nan")
    decimals = instrument.price_decimals + 1
    if isfinite(quote.mid):
        mid = figures.fixed(quote.mid, decimals)
    else:
        mid = "no bid" if not isfinite(quote.bid) else "no ask"
    return SpreadLine(mid, heavier, _spread_facts(desk, instrument, quote))


def _spread_facts(desk: Desk, instrument: Instrument, quote: Quote) -> tuple[Item, ...]:
    if not instrument.is_option:
        spread = figures.fixed(quote.ask - quote.bid, instrument.price_decimals)
        return (item(0, Span("spread ", "dim"), Span(spread, "mid")),)
    own = desk.pricing.options.get(instrument.name)
    iv = own.mid_iv if own and isfinite(own.mid_iv) else quote.mark_iv
    delta = own.delta if own else quote.delta
    return (
        item(0, Span(f"{figures.percent(iv)}v", "mid")),
        item(1, Span(f"Δ{figures.ratio(delta)}", "mid")),
    )


def _last(instrument: Instrument, quote: Quote) -> tuple[Item, ...]:
    last = figures.fixed(quote.last, instrument.price_decimals)
    found = [
        fact(0, "last", last, "bright"),
        fact(1, "vol", figures.count(quote.volume)),
        fact(2, "oi", figures.count(quote.open_interest)),
    ]
    if isfinite(quote.funding_8h):
        found.append(fact(3, "fund 8h", f"{figures.signed(quote.funding_8h * 100, 4)}%"))
    return tuple(found)


def _holding(desk: Desk, instrument: Instrument, step: Decimal) -> tuple[Item, ...]:
    """Our position here, and what one line of the ladder is."""
    tick = fact(2, "tick", f"{step.normalize():f}", "mid")
    position = desk.trading.position(instrument.name)
    if position is None:
        return item(0, Span("no position", "dim")), tick
    amount = float(position.amount)
    size = figures.signed(amount, instrument.amount_decimals)
    average = figures.fixed(float(position.average_price), instrument.price_decimals)
    return (
        fact(0, "pos", size, "up" if amount > 0 else "down", True),
        fact(1, "@", average, "mid"),
        tick,
    )
