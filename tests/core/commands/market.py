"""A small market with known prices that every test of the commands reads against."""

from __future__ import annotations

from decimal import Decimal

from core.clock import NS_PER_MS, ManualClock
from core.commands.context import Context
from core.domain.instrument import Instrument, Kind, TickStep
from core.domain.order import OrderReport, OrderState, OrderType, Side
from core.domain.position import Position
from core.market.board import Board
from core.market.ticker import Greeks, Ticker
from core.trading.view import Gate, TradingView
from core.venues.practice import Fault, FaultParam

NOW_NS = 1_795_161_600_000_000_000
"""20 November 2026, 08:00 UTC."""
DEC_NS = 1_798_185_600_000_000_000
"""25 December 2026, 08:00 UTC."""
MAR_NS = 1_806_048_000_000_000_000
"""26 March 2027, 08:00 UTC."""


def perpetual(coin: str, tick: str, step: str, *, linear: bool = False) -> Instrument:
    """A perpetual: inverse by default, otherwise settled in USDC."""
    chain = f"{coin}_USDC" if linear else coin
    return Instrument(
        f"{chain}-PERPETUAL",
        Kind.PERPETUAL,
        coin,
        "USDC" if linear else "USD",
        "USDC" if linear else coin,
        not linear,
        Decimal(step),
        Decimal(step),
        Decimal(tick),
        index=f"{coin.lower()}_usd",
        taker_fee=Decimal("0.0005"),
        chain=chain,
    )


def future(coin: str, expiry_ns: int, label: str) -> Instrument:
    """A dated inverse future."""
    return Instrument(
        f"{coin}-{label}",
        Kind.FUTURE,
        coin,
        "USD",
        coin,
        True,
        Decimal(10),
        Decimal(10),
        Decimal("2.5"),
        index=f"{coin.lower()}_usd",
        expiry_ns=expiry_ns,
        taker_fee=Decimal("0.0005"),
        chain=coin,
    )


def option(coin: str, expiry_ns: int, label: str, strike: int, kind: str) -> Instrument:
    """An inverse option: tick 0.0001, from 0.005 on 0.0005."""
    return Instrument(
        f"{coin}-{label}-{strike}-{kind}",
        Kind.OPTION,
        coin,
        coin,
        coin,
        True,
        Decimal(1),
        Decimal("0.1"),
        Decimal("0.0001"),
        (TickStep(Decimal("0.005"), Decimal("0.0005")),),
        index=f"{coin.lower()}_usd",
        expiry_ns=expiry_ns,
        strike=float(strike),
        is_call=kind == "C",
        maker_fee=Decimal("0.0003"),
        taker_fee=Decimal("0.0003"),
        chain=coin,
    )


INSTRUMENTS = (
    perpetual("BTC", "0.5", "10"),
    perpetual("ETH", "0.05", "1"),
    perpetual("SOL", "0.001", "0.1", linear=True),
    future("BTC", DEC_NS, "25DEC26"),
    *(
        option(coin, at, label, strike, kind)
        for coin, strikes in (("BTC", (60_000, 65_000, 70_000)), ("ETH", (3_000, 3_500)))
        for at, label in ((DEC_NS, "25DEC26"), (MAR_NS, "26MAR27"))
        for strike in strikes
        for kind in "CP"
    ),
)
CALL = "BTC-25DEC26-70000-C"
PERPETUAL = "BTC-PERPETUAL"
FEED = "market"


def board_at(clock: ManualClock) -> Board:
    """The market: BTC 67,400.0 / 67,400.5, the December 70,000 call 0.0365 / 0.0375."""
    board = Board(clock)
    board.list_instruments(INSTRUMENTS)
    board.assign([one.name for one in INSTRUMENTS], FEED)
    put(board, PERPETUAL, 67_400.0, 67_400.5, mark=67_400.2, index=67_390.0)
    put(board, "ETH-PERPETUAL", 3_480.0, 3_480.05, mark=3_480.0, index=3_480.0)
    put(board, "SOL_USDC-PERPETUAL", 150.0, 150.01, mark=150.0, index=150.0)
    put(board, "BTC-25DEC26", 67_800.0, 67_802.5, mark=67_801.0, index=67_390.0)
    put(board, CALL, 0.0365, 0.0375, mark=0.0370, index=67_390.0, forward=67_500.0)
    put(board, "BTC-25DEC26-70000-P", 0.073, 0.075, mark=0.074, index=67_390.0, forward=67_500.0)
    put(board, "BTC-25DEC26-60000-P", 0.0125, 0.0135, mark=0.013, index=67_390.0, forward=67_500.0)
    board.touch(FEED, clock.now_ns())
    return board


def put(
    board: Board,
    name: str,
    bid: float,
    ask: float,
    *,
    mark: float,
    index: float,
    forward: float | None = None,
) -> None:
    """Give one instrument a book of one level a side and a ticker."""
    book = board.book(name)
    assert book is not None
    book.snapshot(1, [("new", bid, 5.0)], [("new", ask, 5.0)])
    greeks = Greeks(0.45, 0.00003, 60.0, -40.0, 5.0) if forward else None
    ticker = Ticker(
        name,
        NOW_NS // NS_PER_MS,
        mark_price=mark,
        index_price=index,
        underlying_price=forward,
        mark_iv=55.0 if forward else None,
        greeks=greeks,
    )
    board.put_ticker(ticker, NOW_NS)


def order(
    number: int,
    side: Side,
    type_: OrderType = OrderType.LIMIT,
    label: str = "manual:0a1b2c-1",
    instrument: str = PERPETUAL,
) -> OrderReport:
    """A working order of ours."""
    return OrderReport(
        f"7000{number}",
        label,
        instrument,
        side,
        Decimal(100),
        Decimal(20),
        Decimal(67_000),
        None if type_.is_stop else Decimal(67_000),
        type_,
        OrderState.UNTRIGGERED if type_.is_stop else OrderState.OPEN,
        trigger_price=Decimal(60_000) if type_.is_stop else None,
    )


ORDERS = (
    order(3, Side.SELL, label="hedger:0a1b2c-9"),
    order(2, Side.BUY),
    order(1, Side.SELL, OrderType.STOP_MARKET),
)
POSITIONS = (
    Position(CALL, Decimal(-5), Decimal("0.0412")),
    Position(PERPETUAL, Decimal(-27_800), Decimal(67_408)),
)
TRADING = TradingView(
    is_link_up=True,
    is_reconciled=True,
    orders=ORDERS,
    positions=POSITIONS,
    sleeves=tuple(("manual", one) for one in POSITIONS),
    gate=Gate(True, ""),
)


FAULTS = (
    Fault("cut", (), "Every socket drops without a word."),
    Fault(
        "silent",
        (FaultParam("seconds", 5, "How long."), FaultParam("heartbeat", True)),
        "Nothing is sent.",
    ),
    Fault("jump", (FaultParam("coin", "BTC"), FaultParam("fraction", -0.05)), "A price jumps."),
    Fault("gap", (FaultParam("channel"),), "A book loses a frame."),
)


def context(selected: str = PERPETUAL, multiplier: str = "1", *, stale: bool = False) -> Context:
    """The market as a text is read against it."""
    clock = ManualClock(NOW_NS)
    board = board_at(clock)
    if stale:
        clock.advance_s(4.2)
    return Context(
        board,
        TRADING,
        selected,
        Decimal(multiplier),
        now_ns=clock.now_ns(),
        faults=FAULTS,
    )
