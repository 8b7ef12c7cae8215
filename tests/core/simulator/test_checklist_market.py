"""Market data, rule by rule: terms, tickers, marks, funding, bands, candles, recomputed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from core.quant.black import price_usd
from core.quant.forward import ParityQuotes
from core.quant.index.five_delta import StrikeMarks, five_delta_term
from core.quant.index.horizon import vol_at
from core.quant.index.strip import VarianceTerm
from core.quant.types import FloatArray
from tests.core.simulator.indoors import Indoors, indoors

DAY_MS = 86_400_000


def names_in(text: str) -> set[str]:
    """The words of a text."""
    return set(text.split())


COMMON = names_in(
    "timestamp state stats index_price instrument_name last_price settlement_price min_price "
    "max_price open_interest mark_price estimated_delivery_price best_ask_price best_bid_price "
    "best_ask_amount best_bid_amount"
)
OPTION = COMMON | names_in(
    "greeks interest_rate mark_iv bid_iv ask_iv underlying_price underlying_index"
)
STATS = {"high", "low", "price_change", "volume", "volume_usd"}
FUTURE_STATS = STATS | {"volume_notional"}


@pytest.fixture(scope="module")
def line() -> Iterator[Indoors]:
    with indoors() as opened:
        yield opened


@pytest.fixture(scope="module")
def listed(line: Indoors) -> list[dict[str, Any]]:
    """Every instrument there is."""
    rows: list[dict[str, Any]] = line.call("public/get_instruments")
    return rows


def ticker(line: Indoors, name: str) -> dict[str, Any]:
    """One ticker by request."""
    row: dict[str, Any] = line.call("public/ticker", instrument_name=name)
    return row


def pick(listed: list[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    """Instruments with these fields."""
    return [row for row in listed if all(row.get(key) == value for key, value in wanted.items())]


@pytest.mark.parametrize(
    ("wanted", "keys", "stats"),
    [
        ({"settlement_period": "perpetual"},
         COMMON | {"interest_value", "current_funding", "funding_8h"}, FUTURE_STATS),
        ({"kind": "future", "settlement_period": "month"}, COMMON, FUTURE_STATS),
        ({"kind": "option", "instrument_type": "reversed"}, OPTION, STATS),
        ({"kind": "option", "instrument_type": "linear"}, OPTION, FUTURE_STATS),
    ],
)  # fmt: skip
def test_each_kind_of_ticker_has_its_own_fields(
    line: Indoors, listed: list[dict[str, Any]], wanted: dict[str, object], keys: set[str],
    stats: set[str],
) -> None:  # fmt: skip
    rows = pick(listed, **wanted)
    assert rows
    for it in rows[:: max(1, len(rows) // 8)]:
        row = ticker(line, it["instrument_name"])
        assert set(row) == keys
        assert set(row["stats"]) == stats
        book = line.call("public/get_order_book", instrument_name=it["instrument_name"], depth=1)
        assert set(book) == keys | {"change_id", "bids", "asks"}


def test_empty_sides_are_zero_in_tickers_and_null_in_summaries(line: Indoors) -> None:
    rows = line.call("public/get_book_summary_by_currency", currency="BTC", kind="option")
    bare = [row for row in rows if row["bid_price"] is None]
    assert bare
    for row in bare[:5]:
        book = line.call("public/get_order_book", instrument_name=row["instrument_name"])
        assert (book["best_bid_price"], book["best_bid_amount"], book["bid_iv"]) == (0.0, 0.0, 0.0)
        assert book["bids"] == []
        assert row["mid_price"] is None


def test_what_did_not_trade_has_null_prices_and_no_volume(line: Indoors) -> None:
    rows = line.call("public/get_book_summary_by_currency", currency="BTC", kind="option")
    silent = [row for row in rows if row["volume"] == 0.0]
    assert silent
    for row in silent[::20]:
        shown = ticker(line, row["instrument_name"])
        day = [shown["stats"][key] for key in ("high", "low", "price_change")]
        assert day == [row["high"], row["low"], row["price_change"]] == [None] * 3
        assert shown["last_price"] == row["last"]
    assert any(row["last"] is None for row in silent)


@pytest.mark.parametrize(
    ("wanted", "digits"),
    [
        ({"kind": "option", "instrument_type": "reversed", "base_currency": "BTC"}, 4),
        ({"kind": "option", "instrument_type": "reversed", "base_currency": "ETH"}, 4),
        ({"kind": "option", "instrument_type": "linear", "base_currency": "BTC"}, 2),
        ({"kind": "future", "base_currency": "BTC"}, 2),
    ],
)
def test_marks_are_rounded_in_tickers_and_keep_eight_decimals_in_summaries(
    line: Indoors, listed: list[dict[str, Any]], wanted: dict[str, object], digits: int
) -> None:
    rows = pick(listed, **wanted)
    shown = {row["instrument_name"]: ticker(line, row["instrument_name"]) for row in rows[::9]}
    marks = [row["mark_price"] for row in shown.values()]
    assert all(mark == round(mark, digits) for mark in marks)
    assert any(mark != round(mark, digits - 1) for mark in marks)
    for name, row in shown.items():
        (summary,) = line.call("public/get_book_summary_by_instrument", instrument_name=name)
        assert round(summary["mark_price"], digits) == pytest.approx(row["mark_price"], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "band"),
    [("BTC-PERPETUAL", 0.015), ("BTC_USDC-PERPETUAL", 0.03), ("SOL_USDC-PERPETUAL", 0.10)],
)
def test_limits_of_a_future_are_the_mark_and_its_band_on_the_tick(
    line: Indoors, name: str, band: float
) -> None:
    tick = line.call("public/get_instrument", instrument_name=name)["tick_size"]
    row = ticker(line, name)
    low, high = row["mark_price"] * (1.0 - band), row["mark_price"] * (1.0 + band)
    assert row["min_price"] == pytest.approx(math.floor(low / tick + 1e-9) * tick, abs=1e-9)
    assert row["max_price"] == pytest.approx(math.ceil(high / tick - 1e-9) * tick, abs=1e-9)


def test_funding_follows_from_the_printed_mark_and_index(line: Indoors) -> None:
    names = ("BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL", "ETH_USDC-PERPETUAL")
    for _ in range(3):
        for name in names:
            row = ticker(line, name)
            premium = row["mark_price"] / row["index_price"] - 1.0
            rate = max(0.00025, premium) + min(-0.00025, premium)
            rounding = 0.01 / row["index_price"]
            assert row["current_funding"] == pytest.approx(rate, abs=rounding + 1e-8)
        line.run(60.0, 10.0)


def test_options_are_marked_at_their_printed_volatility_and_forward(
    line: Indoors, listed: list[dict[str, Any]]
) -> None:
    for it in pick(listed, kind="option")[::40]:
        row = ticker(line, it["instrument_name"])
        years = (it["expiration_timestamp"] - row["timestamp"]) / (365 * DAY_MS)
        forward, strike = np.array([row["underlying_price"]]), np.array([it["strike"]])
        vol, call = np.array([row["mark_iv"] / 100.0]), np.array([it["option_type"] == "call"])
        usd = float(price_usd(forward, strike, np.array([years]), vol, call)[0])
        price = usd if it["instrument_type"] == "linear" else usd / row["underlying_price"]
        assert row["mark_price"] == pytest.approx(price, rel=1e-3, abs=it["tick_size"])


@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_the_volatility_index_is_that_of_the_printed_chain(
    line: Indoors, listed: list[dict[str, Any]], coin: str
) -> None:
    now = line.call("public/get_time")
    rows = line.call("public/get_book_summary_by_currency", currency=coin, kind="option")
    ends = {row["instrument_name"]: row["expiration_timestamp"] for row in listed}
    due = now + 30 * DAY_MS
    near = max(end for row in rows if (end := ends[row["instrument_name"]]) <= due)
    far = min(end for row in rows if (end := ends[row["instrument_name"]]) > due)
    years = [(end - now) / (365 * DAY_MS) for end in (near, far)]
    total = [
        strip([row for row in rows if ends[row["instrument_name"]] == end], tau)
        for end, tau in zip((near, far), years, strict=True)
    ]
    index = vol_at(years[0], total[0], years[1], total[1])
    assert isinstance(index, float)
    printed = line.call(
        "public/get_volatility_index_data", currency=coin, resolution="1",
        start_timestamp=now - 60_000, end_timestamp=now,
    )["data"][-1][4]  # fmt: skip
    assert printed == pytest.approx(100 * index, abs=1.0)


def strip(rows: list[dict[str, Any]], years: float) -> float:
    """Variance of one expiry by the rule that reproduces the real exchange's index."""
    strikes = np.unique([float(row["instrument_name"].split("-")[2]) for row in rows])
    found = {
        (float(strike), side): row
        for row in rows
        for _, _, strike, side in [row["instrument_name"].split("-")]
    }

    def column(side: str, field: str) -> FloatArray:
        told = [found[strike, side][field] for strike in strikes.tolist()]
        return np.array([np.nan if one is None else one for one in told], np.float64)

    quotes = ParityQuotes(
        strikes,
        column("C", "bid_price"),
        column("C", "ask_price"),
        column("P", "bid_price"),
        column("P", "ask_price"),
    )
    vol = column("C", "mark_iv") / 100.0
    marks = StrikeMarks(vol, column("C", "mark_price"), column("P", "mark_price"))
    term = five_delta_term(quotes, marks, rows[0]["underlying_price"], years)
    assert isinstance(term, VarianceTerm), term
    return term.variance


