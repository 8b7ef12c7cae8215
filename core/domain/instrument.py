"""What can be traded, with the venue's rules for prices and amounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import Enum

from core.clock import utc


class Kind(Enum):
    """The three kinds of contract the desk knows."""

    OPTION = "option"
    FUTURE = "future"
    PERPETUAL = "perpetual"


@dataclass(frozen=True, slots=True)
class TickStep:
    """From `above_price` on, prices move by `tick`."""

    above_price: Decimal
    tick: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """One listed contract. Amounts: USD for inverse futures, base coin for everything else."""

    name: str
    kind: Kind
    base: str
    """The coin: BTC, ETH, SOL, ..."""
    quote: str
    """Currency of the price: the coin for inverse options, USD for inverse futures, USDC."""
    settlement: str
    """Currency of premium, profit and fees: the coin, or USDC."""
    is_inverse: bool
    contract_size: Decimal
    min_amount: Decimal
    tick: Decimal
    """The tick below the first step."""
    tick_steps: tuple[TickStep, ...] = ()
    index: str = ""
    """The venue's price index, such as btc_usd."""
    expiry_ns: int | None = None
    """None for perpetuals."""
    strike: float | None = None
    is_call: bool | None = None
    maker_fee: Decimal = Decimal(0)
    taker_fee: Decimal = Decimal(0)
    is_active: bool = True
    chain: str = field(default="")
    """The underlying part of the name: BTC, ETH, BTC_USDC, ..."""
    leverage: Decimal | None = None
    """The highest the venue allows on a future; None for options, and when it is not told."""
    period: str = ""
    """How often it is listed: day, week, month or perpetual; fees at the end depend on it."""

    @property
    def is_option(self) -> bool:
        """True for calls and puts."""
        return self.kind is Kind.OPTION

    def tick_at(self, price: Decimal) -> Decimal:
        """The tick in force at `price`."""
        tick = self.tick
        for step in self.tick_steps:
            if price >= step.above_price:
                tick = step.tick
        return tick

    def price_down(self, price: Decimal) -> Decimal:
        """The highest allowed price not above `price`."""
        return _to_step(price, self.tick_at(price), ROUND_FLOOR)

    def price_up(self, price: Decimal) -> Decimal:
        """The lowest allowed price not below `price`."""
        return _to_step(price, self.tick_at(price), ROUND_CEILING)

    def price_near(self, price: Decimal) -> Decimal:
        """The allowed price nearest to `price`, halves upwards."""
        return _to_step(price, self.tick_at(price), ROUND_HALF_UP)

    def next_price(self, price: Decimal, steps: int) -> Decimal:
        """`price` moved by `steps` ticks; one below a step border moves by the finer tick."""
        for _ in range(abs(steps)):
            if steps > 0:
                price += self.tick_at(price)
            else:
                price -= self.tick_at(price - self.tick)
        return price

    def amount_near(self, amount: Decimal) -> Decimal:
        """The multiple of the smallest amount nearest to `amount` (signed, halves away from 0)."""
        return _to_step(amount, self.min_amount, ROUND_HALF_UP)

    def is_price(self, price: Decimal) -> bool:
        """True when `price` lies on the tick."""
        return price % self.tick_at(price) == 0

    def is_amount(self, amount: Decimal) -> bool:
        """True when `amount` is a positive multiple of the smallest amount."""
        return amount > 0 and amount % self.min_amount == 0

    @property
    def price_decimals(self) -> int:
        """How many decimals show every price of this contract."""
        return max(0, -_exponent(self.tick))

    @property
    def amount_decimals(self) -> int:
        """How many decimals show every amount of this contract."""
        return max(0, -_exponent(self.min_amount))

    @property
    def expiry_label(self) -> str:
        """The venue's date, such as 25DEC26; empty for perpetuals."""
        return "" if self.expiry_ns is None else expiry_label(self.expiry_ns)


def expiry_label(expiry_ns: int) -> str:
    """`expiry_ns` as the venue writes it: 25DEC26, no leading zero."""
    day = utc(expiry_ns)
    return f"{day.day}{day.strftime('%b%y').upper()}"


def _to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding) * step


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
