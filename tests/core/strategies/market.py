"""A board, a clock and holdings that a test moves by hand."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from core.clock import NS_PER_S, ManualClock
from core.domain.instrument import Instrument, Kind
from core.domain.position import AccountFigures, Position
from core.market.board import Board
from core.market.ticker import Ticker
from core.trading.journal import Seen
from core.trading.strategy import Context, Target

START_NS = 1_790_000_000 * NS_PER_S
FEED = "feed"


def perpetual(name: str, size: str, is_inverse: bool = True) -> Instrument:
    """A perpetual called `name` whose smallest order is `size`."""
    chain = name.partition("-")[0]
    coin = chain.partition("_")[0]
    return Instrument(
        name,
        Kind.PERPETUAL,
        coin,
        "USD" if is_inverse else "USDC",
        coin if is_inverse else "USDC",
        is_inverse,
        Decimal(size),
        Decimal(size),
        Decimal("0.01"),
        taker_fee=Decimal("0.0005"),
        chain=chain,
    )


def option(name: str, expiry_ns: int, is_inverse: bool = True) -> Instrument:
    """An option; strike and side are read from its name."""
    chain, _, strike, side = name.split("-")
    coin = chain.partition("_")[0]
    return Instrument(
        name,
        Kind.OPTION,
        coin,
        coin if is_inverse else "USDC",
        coin if is_inverse else "USDC",
        is_inverse,
        Decimal(1),
        Decimal("0.1"),
        Decimal("0.0001"),
        expiry_ns=expiry_ns,
        strike=float(strike),
        is_call=side == "C",
        chain=chain,
    )


class FakeHoldings:
    """Amounts by sleeve and instrument, and what is in flight."""

    def __init__(self) -> None:
        self.amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.in_flight: set[tuple[str, str]] = set()
        self.accounts: dict[str, AccountFigures] = {}

    def put(self, sleeve: str, instrument: str, amount: str | Decimal) -> None:
        """Let `sleeve` hold `amount`."""
        self.amounts[sleeve, instrument] = Decimal(amount)

    def take(self, target: Target) -> None:
        """Fill `target` at once."""
        self.amounts[target.sleeve, target.instrument] = target.amount

    def held(self, sleeve: str, instrument: str) -> Decimal:
        """Signed amount the sleeve holds."""
        return self.amounts[sleeve, instrument]

    def total(self, instrument: str) -> Decimal:
        """Signed amount of all sleeves."""
        return sum(
            (amount for (_, name), amount in self.amounts.items() if name == instrument), Decimal(0)
        )

    def positions(self) -> tuple[Position, ...]:
        """All non-zero positions."""
        names = sorted({name for _, name in self.amounts})
        found = (Position(name, self.total(name), Decimal(1)) for name in names)
        return tuple(one for one in found if one.amount)

    def account(self, currency: str) -> AccountFigures | None:
        """What the test put there."""
        return self.accounts.get(currency)

    def is_in_flight(self, sleeve: str, instrument: str) -> bool:
        """What the test put there."""
        return (sleeve, instrument) in self.in_flight


def figures(currency: str, equity: str, maintenance: str = "0", free: str = "") -> AccountFigures:
    """Account figures; `free` is the available amount, all of the equity when empty."""
    zero, value = Decimal(0), Decimal(equity)
    available = Decimal(free) if free else value
    return AccountFigures(
        currency, value, value, available, zero, Decimal(maintenance), zero, zero, zero, zero
    )


class Market:
    """A board fed by hand, with a clock that stands still."""

    def __init__(self, *instruments: Instrument) -> None:
        self.clock = ManualClock(START_NS)
        self.board = Board(self.clock)
        self.board.list_instruments(instruments)
        self.board.assign((one.name for one in instruments), FEED)
        self.holdings = FakeHoldings()
        self.told: list[Seen] = []
        """What strategies wrote down."""
        self._change = 0

    @property
    def now(self) -> Context:
        """The world as it is."""
        return Context(self.clock.now_ns(), self.board, self.holdings, self.told.append)

    def quote(self, name: str, price: float, width: float = 0.0) -> None:
        """A live book around `price`; width 0 puts bid and ask on it."""
        book = self.board.book(name)
        assert book is not None
        self._change += 1
        bids, asks = [("new", price - width / 2, 1e6)], [("new", price + width / 2, 1e6)]
        book.snapshot(self._change, bids, asks)
        self.touch()

    def mark(self, name: str, forward: float, vol: float, delivery: float | None = None) -> None:
        """A ticker with volatility as a decimal, and the estimate of the delivery price."""
        now_ns = self.clock.now_ns()
        ticker = Ticker(
            name,
            now_ns // 1_000_000,
            mark_iv=vol * 100,
            underlying_price=forward,
            estimated_delivery_price=delivery,
        )
        self.board.put_ticker(ticker, now_ns)

    def touch(self) -> None:
        """The feed says that it lives."""
        self.board.touch(FEED, self.clock.now_ns())

    def wait(self, seconds: float) -> None:
        """Time goes by and the feed lives on."""
        self.clock.advance_s(seconds)
        self.touch()
