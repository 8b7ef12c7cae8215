"""A board made by hand: option chains quoted around a known smile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import log

import numpy as np

from core.clock import NS_PER_MS, NS_PER_S, YEAR_NS, ManualClock
from core.domain.instrument import Instrument, Kind, TickStep, expiry_label
from core.market.board import Board
from core.market.ticker import Ticker
from core.quant.black import price_coin, price_usd

NOW_NS = 1_800_000_000 * NS_PER_S
DAY_NS = 86_400 * NS_PER_S
FEED = "feed"
FORWARD = 100_000.0
STRIKES = tuple(range(60_000, 160_001, 5_000))


def flat(_k: float) -> float:
    """60 % at every strike."""
    return 0.60


def skewed(k: float) -> float:
    """A smile with a dear left wing."""
    return 0.60 - 0.15 * k + 0.5 * k * k


@dataclass
class HandMarket:
    """A clock, a board, and the ways to put quotes on it."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW_NS))
    instruments: list[Instrument] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = Board(self.clock)

    def list_chain(
        self, days: Sequence[float], strikes: Iterable[float] = STRIKES, chain: str = "BTC"
    ) -> None:
        """List calls and puts, and a perpetual."""
        for day in days:
            expiry_ns = NOW_NS + int(day * DAY_NS)
            for strike in strikes:
                for is_call in (True, False):
                    self.instruments.append(option(chain, expiry_ns, strike, is_call))
        self.instruments.append(future(chain, None))
        self.relist()

    def list_future(self, day: float, chain: str = "BTC") -> str:
        """List the dated future of an expiry; its name."""
        self.instruments.append(future(chain, NOW_NS + int(day * DAY_NS)))
        self.relist()
        return self.instruments[-1].name

    def relist(self) -> None:
        """Tell the board what is listed; everything is fed and fresh."""
        self.board.list_instruments(self.instruments)
        self.board.assign([one.name for one in self.instruments], FEED)
        self.touch()

    def touch(self) -> None:
        """The feed speaks."""
        now_ns = self.clock.now_ns()
        self.board.touch(FEED, now_ns, venue_ns=now_ns)

    def quote(self, name: str, bid: float, ask: float, amount: float = 10.0) -> None:
        """One level on each side; a price of 0 leaves the side empty."""
        book = self.board.book(name)
        assert book is not None
        bids = [("new", bid, amount)] if bid else []
        asks = [("new", ask, amount)] if ask else []
        book.snapshot(1, bids, asks)

    def ticker(self, name: str, underlying: float | None = FORWARD, **more: float) -> None:
        """The venue's view."""
        at_ns = self.clock.now_ns()
        told = Ticker(name, at_ns // NS_PER_MS, underlying_price=underlying, **more)  # type: ignore[arg-type]  # floats only
        self.board.put_ticker(told, at_ns)

    def quote_chain(
        self,
        smile: Callable[[float], float] = flat,
        forward: float = FORWARD,
        width: float = 0.004,
        with_tickers: bool = True,
    ) -> None:
        """Quote every option `width` volatility on both sides of the smile at its forward."""
        for one in self.instruments:
            if not one.is_option:
                continue
            vol = smile(log((one.strike or 0.0) / forward))
            bid, ask = (value(one, forward, vol + side * width) for side in (-1, 1))
            self.quote(one.name, bid, ask)
            if with_tickers:
                self.ticker(
                    one.name,
                    forward,
                    mark_iv=vol * 100,
                    open_interest=2.0 if one.is_call else 3.0,
                    index_price=forward,
                )

    def option(self, day: float, strike: float, is_call: bool, chain: str = "BTC") -> str:
        """The name of a listed option."""
        return option(chain, NOW_NS + int(day * DAY_NS), strike, is_call).name


def value(one: Instrument, forward: float, vol: float) -> float:
    """The model's price in the instrument's own quote currency."""
    model = price_coin if one.is_inverse else price_usd
    tau = ((one.expiry_ns or 0) - NOW_NS) / YEAR_NS
    return float(model(forward, np.float64(one.strike or 0.0), tau, vol, bool(one.is_call)))


def option(chain: str, expiry_ns: int, strike: float, is_call: bool) -> Instrument:
    """An option as Deribit lists it; chains with an underscore are linear."""
    base, _, quote = chain.partition("_")
    return Instrument(
        name=f"{chain}-{expiry_label(expiry_ns)}-{strike:.0f}-{'C' if is_call else 'P'}",
        kind=Kind.OPTION,
        base=base,
        quote=quote or base,
        settlement=quote or base,
        is_inverse=not quote,
        contract_size=Decimal(1),
        min_amount=Decimal("0.1"),
        tick=Decimal("0.0001") if not quote else Decimal(5),
        tick_steps=(TickStep(Decimal("0.005"), Decimal("0.0005")),) if not quote else (),
        index=f"{base.lower()}_usd",
        expiry_ns=expiry_ns,
        strike=float(strike),
        is_call=is_call,
        chain=chain,
    )


def future(chain: str, expiry_ns: int | None) -> Instrument:
    """A dated future, or the perpetual."""
    base, _, quote = chain.partition("_")
    return Instrument(
        name=f"{chain}-PERPETUAL" if expiry_ns is None else f"{chain}-{expiry_label(expiry_ns)}",
        kind=Kind.PERPETUAL if expiry_ns is None else Kind.FUTURE,
        base=base,
        quote=quote or "USD",
        settlement=quote or base,
        is_inverse=not quote,
        contract_size=Decimal(10),
        min_amount=Decimal(10),
        tick=Decimal("0.5"),
        index=f"{base.lower()}_usd",
        expiry_ns=expiry_ns,
        chain=chain,
    )
