from __future__ import annotations

from core.market.catalog import catalog_of
from core.venues.deribit.names import instrument_named

NAMES = (
    "ETH-25DEC26-3000-P",
    "BTC-25DEC26-90000-C",
    "BTC-25DEC26-90000-P",
    "BTC-25DEC26-100000-C",
    "BTC-27NOV26-90000-C",
    "BTC-25DEC26",
    "BTC-PERPETUAL",
    "SOL_USDC-PERPETUAL",
)


def test_the_catalog_orders_chains_expiries_strikes_and_futures() -> None:
    catalog = catalog_of(one for one in map(instrument_named, NAMES) if one is not None)
    assert catalog.chains == ("BTC", "ETH")
    near, far = catalog.expiries["BTC"]
    assert near < far
    strikes = catalog.strikes["BTC", far]
    assert [pair.strike for pair in strikes] == [90_000.0, 100_000.0]
    assert strikes[0].put is not None
    assert strikes[1].put is None
    assert [one.name for one in catalog.futures] == [
        "BTC-PERPETUAL",
        "BTC-25DEC26",
        "SOL_USDC-PERPETUAL",
    ]
    assert catalog.future_at("BTC", far) is catalog.get("BTC-25DEC26")
    assert catalog.future_at("BTC", near) is None
    assert catalog.perpetual_of("BTC") is catalog.get("BTC-PERPETUAL")
    assert catalog.perpetual_of("ETH") is None
