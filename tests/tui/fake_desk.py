"""A real desk over a hand-made market: what every screen test draws.

`FakeDesk.trading()` is a desk in the middle of its day, `FakeDesk.waiting()` one that has
just started and has nothing yet. The views are plain attributes: a test replaces them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from math import nan, sin

from core.clock import ManualClock
from core.desk.desk import Desk, Sources, StoreView
from core.desk.practice import PracticeView
from core.domain.order import OrderReport, OrderState, OrderType, Side
from core.domain.position import AccountFigures, Position
from core.logs import LogLine, LogMemory
from core.pricing.view import MarketPricing
from core.service import ServiceState
from core.settings import RiskSettings, Settings
from core.strategies.views import HedgeView, PairView
from core.trading.commands import Command
from core.trading.risk.view import RiskView, Unit, Use
from core.trading.view import AutomationState, Gate, TradingView
from core.venues.base import LinkState
from core.venues.practice import Rehearsal
from tests.core.commands.market import FAULTS
from tests.tui.fake_archive import FakeArchive
from tests.tui.fake_market import EXPIRIES, NOW_NS, FakeMarket, past_minute, pricing_of

DEC = "25DEC26"


@dataclass
class FakeDesk:
    """A `Desk` whose market and views belong to the test."""

    settings: Settings = field(default_factory=Settings)
    market: FakeMarket = field(default_factory=FakeMarket)
    logs: LogMemory = field(default_factory=LogMemory)
    view: TradingView = field(default_factory=TradingView)
    pricing: MarketPricing = field(default_factory=MarketPricing)
    hedges: tuple[HedgeView, ...] = ()
    pair: PairView = field(
        default_factory=lambda: PairView("ETH_USDC-PERPETUAL", "BTC_USDC-PERPETUAL", warmup=36)
    )
    links: tuple[LinkState, ...] = ()
    services: tuple[ServiceState, ...] = ()
    store: StoreView = field(default_factory=lambda: StoreView(False, "off"))
    commands: list[Command] = field(default_factory=list)
    practice: PracticeView = field(default_factory=lambda: PracticeView(faults=FAULTS))
    rehearsed: list[tuple[int, Rehearsal]] = field(default_factory=list)
    archive: FakeArchive = field(default_factory=FakeArchive)

    def __post_init__(self) -> None:
        sources = Sources(
            trading=lambda: self.view,
            pricing=lambda: self.pricing,
            hedges=lambda: self.hedges,
            pair=lambda: self.pair,
            links=lambda: self.links,
            services=lambda: self.services,
            store=lambda: self.store,
            post=self.commands.append,
            practice=lambda: self.practice,
            rehearse=lambda number, one: self.rehearsed.append((number, one)),
            archive=self.archive,
        )
        self.desk = Desk(self.settings, self.market.clock, self.market.board, self.logs, sources)

    @property
    def clock(self) -> ManualClock:
        """The clock of the whole desk; the test moves it."""
        return self.market.clock

    @classmethod
    def waiting(cls) -> FakeDesk:
        """Just started: nothing listed, not connected."""
        return cls()

    @classmethod
    def trading(cls) -> FakeDesk:
        """The middle of the day: quotes, positions, orders, signals."""
        market = FakeMarket()
        market.open()
        return cls._over(market, pricing_of(market.board, NOW_NS))

    @classmethod
    def still(cls) -> FakeDesk:
        """The same over one market and clock for all tests that move neither: made in no time."""
        return cls._over(*_still_market())

    @classmethod
    def _over(cls, market: FakeMarket, pricing: MarketPricing) -> FakeDesk:
        fake = cls(market=market, pricing=pricing)
        fake.view = trading_view()
        fake.hedges = (hedge_view(),)
        fake.pair = pair_view()
        fake.links = link_states()
        fake.services = (ServiceState("loop", True, "", 60.0),)
        fake.store = StoreView(True, "writing", NOW_NS - 7_000_000_000, 0)
        for line in LOG_LINES:
            say(fake.logs, line)
        return fake

    def remember_minute(self, minute_ns: int, lower: float = 0.004) -> None:
        """Let the store hold a minute at which every volatility was lower by so much."""
        self.archive.minutes[minute_ns] = lambda chain: past_minute(
            self.pricing, chain, minute_ns, lower
        )

    def fall_silent(self, seconds: float = 12.0) -> None:
        """Time goes on and no feed says anything: everything is stale."""
        self.clock.advance_s(seconds)
        self.links = tuple(
            replace(link, is_up=False, status="silent", age_ms=seconds * 1000)
            for link in self.links
        )


@cache
def _still_market() -> tuple[FakeMarket, MarketPricing]:
    market = FakeMarket()
    market.open()
    return market, pricing_of(market.board, NOW_NS)


def say(logs: LogMemory, line: LogLine) -> None:
    """Put one line into the log's memory as if it had been logged then."""
    logs._lines.append(line)
    logs.count += 1


