"""Every printed mark, greek and volatility reprices by the venue's formulas."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.core.simulator.running import Simulator

YEAR_MS = 365 * 86_400_000
SQRT_2PI = math.sqrt(2.0 * math.pi)


def ndtr(x: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def black(f: float, k: float, tau: float, vol: float, is_call: bool) -> dict[str, float]:
    """Black-76 as in the venue's documents, one option at a time."""
    v = vol * math.sqrt(tau)
    d1 = math.log(f / k) / v + 0.5 * v
    d2 = d1 - v
    density = math.exp(-0.5 * d1 * d1) / SQRT_2PI
    sign = 1.0 if is_call else -1.0
    usd = sign * (f * ndtr(sign * d1) - k * ndtr(sign * d2))
    theta = -f * density * vol / (2.0 * math.sqrt(tau)) / 365.0
    return {
        "coin": usd / f,
        "delta": sign * ndtr(sign * d1),
        "gamma": density / (f * v),
        "vega": f * density * math.sqrt(tau) / 100.0,
        "theta": max(theta * min(1.0, tau * 365.0), -usd),
        "rho": sign * k * tau * ndtr(sign * d2) / 100.0,
    }


@pytest.fixture(scope="module")
def options(venue: Simulator) -> dict[str, dict[str, Any]]:
    """All BTC options by name."""
    rows = venue.get("public/get_instruments", currency="BTC", kind="option")
    return {row["instrument_name"]: row for row in rows}


def test_option_tickers_reprice_to_their_printed_digits(
    venue: Simulator, options: dict[str, dict[str, Any]]
) -> None:
    for name in list(options)[::17]:
        it, ticker = options[name], venue.get("public/ticker", instrument_name=name)
        tau = (it["expiration_timestamp"] - ticker["timestamp"]) / YEAR_MS
        right = black(
            ticker["underlying_price"], it["strike"], tau, ticker["mark_iv"] / 100.0,
            it["option_type"] == "call",
        )  # fmt: skip
        assert ticker["mark_price"] == pytest.approx(right["coin"], abs=0.5001e-4)
        for greek, value in ticker["greeks"].items():
            assert value == pytest.approx(right[greek], abs=0.51e-5, rel=1e-9), (name, greek)


def test_quoted_volatilities_give_back_the_quotes(
    venue: Simulator, options: dict[str, dict[str, Any]]
) -> None:
    checked = 0
    for name in list(options)[::23]:
        it, ticker = options[name], venue.get("public/ticker", instrument_name=name)
        tau = (it["expiration_timestamp"] - ticker["timestamp"]) / YEAR_MS
        for side in ("bid", "ask"):
            iv, price = ticker[f"{side}_iv"], ticker[f"best_{side}_price"]
            if not 0.0 < iv < 400.0:
                continue
            args = (ticker["underlying_price"], it["strike"], tau)
            low = black(*args, (iv - 0.0051) / 100.0, it["option_type"] == "call")["coin"]
            high = black(*args, (iv + 0.0051) / 100.0, it["option_type"] == "call")["coin"]
            assert low - 1e-9 <= price <= high + 1e-9, name
            checked += 1
    assert checked > 10


def test_summaries_keep_eight_decimals_and_null_empty_sides(venue: Simulator) -> None:
    rows = venue.get("public/get_book_summary_by_currency", currency="BTC", kind="option")
    assert any(row["bid_price"] is None for row in rows)
    assert all(row["bid_price"] != 0.0 for row in rows)
    assert any(round(row["mark_price"], 4) != row["mark_price"] for row in rows)


def test_the_band_of_a_perpetual_is_exact(venue: Simulator) -> None:
    for name, tick, band in (("BTC-PERPETUAL", 0.5, 0.015), ("BTC_USDC-PERPETUAL", 0.1, 0.03)):
        ticker = venue.get("public/ticker", instrument_name=name)
        mark = ticker["mark_price"]
        assert ticker["min_price"] == pytest.approx(math.floor(mark * (1 - band) / tick) * tick)
        assert ticker["max_price"] == pytest.approx(math.ceil(mark * (1 + band) / tick) * tick)


def test_put_call_parity_holds_in_coin(
    venue: Simulator, options: dict[str, dict[str, Any]]
) -> None:
    summaries = venue.get("public/get_book_summary_by_currency", currency="BTC", kind="option")
    marks = {row["instrument_name"]: row for row in summaries}
    pairs = [(n, n[:-1] + "P") for n in marks if n.endswith("C")]
    for call, put in pairs[::20]:
        row = marks[call]
        if row["underlying_price"] == marks[put]["underlying_price"]:
            parity = 1.0 - options[call]["strike"] / row["underlying_price"]
            assert row["mark_price"] - marks[put]["mark_price"] == pytest.approx(parity, abs=2e-6)