def test_contracts_of_the_first_day_are_as_old_as_their_expiries(
    line: Indoors, listed: list[dict[str, Any]]
) -> None:
    now = line.call("public/get_time")
    settled = now - (now - 8 * 3_600_000) % DAY_MS
    kinds = ("future", "option")  # combos are made at any time of the day
    dated = [it for it in listed if it["kind"] in kinds and it["settlement_period"] != "perpetual"]
    for it in dated[::7]:
        created = datetime.fromtimestamp(it["creation_timestamp"] / 1000, tz=UTC)
        assert (created.hour, created.minute) == (8, 0)
        assert 17 <= created.second <= 50  # as recorded
        row = ticker(line, it["instrument_name"])
        assert (row["settlement_price"] is None) == (it["creation_timestamp"] > settled)


def test_a_quarterly_is_listed_for_a_year_and_a_daily_for_four_days(
    listed: list[dict[str, Any]],
) -> None:
    (year,) = {row["creation_timestamp"] for row in listed
               if row["instrument_name"].startswith("BTC-25DEC26")}  # fmt: skip
    assert year // DAY_MS == 1766736024000 // DAY_MS  # recorded for BTC-25DEC26-90000-C
    first = min(row["expiration_timestamp"] for row in pick(listed, base_currency="BTC"))
    rows = pick(listed, expiration_timestamp=first, instrument_type="reversed")
    lives = {math.ceil((row["expiration_timestamp"] - row["creation_timestamp"]) / DAY_MS)
             for row in rows}  # fmt: skip
    assert lives == {4}