def _ago(seconds: float) -> int:
    return NOW_NS - int(seconds * 1e9)


LOG_LINES = (
    LogLine(_ago(40.1), "FILL", "orders", "BUY 4.0 BTC-25DEC26-64000-P @ 0.0305 maker fee 0.00012"),
    LogLine(_ago(40.0), "HEDG", "hedger", "net delta +0.412 > band 0.250: SELL 27,800 USD"),
    LogLine(_ago(39.9), "FILL", "orders", "SELL 27,800 BTC-PERPETUAL @ 67,408.0 taker 47 ms"),
    LogLine(_ago(22.7), "WARN", "risk", "vega 25DEC26 at 82 % of limit"),
    LogLine(
        _ago(8.3),
        "SIGN",
        "pair",
        "ETH/BTC z -1.92 regime mean-revert p 0.83 no entry (threshold 2.00 not crossed)",
    ),
    LogLine(_ago(1.9), "INFO", "recorder", "minute 14:31 written, 412 rows in 31 ms"),
)


def trading_view() -> TradingView:
    """Five positions, five orders, two accounts, one automation on."""
    return TradingView(
        sequence=42,
        at_ns=NOW_NS,
        is_link_up=True,
        is_reconciled=True,
        orders=orders(),
        positions=positions(),
        accounts=accounts(),
        automations=(
            AutomationState("hedger", True, "inside the band"),
            AutomationState("pair", False, "off"),
        ),
        gate=Gate(True, ""),
        risk=risk_view(),
        lag_ms=0.4,
    )


def risk_view() -> RiskView:
    """Every limit at a third, the delta nearly used up."""
    limits = RiskSettings()
    uses = []
    for name in RiskSettings.__dataclass_fields__:
        cap = float(getattr(limits, name))
        unit: Unit = "USD" if name.endswith("usd") else "%" if name.endswith("pct") else "orders"
        what = "BTC" if "net" in name or "delta" in name else ""
        uses.append(Use(name, cap * (0.95 if "delta" in name else 1 / 3), cap, unit, what))
    return RiskView(NOW_NS, tuple(uses), (), "", -1_234.0, 2_345.0, _ago(3_600.0), 120.0, 80.0)


def positions() -> tuple[Position, ...]:
    """Options and a perpetual of BTC, and one leg in USDC."""
    rows = (
        (f"BTC-{DEC}-64000-P", "4.0", "0.0305"),
        (f"BTC-{DEC}-70000-C", "-5.0", "0.0412"),
        (f"BTC-{DEC}-75000-C", "12.0", "0.0181"),
        ("BTC-26MAR27-60000-P", "-8.0", "0.0610"),
        ("BTC-PERPETUAL", "-27800", "67408.0"),
        ("ETH_USDC-PERPETUAL", "2.4", "3471.2"),
    )
    return tuple(Position(name, Decimal(amount), Decimal(price)) for name, amount, price in rows)


