"""The venue's list of instruments as domain values.

Combos and spot are left out here, once for the whole desk: combos have no price of their own that
the books of their legs do not say, and spot is no contract that hedges, expires or has a margin.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.clock import NS_PER_MS
from core.domain.instrument import Instrument, Kind, TickStep
from core.errors import MarketDataError

_DEAD_STATES: Final = frozenset(
    {"delivered", "archivized", "inactive", "closed", "deactivated", "terminated", "settled"}
)


class _Step(msgspec.Struct, frozen=True, gc=False):
    above_price: Decimal
    tick_size: Decimal


class _Row(msgspec.Struct, frozen=True, gc=False):
    """One object of get_instruments; Decimals are read from the wire's text."""

    instrument_name: str
    kind: str
    base_currency: str
    quote_currency: str
    contract_size: Decimal
    min_trade_amount: Decimal
    tick_size: Decimal
    tick_size_steps: list[_Step] = []
    settlement_currency: str = ""
    settlement_period: str = ""
    instrument_type: str = ""
    future_type: str = ""
    price_index: str = ""
    expiration_timestamp: int = 0
    strike: float | None = None
    option_type: str = ""
    maker_commission: Decimal = Decimal(0)
    taker_commission: Decimal = Decimal(0)
    max_leverage: Decimal | None = None
    is_active: bool = True
    state: str = ""


_rows: Final = msgspec.json.Decoder(list[_Row], strict=False).decode


def instruments_of(result: bytes | msgspec.Raw) -> list[Instrument]:
    """Every option, future and perpetual in a get_instruments result, inactive ones included.

    Raises:
        MarketDataError: the text is no list of instruments.
    """
    try:
        rows = _rows(result)
    except msgspec.MsgspecError as error:
        raise MarketDataError(f"the list of instruments is unreadable: {error}") from error
    return [_instrument(row) for row in rows if row.kind in ("option", "future")]


def _instrument(row: _Row) -> Instrument:
    is_inverse = _is_inverse(row)
    kind = _kind(row)
    return Instrument(
        name=row.instrument_name,
        kind=kind,
        base=row.base_currency,
        quote=row.quote_currency,
        settlement=row.settlement_currency
        or (row.base_currency if is_inverse else row.quote_currency),
        is_inverse=is_inverse,
        contract_size=row.contract_size,
        min_amount=row.min_trade_amount,
        tick=row.tick_size,
        tick_steps=tuple(TickStep(step.above_price, step.tick_size) for step in _steps(row)),
        index=row.price_index or index_of(row.base_currency, is_inverse),
        expiry_ns=None if kind is Kind.PERPETUAL else row.expiration_timestamp * NS_PER_MS,
        strike=row.strike,
        is_call=None if kind is not Kind.OPTION else row.option_type == "call",
        maker_fee=row.maker_commission,
        taker_fee=row.taker_commission,
        is_active=row.is_active and row.state not in _DEAD_STATES,
        chain=row.instrument_name.partition("-")[0],
        leverage=None if kind is Kind.OPTION else row.max_leverage,
        period=row.settlement_period,
    )


def index_of(base: str, is_inverse: bool) -> str:
    """The name of the price index behind a chain: btc_usd, sol_usdc."""
    return f"{base.lower()}_{'usd' if is_inverse else 'usdc'}"


def _steps(row: _Row) -> list[_Step]:
    return sorted(row.tick_size_steps, key=lambda step: step.above_price)


def _kind(row: _Row) -> Kind:
    if row.kind == "option":
        return Kind.OPTION
    is_perpetual = row.settlement_period == "perpetual"
    return Kind.PERPETUAL if is_perpetual else Kind.FUTURE


def _is_inverse(row: _Row) -> bool:
    """From the type where it is given; lists of 2021 tell it only by the currency of the price."""
    given = row.instrument_type or row.future_type
    if given:
        return given == "reversed"
    return row.quote_currency in ("USD", row.base_currency)
