"""A small board with live books for the trading tests."""

from __future__ import annotations

from decimal import Decimal

from core.clock import Clock
from core.domain.instrument import Instrument, Kind, TickStep
from core.market.board import Board
from core.market.ticker import Greeks, Ticker

PERP = "BTC-PERPETUAL"
LINEAR = "ETH_USDC-PERPETUAL"
OPTION = "BTC-25DEC26-64000-P"
EXPIRY_NS = 1_798_185_600_000_000_000
"""25 December 2026, 08:00 UTC."""

INSTRUMENTS = (
    Instrument(
        PERP,
        Kind.PERPETUAL,
        "BTC",
        "USD",
        "BTC",
        True,
        Decimal(10),
        Decimal(10),
        Decimal("0.5"),
        index="btc_usd",
        chain="BTC",
    ),
    Instrument(
        LINEAR,
        Kind.PERPETUAL,
        "ETH",
        "USDC",
        "USDC",
        False,
        Decimal("0.001"),
        Decimal("0.001"),
        Decimal("0.05"),
        index="eth_usdc",
        chain="ETH_USDC",
    ),
    Instrument(
        OPTION,
        Kind.OPTION,
        "BTC",
        "BTC",
        "BTC",
        True,
        Decimal(1),
        Decimal("0.1"),
        Decimal("0.0001"),
        (TickStep(Decimal("0.005"), Decimal("0.0005")),),
        index="btc_usd",
        expiry_ns=EXPIRY_NS,
        strike=64_000.0,
        is_call=False,
        chain="BTC",
    ),
)
PRICES = {PERP: (60_000.0, 60_000.5), LINEAR: (3_000.0, 3_000.05), OPTION: (0.03, 0.0305)}
INDEX = {PERP: 60_000.0, LINEAR: 3_000.0, OPTION: 60_000.0}

GREEKS = Greeks(-0.45, 0.00002, 90.0, -30.0)


def live_board(clock: Clock) -> Board:
    """Three instruments with one level a side and a ticker."""
    board = Board(clock)
    board.list_instruments(INSTRUMENTS)
    board.assign(PRICES, "feed")
    for name, (bid, ask) in PRICES.items():
        put_prices(board, name, bid, ask)
        put_ticker(board, name, (bid + ask) / 2, clock.now_ns())
    board.touch("feed", clock.now_ns())
    return board


def put_prices(board: Board, name: str, bid: float, ask: float) -> None:
    """A fresh snapshot of one level a side; 0 leaves a side empty."""
    book = board.book(name)
    assert book is not None
    bids = [("new", bid, 1_000.0)] if bid else []
    asks = [("new", ask, 1_000.0)] if ask else []
    book.snapshot(book.change_id + 1, bids, asks)


def put_ticker(board: Board, name: str, mark: float, at_ns: int) -> None:
    """A ticker with mark and index only, for options with greeks."""
    greeks = GREEKS if name == OPTION else None
    ticker = Ticker(name, at_ns // 1_000_000, "open", mark, INDEX[name], greeks=greeks)
    board.put_ticker(ticker, at_ns)
