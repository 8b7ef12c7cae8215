from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from core.clock import utc
from core.domain.instrument import Instrument, Kind, TickStep
from core.errors import MarketDataError
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.names import instrument_named
from tests.core.venues.recorded import documents, lines
from tests.shared_data import shared


def result_of(file: str) -> Any:
    document = next(document for name, document in documents() if name == file)
    return document["result"] if isinstance(document, dict) else document


def one(file: str) -> Instrument:
    (instrument,) = instruments_of(json.dumps([result_of(file)]).encode())
    return instrument


def test_a_linear_option_keeps_the_venues_decimals() -> None:
    option = one("qkt/public_get_instrument_option_btc_usdc.json")
    assert (option.name, option.chain, option.base) == (
        "BTC_USDC-30OCT26-110000-C",
        "BTC_USDC",
        "BTC",
    )
    assert (option.quote, option.settlement, option.is_inverse) == ("USDC", "USDC", False)
    assert (option.tick, option.min_amount) == (Decimal("5.0"), Decimal("0.01"))
    assert option.tick_steps == (TickStep(Decimal(1000), Decimal(20)),)
    assert (option.taker_fee, option.strike, option.is_call) == (Decimal("0.0003"), 110_000.0, True)
    assert option.expiry_ns is not None
    assert utc(option.expiry_ns).isoformat() == "2026-10-30T08:00:00+00:00"


@pytest.mark.parametrize(
    "file",
    [
        "qkt/public_get_instrument_option_trx_expired.json",
        "qkt/public_get_instrument_option_avax_inactive.json",
    ],
)
def test_expired_and_inactive_ones_are_kept_as_inactive(file: str) -> None:
    assert not one(file).is_active


def test_the_perpetual_has_no_expiry() -> None:
    perpetual = one("nautilus/http_get_instrument.json")
    assert (perpetual.kind, perpetual.expiry_ns) == (Kind.PERPETUAL, None)
    assert (perpetual.quote, perpetual.settlement) == ("USD", "BTC")
    assert (perpetual.is_inverse, perpetual.index) == (True, "btc_usd")


def test_lists_of_2021_without_the_newer_fields_are_read() -> None:
    found = instruments_of(
        json.dumps(result_of("cryptofeed/http_get_instruments_2021.part.json")).encode()
    )
    by_name = {one.name: one for one in found}
    assert len(by_name) == 7
    assert by_name["BTC-24SEP21-40000-P"].is_inverse
    assert by_name["BTC-24SEP21-40000-P"].settlement == "BTC"
    assert by_name["BTC-24SEP21-40000-P"].index == "btc_usd"
    assert by_name["BTC-25MAR22"].kind is Kind.FUTURE
    assert not by_name["UNI_USDC-PERPETUAL"].is_inverse
    assert by_name["SOL-24JUN22"].is_inverse


def test_combos_and_spot_are_left_out_and_spoil_nothing() -> None:
    spot = {
        "instrument_name": "BTC_USDC",
        "kind": "spot",
        "instrument_type": "linear",
        "base_currency": "BTC",
        "quote_currency": "USDC",
        "contract_size": 0.0001,
        "min_trade_amount": 0.0001,
        "tick_size": 1.0,
    }
    combos = result_of("nautilus/http_get_instruments_option_combo.json")
    option = result_of("qkt/public_get_instrument_option_btc_usdc.json")
    found = instruments_of(json.dumps([spot, *combos, option]).encode())
    assert [one.name for one in found] == [option["instrument_name"]]


def test_whole_recorded_lists_are_read() -> None:
    for line in lines(shared("data/deribit/rest_get_instruments_2021-07-22.txt.gz")):
        result = json.loads(line[line.index("{") :])["result"]
        assert len(instruments_of(json.dumps(result).encode())) == len(result)


def test_combos_and_spot_are_left_out() -> None:
    combos = result_of("nautilus/http_get_instruments_option_combo.json")
    assert instruments_of(json.dumps(combos).encode()) == []


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(MarketDataError, match="unreadable"):
        instruments_of(b'{"no":"list"}')


def test_names_alone_tell_what_the_recorded_lists_tell() -> None:
    for line in lines(shared("data/deribit/rest_get_instruments_2021-07-22.txt.gz")):
        rows = json.loads(line[line.index("{") :])["result"]
        for listed in instruments_of(json.dumps(rows).encode()):
            named = instrument_named(listed.name)
            assert named is not None
            for field in ("kind", "base", "quote", "settlement", "is_inverse", "index"):
                assert getattr(named, field) == getattr(listed, field), listed.name
            for field in ("expiry_ns", "strike", "is_call", "chain"):
                assert getattr(named, field) == getattr(listed, field), listed.name


@pytest.mark.parametrize(
    ("name", "strike", "tick"),
    [
        ("XRP_USDC-21SEP26-1d25-C", 1.25, "0.0005"),
        ("TRX_USDC-2OCT26-0d342-P", 0.342, "0.00005"),
        ("BTC-25DEC26-90000-C", 90_000.0, "0.0001"),
    ],
)
def test_strikes_with_a_decimal_point_are_read_from_names(
    name: str, strike: float, tick: str
) -> None:
    named = instrument_named(name)
    assert named is not None
    assert (named.strike, named.tick) == (strike, Decimal(tick))


@pytest.mark.parametrize(
    "name",
    ["BTC_USDC", "BTC-FS-25DEC26_PERP", "BTC-31FEB26", "BTC-1XXX26-9-C", "BTC-25DEC26-9", ""],
)
def test_other_names_describe_no_contract_of_ours(name: str) -> None:
    assert instrument_named(name) is None