def order(
    order_id: str, name: str, side: Side, amount: str, filled: str, price: str, age_s: float
) -> OrderReport:
    """A working limit order; tests replace what they need."""
    return OrderReport(
        order_id,
        f"manual:a1b2c3-{order_id}",
        name,
        side,
        Decimal(amount),
        Decimal(filled),
        Decimal(price) if Decimal(filled) else None,
        Decimal(price),
        OrderType.LIMIT,
        OrderState.OPEN,
        post_only=True,
        created_ns=_ago(age_s),
        updated_ns=_ago(age_s),
    )


def orders() -> tuple[OrderReport, ...]:
    """Working ones first, then a filled and a refused one."""
    call = f"BTC-{DEC}-70000-C"
    hedge = replace(
        order("o4", "BTC-PERPETUAL", Side.SELL, "27800", "27800", "67408.0", 39.0),
        label="hedger:a1b2c3-4",
        type=OrderType.MARKET,
        state=OrderState.FILLED,
        post_only=False,
    )
    refused = replace(
        order("o5", call, Side.SELL, "50", "0", "0.0375", 62.0),
        state=OrderState.REFUSED,
        reason="order of 3,370,000 USD is above risk.max_order_usd 500,000",
    )
    return (
        order("o1", call, Side.SELL, "5", "0", "0.0535", 41.0),
        order("o2", call, Side.BUY, "3", "0", "0.0500", 41.0),
        order("o3", "BTC-26MAR27-60000-P", Side.BUY, "8", "2.5", "0.0615", 187.0),
        hedge,
        refused,
    )


def accounts() -> tuple[AccountFigures, ...]:
    """A BTC and an ETH account."""
    btc = AccountFigures(
        currency="BTC",
        equity=Decimal("12.4821"),
        balance=Decimal("12.4603"),
        available=Decimal("8.61"),
        initial_margin=Decimal("3.8695"),
        maintenance_margin=Decimal("2.7461"),
        delta_total=Decimal("1.56"),
        session_upl=Decimal("0.0218"),
        session_rpl=Decimal("0.0194"),
        total_pl=Decimal("0.0412"),
        options_delta=Decimal("1.97"),
        options_gamma=Decimal("0.00024"),
        options_vega=Decimal("-29.6"),
        options_theta=Decimal("-14.9"),
        at_ns=NOW_NS,
    )
    return btc, replace(btc, currency="ETH", equity=Decimal("35.1"), balance=Decimal("35.1"))


def hedge_view() -> HedgeView:
    """A hedge that would be sent."""
    return HedgeView(
        "BTC", "BTC-PERPETUAL", True, 1.97, -0.41, 1.56, 0.25, -88_300.0, "waits 1.2 s"
    )


def pair_view() -> PairView:
    """A pair in the middle of its history, flat."""
    history = tuple(1.4 * sin(i / 9) + 0.6 * sin(i / 3.7) + 0.25 * sin(i * 1.7) for i in range(240))
    return PairView(
        "ETH_USDC-PERPETUAL",
        "BTC_USDC-PERPETUAL",
        is_on=False,
        bars=1240,
        warmup=36,
        z=history[-1],
        beta=0.05179,
        beta_sd=0.00021,
        alpha=2.1,
        innovation=0.0004,
        sigma=0.00031,
        threshold=2.0,
        half_life_s=2460.0,
        adf_p=0.012,
        regime="mean-rev",
        regime_p=0.83,
        edge_bp=6.2,
        history=history,
        status="off",
    )


def link_states() -> tuple[LinkState, ...]:
    """Two market links and the trading link."""
    return (
        LinkState("market-1", True, "live", 184_120, 0, 0, 0, 2.0, 3.4),
        LinkState("market-2", True, "live", 91_030, 1, 1, 0, 3.0, 4.1),
        LinkState("trading", True, "live", 812, 0, 0, 0, 410.0, nan, is_swept_when_lost=True),
    )


NEAR, FAR = EXPIRIES[0], EXPIRIES[-1]
