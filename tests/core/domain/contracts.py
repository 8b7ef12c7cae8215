"""Contracts with the venue's real rules, for the domain tests."""

from __future__ import annotations

from decimal import Decimal

from core.domain.instrument import Instrument, Kind, TickStep

BTC_PERPETUAL = Instrument(
    "BTC-PERPETUAL",
    Kind.PERPETUAL,
    "BTC",
    "USD",
    "BTC",
    is_inverse=True,
    contract_size=Decimal(10),
    min_amount=Decimal(10),
    tick=Decimal("0.5"),
    maker_fee=Decimal("0.00015"),
    taker_fee=Decimal("0.00035"),
)
ETH_LINEAR = Instrument(
    "ETH_USDC-PERPETUAL",
    Kind.PERPETUAL,
    "ETH",
    "USDC",
    "USDC",
    is_inverse=False,
    contract_size=Decimal("0.001"),
    min_amount=Decimal("0.001"),
    tick=Decimal("0.05"),
    maker_fee=Decimal("0.00015"),
    taker_fee=Decimal("0.00035"),
)
BTC_CALL = Instrument(
    "BTC-25DEC26-90000-C",
    Kind.OPTION,
    "BTC",
    "BTC",
    "BTC",
    is_inverse=True,
    contract_size=Decimal(1),
    min_amount=Decimal("0.1"),
    tick=Decimal("0.0001"),
    tick_steps=(TickStep(Decimal("0.005"), Decimal("0.0005")),),
    expiry_ns=1_798_185_600_000_000_000,
    strike=90_000.0,
    is_call=True,
    maker_fee=Decimal("0.0003"),
    taker_fee=Decimal("0.0003"),
)
BTC_LINEAR_CALL = Instrument(
    "BTC_USDC-25DEC26-90000-C",
    Kind.OPTION,
    "BTC",
    "USDC",
    "USDC",
    is_inverse=False,
    contract_size=Decimal("0.01"),
    min_amount=Decimal("0.01"),
    tick=Decimal(5),
    expiry_ns=1_798_185_600_000_000_000,
    strike=90_000.0,
    is_call=True,
    maker_fee=Decimal("0.0003"),
    taker_fee=Decimal("0.0003"),
)
