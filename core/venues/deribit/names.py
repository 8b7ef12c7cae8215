"""Instruments told from their names alone, for tapes that hold no list of instruments.

Expiry, strike and kind are exact. Tick, smallest amount and fees come from what each chain had
in 2026, so they are good enough to show prices, not to trade.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from core.domain.instrument import Instrument, Kind, TickStep
from core.venues.deribit.instruments import index_of

_NAME: Final = re.compile(
    r"^(?P<chain>(?P<base>[A-Z0-9]+)(?:_(?P<quote>[A-Z]+))?)-"
    r"(?:PERPETUAL|(?P<day>\d{1,2})(?P<month>[A-Z]{3})(?P<year>\d{2})"
    r"(?:-(?P<strike>\d+(?:d\d+)?)-(?P<side>[CP]))?)$"
)
_MONTHS: Final = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_EXPIRY_HOUR: Final = 8


@dataclass(frozen=True, slots=True)
class _Terms:
    tick: str
    min_amount: str
    contract_size: str
    steps: tuple[tuple[str, str], ...] = ()


_OPTION_TERMS: Final = {
    "BTC": _Terms("0.0001", "0.1", "1", (("0.005", "0.0005"),)),
    "ETH": _Terms("0.0001", "1", "1", (("0.005", "0.0005"),)),
    "BTC_USDC": _Terms("5", "0.01", "1", (("1000", "20"),)),
    "SOL_USDC": _Terms("0.1", "10", "10"),
    "XRP_USDC": _Terms("0.0005", "1000", "1000"),
    "AVAX_USDC": _Terms("0.0005", "100", "100", (("0.1", "0.002"),)),
    "TRX_USDC": _Terms("0.00005", "10000", "10000", (("0.01", "0.0001"),)),
}
_FUTURE_TERMS: Final = {
    "BTC": _Terms("0.5", "10", "10"),
    "ETH": _Terms("0.05", "1", "1"),
    "BTC_USDC": _Terms("0.1", "0.0001", "0.0001"),
    "SOL_USDC": _Terms("0.001", "0.001", "0.001"),
}
_OTHER_OPTION: Final = _Terms("0.0001", "1", "1")
_OTHER_FUTURE: Final = _Terms("0.0001", "1", "1")


def instrument_named(name: str) -> Instrument | None:
    """The contract that `name` describes; None for combos, spot and names of another grammar."""
    parts = _NAME.match(name)
    if parts is None:
        return None
    expiry_ns = _expiry_ns(parts)
    if parts["day"] and expiry_ns is None:
        return None
    kind = _kind(parts)
    is_inverse = not parts["quote"]
    return _with_terms(
        name,
        kind,
        is_inverse,
        base=parts["base"],
        quote=_quote(parts, kind),
        expiry_ns=expiry_ns,
        strike=float(parts["strike"].replace("d", ".")) if parts["strike"] else None,
        is_call=parts["side"] == "C" if parts["side"] else None,
    )


def _with_terms(
    name: str,
    kind: Kind,
    is_inverse: bool,
    *,
    base: str,
    quote: str,
    expiry_ns: int | None,
    strike: float | None,
    is_call: bool | None,
) -> Instrument:
    chain = name.partition("-")[0]
    is_option = kind is Kind.OPTION
    table, other = (_OPTION_TERMS, _OTHER_OPTION) if is_option else (_FUTURE_TERMS, _OTHER_FUTURE)
    terms = table.get(chain, other)
    return Instrument(
        name=name,
        kind=kind,
        base=base,
        quote=quote,
        settlement=base if is_inverse else quote,
        is_inverse=is_inverse,
        contract_size=Decimal(terms.contract_size),
        min_amount=Decimal(terms.min_amount),
        tick=Decimal(terms.tick),
        tick_steps=tuple(TickStep(Decimal(above), Decimal(tick)) for above, tick in terms.steps),
        index=index_of(base, is_inverse),
        expiry_ns=expiry_ns,
        strike=strike,
        is_call=is_call,
        chain=chain,
    )


def _kind(parts: re.Match[str]) -> Kind:
    if not parts["day"]:
        return Kind.PERPETUAL
    return Kind.OPTION if parts["side"] else Kind.FUTURE


def _quote(parts: re.Match[str], kind: Kind) -> str:
    """The coin for inverse options, USD for inverse futures, the named currency otherwise."""
    if parts["quote"]:
        return parts["quote"]
    return parts["base"] if kind is Kind.OPTION else "USD"


def _expiry_ns(parts: re.Match[str]) -> int | None:
    """08:00 UTC of the day in the name; None for perpetuals and for days no calendar has."""
    if not parts["day"] or parts["month"] not in _MONTHS:
        return None
    try:
        day = datetime(
            2000 + int(parts["year"]),
            _MONTHS.index(parts["month"]) + 1,
            int(parts["day"]),
            _EXPIRY_HOUR,
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return int(day.timestamp()) * 1_000_000_000
