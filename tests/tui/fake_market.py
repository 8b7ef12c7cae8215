"""A small listed market for screen tests: BTC and ETH chains, futures, books and tickers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from math import exp, log, nan, sin, sqrt
from types import MappingProxyType

import numpy as np

from core.clock import ManualClock, years_between
from core.desk.archive.past import PastMinute
from core.domain.instrument import Instrument, Kind, TickStep, expiry_label
from core.market.board import Board
from core.market.ticker import Greeks, Stats, Ticker
from core.pricing.view import (
    MarketPricing,
    OptionPricing,
    RealisedVol,
    SliceFit,
    Smile,
    SmilePoint,
    SurfaceGrid,
    TermPoint,
    VolIndex,
)
from core.quant import black
from core.quant.surface.grid import CLASSIC_K, CLASSIC_TENORS, WIDE_K, WIDE_TENORS

NOW_NS = int(datetime(2026, 11, 20, 14, 32, 7, tzinfo=UTC).timestamp()) * 10**9
DATES = (
    (2026, 11, 27),
    (2026, 12, 4),
    (2026, 12, 25),
    (2027, 1, 29),
    (2027, 3, 26),
    (2027, 6, 25),
    (2027, 9, 24),
    (2027, 12, 31),
)
EXPIRIES = tuple(int(datetime(*day, 8, tzinfo=UTC).timestamp()) * 10**9 for day in DATES)
SPOTS = {"BTC": 67_399.4, "ETH": 3_481.25}
SPACINGS = {
    "BTC": (1000, 1000, 1000, 2000, 2000, 4000, 4000, 5000),
    "ETH": (50, 50, 50, 100, 100, 200, 200, 250),
}
STRIKES = 25
FEED = "market-1"


def vol_at(forward: float, strike: float, tau: float) -> float:
    """A smile with a skew and a term structure, decimals."""
    atm = 0.53 + 0.07 * exp(-9.0 * tau) + 0.012 * tau
    z = log(strike / forward) / (atm * sqrt(tau))
    return float(min(1.6, max(0.2, atm - 0.014 * z + 0.011 * z * z)))


def forward_at(coin: str, tau: float) -> float:
    """The forward: spot at a carry of 4.5 % a year."""
    return SPOTS[coin] * exp(0.045 * tau)


def option(coin: str, expiry_ns: int, strike: int, is_call: bool) -> Instrument:
    """One inverse option as the venue lists it."""
    side = "C" if is_call else "P"
    return Instrument(
        name=f"{coin}-{expiry_label(expiry_ns)}-{strike}-{side}",
        kind=Kind.OPTION,
        base=coin,
        quote=coin,
        settlement=coin,
        is_inverse=True,
        contract_size=Decimal(1),
        min_amount=Decimal("0.1") if coin == "BTC" else Decimal(1),
        tick=Decimal("0.0001"),
        tick_steps=(TickStep(Decimal("0.005"), Decimal("0.0005")),),
        index=f"{coin.lower()}_usd",
        expiry_ns=expiry_ns,
        strike=float(strike),
        is_call=is_call,
        chain=coin,
    )


def future(coin: str, expiry_ns: int | None, is_linear: bool = False) -> Instrument:
    """A dated future, or a perpetual without an expiry."""
    chain = f"{coin}_USDC" if is_linear else coin
    quote = "USDC" if is_linear else "USD"
    tail = "PERPETUAL" if expiry_ns is None else expiry_label(expiry_ns)
    return Instrument(
        name=f"{chain}-{tail}",
        kind=Kind.PERPETUAL if expiry_ns is None else Kind.FUTURE,
        base=coin,
        quote=quote,
        settlement="USDC" if is_linear else coin,
        is_inverse=not is_linear,
        contract_size=Decimal("0.001") if is_linear else Decimal(10),
        min_amount=Decimal("0.001") if is_linear else Decimal(10 if coin == "BTC" else 1),
        tick=Decimal("0.5") if coin == "BTC" else Decimal("0.05"),
        index=f"{coin.lower()}_usd{'c' if is_linear else ''}",
        expiry_ns=expiry_ns,
        chain=chain,
    )


def listing() -> tuple[Instrument, ...]:
    """Everything the market lists."""
    found: list[Instrument] = []
    for coin, spacings in SPACINGS.items():
        found += [future(coin, None), future(coin, None, is_linear=True)]
        found += [future(coin, EXPIRIES[i]) for i in (2, 4, 5)]
        for expiry_ns, spacing in zip(EXPIRIES, spacings, strict=True):
            middle = round(SPOTS[coin] / spacing)
            strikes = [(middle + i - STRIKES // 2) * spacing for i in range(STRIKES)]
            found += [option(coin, expiry_ns, k, call) for k in strikes for call in (True, False)]
    return tuple(found)


@dataclass
class FakeMarket:
    """Fills a board, moves its prices, falls silent when asked to."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW_NS))
    seed: int = 7

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.board = Board(self.clock)
        self._change_id = 0

    def open(self) -> None:
        """List everything and quote it."""
        instruments = listing()
        self.board.list_instruments(instruments)
        self.board.assign((one.name for one in instruments), FEED)
        for coin, spot in SPOTS.items():
            self.board.put_index(f"{coin.lower()}_usd", spot, NOW_NS)
            self.board.put_index(f"{coin.lower()}_usdc", spot, NOW_NS)
        for one in instruments:
            if one.is_option:
                self._quote_option(one)
            else:
                self._quote_future(one)
        self.touch()

    def touch(self) -> None:
        """The feed says something now."""
        self.board.touch(FEED, self.clock.now_ns())

    def move(self, count: int = 60, seconds: float = 0.08) -> None:
        """Time goes on and `count` books move by up to a tick."""
        self.clock.advance_s(seconds)
        names = list(self.board.catalog.by_name)
        for name in self.random.sample(names, min(count, len(names))):
            self.shift(name, self.random.choice((-1, 1)))
        self.touch()

    def shift(self, name: str, ticks: int) -> None:
        """Move the whole book of `name` by `ticks`."""
        one = self.board.catalog.by_name[name]
        bid = self.board.quote(name).bid
        if bid != bid:
            return
        best = one.next_price(one.price_near(Decimal(repr(bid))), ticks)
        self._fill(one, max(best, one.tick), 1)

    def _quote_option(self, one: Instrument) -> None:
        forward, tau, vol, mark = priced(one)
        best = max(one.price_down(Decimal(repr(round(mark * 0.992, 6)))), Decimal(0))
        self._fill(one, best, 2 if mark > 0.02 else 1)
        greek = black.greeks(forward, one.strike or 0.0, tau, vol, bool(one.is_call))
        greeks = Greeks(
            delta=float(greek.delta),
            gamma=float(greek.gamma),
            vega=float(greek.vega),
            theta=float(greek.theta),
        )
        self.board.put_ticker(
            Ticker(
                one.name,
                NOW_NS // 10**6,
                mark_price=round(mark, 4),
                mark_iv=round(vol * 100, 2),
                index_price=SPOTS[one.base],
                underlying_price=round(forward, 2),
                last_price=float(one.price_near(Decimal(repr(round(mark, 6))))),
                open_interest=round(self.random.expovariate(1 / 700), 1),
                greeks=greeks,
                stats=Stats(volume=round(self.random.expovariate(1 / 200), 1), price_change=-2.1),
            ),
            NOW_NS,
        )

    def _quote_future(self, one: Instrument) -> None:
        tau = 0.0 if one.expiry_ns is None else years_between(NOW_NS, one.expiry_ns)
        price = one.price_near(Decimal(repr(round(forward_at(one.base, tau), 2))))
        self._fill(one, price, 1)
        self.board.put_ticker(
            Ticker(
                one.name,
                NOW_NS // 10**6,
                mark_price=float(price),
                index_price=SPOTS[one.base],
                last_price=float(price),
                open_interest=round(self.random.uniform(2e7, 9e8), 0),
                funding_8h=0.000081 if one.expiry_ns is None else None,
                stats=Stats(volume=52_000.0, price_change=0.82 if one.base == "BTC" else -0.31),
            ),
            NOW_NS,
        )

    def _fill(self, one: Instrument, bid: Decimal, spread_ticks: int) -> None:
        book = self.board.book(one.name)
        assert book is not None
        bids = [one.next_price(bid, -i) for i in range(14)] if bid > 0 else []
        first = one.next_price(bid, spread_ticks)
        asks = [one.next_price(first, i) for i in range(14)]
        size = 2000.0 if not one.is_option else 12.0
        self._change_id += 1
        book.snapshot(
            self._change_id,
            [("new", float(price), self._amount(size)) for price in bids if price > 0],
            [("new", float(price), self._amount(size)) for price in asks],
        )

    def _amount(self, size: float) -> float:
        return round(self.random.expovariate(1 / size) + 0.1, 1)


