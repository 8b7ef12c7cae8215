from __future__ import annotations

from core.venues.deribit.market.shards import STATE_CHANNEL, plans
from core.venues.deribit.names import instrument_named

NAMES = ["BTC-PERPETUAL", "ETH-PERPETUAL"] + [f"BTC-25DEC26-{k}000-C" for k in range(50, 90)]
INSTRUMENTS = [one for one in map(instrument_named, NAMES) if one is not None]


def test_every_instrument_is_carried_once_and_the_load_is_even() -> None:
    shares = plans(INSTRUMENTS, 4, {})
    carried = [name for plan in shares for name in plan.names]
    assert sorted(carried) == sorted(NAMES)
    assert {len(plan.names) for plan in shares} <= {10, 11}


def test_futures_are_asked_for_first() -> None:
    (plan,) = plans(INSTRUMENTS, 1, {})
    assert plan.names[:2] == ("BTC-PERPETUAL", "ETH-PERPETUAL")
    assert plan.channels("agg2")[:7] == [
        STATE_CHANNEL,
        "deribit_price_index.btc_usd",
        "deribit_price_index.eth_usd",
        "deribit_volatility_index.btc_usd",
        "deribit_volatility_index.eth_usd",
        "ticker.BTC-PERPETUAL.agg2",
        "book.BTC-PERPETUAL.agg2",
    ]


def test_what_is_carried_stays_where_it_is() -> None:
    before = plans(INSTRUMENTS[:20], 3, {})
    carried = {name: i for i, plan in enumerate(before) for name in plan.names}
    after = plans(INSTRUMENTS, 3, carried)
    for old, new in zip(before, after, strict=True):
        assert set(old.names) <= set(new.names)


def test_without_instruments_only_the_states_are_followed() -> None:
    shares = plans([], 2, {})
    assert [plan.channels("100ms") for plan in shares] == [[STATE_CHANNEL], []]


def test_one_connection_hears_the_volatility_indices_the_venue_has() -> None:
    names = ["BTC-PERPETUAL", "SOL_USDC-PERPETUAL"]
    listed = [one for one in map(instrument_named, names) if one is not None]
    found = [
        [one for one in plan.channels("100ms") if one.startswith("deribit_volatility_index.")]
        for plan in plans(listed, 2, {})
    ]
    assert found == [["deribit_volatility_index.btc_usd"], []]