@pytest.mark.parametrize(
    ("start_s", "end_s", "status"),
    [(-180, 0, "ok"), (0, -3_600, "no_data"), (3_600, 7_200, "no_data"), (-60, 7_200, "ok")],
)
def test_candles_of_odd_ranges(line: Indoors, start_s: int, end_s: int, status: str) -> None:
    now = line.call("public/get_time")
    got = line.call(
        "public/get_tradingview_chart_data", instrument_name="BTC-PERPETUAL", resolution="1",
        start_timestamp=now + 1000 * start_s, end_timestamp=now + 1000 * end_s,
    )  # fmt: skip
    assert got["status"] == status
    columns = ("ticks", "open", "high", "low", "close", "volume", "cost")
    assert set(got) == {"status", *columns}
    assert len({len(got[key]) for key in columns}) == 1
    assert bool(got["ticks"]) == (status == "ok")
    assert got["ticks"] == sorted(got["ticks"])
    assert all(tick % 60_000 == 0 and tick <= now for tick in got["ticks"])


def test_expirations_come_in_three_shapes(line: Indoors) -> None:
    def asked(currency: str, kind: str) -> Any:
        return line.call("public/get_expirations", currency=currency, kind=kind)

    one, flat, grouped = asked("BTC", "any"), asked("any", "any"), asked("grouped", "option")
    assert set(one) == {"btc"}
    assert set(one["btc"]) == set(flat) == {"future", "option"}
    assert flat["future"][-1] == one["btc"]["future"][-1] == "PERPETUAL"
    assert set(asked("any", "option")) == {"option"}
    assert grouped["btc"] == {"option": one["btc"]["option"]}
    days = [datetime.strptime(code, "%d%b%y") for code in one["btc"]["option"]]
    assert days == sorted(days)


