"""What an instrument is, with its terms, and how the venue prints it."""

from __future__ import annotations

import uuid
import zlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from core.simulator.world.listing.calendar import FOREVER_MS, Period

Kind = Literal["future", "option", "spot", "future_combo", "option_combo"]
OptionType = Literal["call", "put"]
MAJORS = ("BTC", "ETH", "SOL", "XRP")
"""Coins that are a product group of their own."""
RECORDED_COIN_IDS = {"btc": 1, "avax": 17, "trx": 28}
CURRENCIES = ("BTC", "ETH", "USDC")
"""The settlement currencies, each with accounts of its own."""

COMBO_FIELDS = (
    "state", "price_index", "kind", "instrument_name", "maker_commission", "taker_commission",
    "instrument_type", "expiration_timestamp", "is_active", "creation_timestamp", "instrument_id",
    "tick_size", "contract_size", "base_currency", "quote_currency", "settlement_currency",
    "min_trade_amount", "settlement_period", "counter_currency", "tick_size_steps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """The contract terms shared by a chain or belonging to one perpetual."""

    contract_size: Decimal
    min_amount: Decimal
    """Smallest order, also the unit of book sizes."""
    tick: Decimal
    step_above: Decimal | None
    """Price from which `step_tick` holds, options only."""
    step_tick: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    mark_decimals: int
    leverage: int
    band: float
    """Half-width of the price band as a fraction of the mark; futures only."""
    settlement_fee: Decimal = Decimal("0.00025")
    lots: int = 1
    """The printed `lot_size`."""
    block_tick: Decimal = Decimal("0.01")
    block_fee: Decimal = Decimal("0.00025")
    block_minimum: int = 200_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """One listed contract."""

    name: str
    instrument_id: int
    kind: Kind
    base: str
    settlement: str
    """BTC, ETH or USDC; of spot the currency that pays."""
    index_name: str
    expiry_ms: int
    period: Period
    creation_ms: int
    terms: Terms
    strike: float = 0.0
    option_type: OptionType | None = None
    legs: tuple[tuple[str, int], ...] = ()
    """Of a combo: contracts, and +1 where its buyer buys them, -1 where they are sold."""

    @property
    def is_option(self) -> bool:
        """True for single options."""
        return self.kind == "option"

    @property
    def is_perpetual(self) -> bool:
        """True for a future that never expires."""
        return self.expiry_ms == FOREVER_MS and self.kind == "future"

    @property
    def is_held(self) -> bool:
        """True for what leaves a position: futures and options."""
        return self.kind in ("future", "option")

    @property
    def is_spot(self) -> bool:
        """True when money itself is traded, and nothing is held afterwards."""
        return self.kind == "spot"

    @property
    def currencies(self) -> tuple[str, ...]:
        """The purses it moves: one for contracts, base and quote for spot."""
        return (self.base, self.settlement) if self.is_spot else (self.settlement,)

    @property
    def is_linear(self) -> bool:
        """Worth amount times price: spot, and what is settled in USDC rather than in the coin."""
        return self.settlement == "USDC" or self.is_spot

    @property
    def is_call(self) -> bool:
        """True for calls."""
        return self.option_type == "call"

    @property
    def chain(self) -> str:
        """The beginning of its name: BTC, SOL_USDC."""
        return f"{self.base}_USDC" if self.is_linear else self.base

    @property
    def quote(self) -> str:
        """The currency of the price."""
        if self.is_linear:
            return self.settlement
        return self.base if self.kind in ("option", "option_combo") else "USD"

    def tick_at(self, price: Decimal) -> Decimal:
        """The tick that holds at `price`."""
        above = self.terms.step_above
        return self.terms.step_tick if above is not None and price >= above else self.terms.tick

    def price_of(self, tick: int) -> float:
        """The printed price of `tick` base ticks."""
        return float(tick * self.terms.tick)

    def decimal_price(self, tick: int) -> Decimal:
        """The exact price of `tick` base ticks."""
        return tick * self.terms.tick

    def amount_of(self, units: int) -> float:
        """The printed amount of `units` smallest orders."""
        return float(units * self.terms.min_amount)

    def contracts_of(self, amount: Decimal) -> float:
        """An amount in contracts."""
        return float(amount / self.terms.contract_size)


def instrument_row(it: Instrument, state: str) -> dict[str, Any]:
    """The object `public/get_instrument` prints."""
    if it.legs:
        return _combo_row(it, state)
    row = {**_common(it), "is_active": state == "open", "state": state}
    if it.is_option:
        row |= {"option_type": it.option_type, "strike": it.strike}
        return row
    if it.is_spot:
        return {key: row[key] for key in row if not key.startswith("settlement_")}
    row |= {
        "max_leverage": it.terms.leverage,
        "max_non_default_leverage": min(5.0, float(it.terms.leverage)),
        "max_liquidation_commission": 0.01,
    }
    row["future_type"] = row["instrument_type"]
    return row


def _combo_row(it: Instrument, state: str) -> dict[str, Any]:
    """Created at a full second, as recorded."""
    row = {**_common(it), "is_active": state == "open", "state": state}
    row["creation_timestamp"] = it.creation_ms // 1000 * 1000
    return {key: row[key] for key in COMBO_FIELDS}


def _common(it: Instrument) -> dict[str, Any]:
    terms = it.terms
    steps = []
    if terms.step_above is not None:
        steps = [{"above_price": float(terms.step_above), "tick_size": float(terms.step_tick)}]
    return {
        "kind": it.kind,
        "instrument_name": it.name,
        "instrument_id": it.instrument_id,
        "instrument_type": "linear" if it.is_linear else "reversed",
        "base_currency": it.base,
        "quote_currency": it.quote,
        "counter_currency": it.quote if it.is_linear else "USD",
        "settlement_currency": it.settlement,
        "settlement_period": it.period,
        "price_index": it.index_name,
        "contract_size": float(terms.contract_size),
        "min_trade_amount": float(terms.min_amount),
        "tick_size": float(terms.tick),
        "tick_size_steps": steps,
        "maker_commission": float(terms.maker_fee),
        "taker_commission": float(terms.taker_fee),
        "block_trade_commission": float(terms.block_fee),
        "block_trade_min_trade_amount": terms.block_minimum,
        "block_trade_tick_size": float(terms.block_tick),
        "creation_timestamp": it.creation_ms,
        "expiration_timestamp": it.expiry_ms,
        "underlying_type": "crypto",
        "product_group": it.base if it.base in MAJORS else "TIER_2",
        "index_id": _index_id(it.index_name),
        "lot_size": terms.lots,
        "base_currency_uuid": _uuid(it.base),
        "quote_currency_uuid": _uuid(it.quote),
    }


def _index_id(name: str) -> int:
    """Millions for the coin, 33 for USD and 4 for USDC, as recorded; 1 for BTC as the coin."""
    coin, quote = name.split("_")
    number = RECORDED_COIN_IDS.get(coin) or 100 + zlib.crc32(coin.encode()) % 900
    return number * 1_000_000 + {"usdc": 4, "btc": 1}.get(quote, 33)


def _uuid(currency: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, currency.lower()))