def priced(one: Instrument) -> tuple[float, float, float, float]:
    """(forward, years, volatility, mark) of an option of the fake market."""
    assert one.expiry_ns is not None
    assert one.strike is not None
    tau = years_between(NOW_NS, one.expiry_ns)
    forward = forward_at(one.base, tau)
    vol = vol_at(forward, one.strike, tau)
    return (
        forward,
        tau,
        vol,
        float(black.price_coin(forward, one.strike, tau, vol, bool(one.is_call))),
    )


def pricing_of(board: Board, at_ns: int) -> MarketPricing:
    """What the pricing service would publish."""
    options = {
        one.name: _option_pricing(one) for one in board.catalog.by_name.values() if one.is_option
    }
    smiles = {key: _smile(board, *key) for key in board.catalog.strikes}
    chains = board.catalog.chains
    return MarketPricing(
        at_ns,
        3.2,
        MappingProxyType(options),
        MappingProxyType(smiles),
        MappingProxyType({chain: classic_surface(chain) for chain in chains}),
        MappingProxyType({chain: wide_surface(chain) for chain in chains}),
        MappingProxyType({chain: _terms() for chain in chains}),
        MappingProxyType({chain: vol_index(chain) for chain in chains}),
    )


def classic_surface(chain: str, shift: float = 0.0) -> SurfaceGrid:
    """The classic grid, empty where |k| is wider than the quotes of its maturity."""
    rows = [
        [_grid_vol(k, days) + shift if abs(k) < 0.05 + days / 300 else nan for k in CLASSIC_K]
        for days in CLASSIC_TENORS
    ]
    tenors = tuple(float(days) for days in CLASSIC_TENORS)
    return SurfaceGrid(chain, tenors, CLASSIC_K, np.array(rows))