def test_public_trades_are_numbered_without_holes_and_named_by_settlement(line: Indoors) -> None:
    line.subscribe("trades.any.any.100ms")
    line.run(60.0)
    rows = [row for rows in line.data("trades.any.any.100ms") for row in rows]
    assert len(rows) > 50
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if "-" in row["instrument_name"]:
            by_name.setdefault(row["instrument_name"], []).append(row)
    for name, mine in by_name.items():
        first = mine[0]["trade_seq"]
        assert [row["trade_seq"] for row in mine] == list(range(first, first + len(mine)))
        prefix = "USDC-" if "_USDC" in name else "ETH-" if name.startswith("ETH") else ""
        assert all(row["trade_id"].rpartition("-")[0] + "-" * bool(prefix) == prefix
                   for row in mine)  # fmt: skip
        assert all(("iv" in row) == name.endswith(("-C", "-P")) for row in mine)
        check_directions(mine)


def check_directions(rows: list[dict[str, Any]]) -> None:
    """0 plus, 1 zero-plus, 2 minus, 3 zero-minus."""
    for before, after in pairwise(rows):
        if after["price"] == before["price"]:
            assert after["tick_direction"] == (1 if before["tick_direction"] < 2 else 3)
        else:
            assert after["tick_direction"] == (0 if after["price"] > before["price"] else 2)


@pytest.mark.parametrize(
    ("name", "column", "lot"),
    [("BTC-PERPETUAL", "cost", 10.0), ("ETH-PERPETUAL", "cost", 1.0),
     ("BTC_USDC-PERPETUAL", "volume", 0.0001), ("SOL_USDC-PERPETUAL", "volume", 0.001)],
)  # fmt: skip
@pytest.mark.parametrize("resolution", ["1", "60"])
def test_turnover_of_candles_is_in_whole_contracts(
    line: Indoors, name: str, column: str, lot: float, resolution: str
) -> None:
    now = line.call("public/get_time")
    got = line.call(
        "public/get_tradingview_chart_data", instrument_name=name, resolution=resolution,
        start_timestamp=now - DAY_MS, end_timestamp=now,
    )  # fmt: skip
    values = np.array(got[column])
    assert np.abs(values / lot - np.round(values / lot)).max() < 1e-3
    traded = np.array(got["volume"]) > 0.0
    paid = np.array(got["cost"])[traded] / np.array(got["volume"])[traded]
    assert (paid <= np.array(got["high"])[traded] * 1.0001).all()
    assert (paid >= np.array(got["low"])[traded] * 0.9999).all()