def wide_surface(chain: str) -> SurfaceGrid:
    """The wide grid, full, marked where no quotes reach."""
    rows = np.array([[_grid_vol(k, days) for k in WIDE_K] for days in WIDE_TENORS])
    outside = np.array([[abs(k) > 0.05 + days / 300 for k in WIDE_K] for days in WIDE_TENORS])
    tenors = tuple(float(days) for days in WIDE_TENORS)
    return SurfaceGrid(chain, tenors, WIDE_K, rows, extrapolated=outside)


def past_minute(pricing: MarketPricing, chain: str, at_ns: int, lower: float) -> PastMinute:
    """The market of `pricing` with every volatility lower, as the store would tell it."""
    smiles = [one for one in pricing.smiles.values() if one.chain == chain]
    points = ("atm", "put_10", "put_25", "put_35", "call_35", "call_25", "call_10")
    past = tuple(
        replace(
            one,
            points=(),
            fit_ivs=tuple(iv - lower for iv in one.fit_ivs),
            **{name: getattr(one, name) - lower for name in points},
        )
        for one in smiles
    )
    return PastMinute(chain, at_ns, past, classic_surface(chain, -lower), wide_surface(chain))


def _grid_vol(k: float, days: float) -> float:
    return vol_at(1.0, exp(k), days / 365)


def _terms() -> tuple[TermPoint, ...]:
    return tuple(
        TermPoint(
            days, _grid_vol(0.0, days), *(_grid_vol(z * days / 365, days) for z in (-2, -1, 1, 2))
        )
        for days in (7.0, 14.0, 30.0, 60.0, 90.0, 180.0)
    )


def vol_index(chain: str) -> VolIndex:
    """A whole index with both horizons of realised volatility."""
    realised = tuple(
        RealisedVol(days, int(days * 24), 0.41, 0.43, 0.42, 0.44, 0.425) for days in (7.0, 30.0)
    )
    return VolIndex(chain, 0.5512, 0.5598, 0.5487, EXPIRIES[2], EXPIRIES[3], realised=realised)


def _option_pricing(one: Instrument) -> OptionPricing:
    forward, tau, vol, _ = priced(one)
    greek = black.greeks(forward, one.strike or 0.0, tau, vol, bool(one.is_call))
    return OptionPricing(
        one.name,
        bid_iv=vol - 0.006,
        ask_iv=vol + 0.007,
        mid_iv=vol,
        delta=float(greek.delta),
        net_delta=float(greek.net_delta),
        gamma=float(greek.gamma),
        vega=float(greek.vega),
        theta=float(greek.theta),
    )


def _smile(board: Board, chain: str, expiry_ns: int) -> Smile:
    tau = years_between(NOW_NS, expiry_ns)
    forward = forward_at(chain, tau)
    strikes = [pair.strike for pair in board.catalog.strikes[chain, expiry_ns]]
    points = tuple(_point(forward, strike, tau) for strike in strikes)
    fit = tuple(strikes[0] + (strikes[-1] - strikes[0]) * i / 60 for i in range(61))
    atm = vol_at(forward, forward, tau)

    def at(z: float) -> float:
        return vol_at(forward, forward * exp(z * atm * sqrt(tau)), tau)

    return Smile(
        chain,
        expiry_ns,
        tau,
        forward,
        "future",
        points,
        fit_strikes=fit,
        fit_ivs=tuple(vol_at(forward, strike, tau) for strike in fit),
        fit_rmse=0.21,
        atm=atm,
        put_10=at(-1.28),
        put_25=at(-0.67),
        put_35=at(-0.39),
        call_35=at(0.39),
        call_25=at(0.67),
        call_10=at(1.28),
        put_call_oi=0.71,
        fit=SliceFit(
            "svi", 0.0012, 0.034, -0.21, 0.012, 0.12, 0.21, 0.55, 0.92, 0.41, 0.0, False, 0.83
        ),
    )


def _point(forward: float, strike: float, tau: float) -> SmilePoint:
    vol = vol_at(forward, strike, tau)
    width = 0.004 + 0.03 * abs(log(strike / forward))
    is_quoted = width < 0.02
    return SmilePoint(
        strike,
        log(strike / forward),
        vol - width if is_quoted else nan,
        vol + width,
        vol if is_quoted else nan,
        is_used=is_quoted,
        fit_iv=vol + 0.002 * sin(strike),
        reason="" if is_quoted else "no bid",
    )
