"""How numbers and times are written."""

from __future__ import annotations

from math import inf, nan

import pytest

from core.clock import NS_PER_S
from tests.tui.fake_market import NOW_NS
from tui.views import figures


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (67_399.4, 1, "67,399.4"),
        (0.0005, 4, "0.0005"),
        (-0.00001, 2, "0.00"),
        (nan, 4, "–"),
        (inf, 1, "–"),
        (1e-7, 4, "0.0000"),
        (1e12, 0, "1,000,000,000,000"),
    ],
)
def test_numbers_have_fixed_decimals_and_no_exponent(
    value: float, decimals: int, text: str
) -> None:
    assert figures.fixed(value, decimals) == text


def test_signs_are_written_and_zero_has_none() -> None:
    assert figures.signed(1.5, 2) == "+1.50"
    assert figures.signed(-1234.5, 1) == "-1,234.5"
    assert figures.signed(0.0, 4) == "0.0000"
    assert figures.signed(-0.004, 2) == "0.00"
    assert figures.signed(nan, 2) == "–"


def test_the_tone_follows_the_sign_that_is_written() -> None:
    texts = [figures.signed(value, 2) for value in (1.0, -1.0, -0.001, nan)]
    assert [figures.sign_tone(one) for one in texts] == ["up", "down", "dim", "dim"]


def test_a_ratio_below_one_loses_its_zero() -> None:
    assert [figures.ratio(value) for value in (0.45, -0.1, 1.0, -1.25, 0.0, nan)] == [
        "+.45",
        "-.10",
        "+1.00",
        "-1.25",
        ".00",
        "–",
    ]


@pytest.mark.parametrize(
    "value", [0.0004, 0.001, 0.05, 0.25, 1.0, 9.96, 12.5, 99.99, 123.4, 999.94, 999.96]
)
def test_amounts_take_five_cells_at_most(value: float) -> None:
    assert len(figures.amount(value)) <= 5
    assert float(figures.amount(value).replace(",", "")) == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1250.0, "1,250"),
        (9999.6, "10.0k"),
        (12_540.0, "12.5k"),
        (99_960.0, "100k"),
        (412_000.0, "412k"),
        (3_100_000.0, "3.1M"),
        (999_800.0, "1.0M"),
        (1.2e9, "1.2B"),
        (nan, "–"),
    ],
)
def test_large_amounts_carry_a_letter(value: float, text: str) -> None:
    assert figures.amount(value) == text


def test_holdings_are_short_and_signed() -> None:
    texts = [figures.held(value) for value in (12.0, -0.5, 1250.0, -27_800.0, 0.0, nan)]
    assert texts == ["+12", "-0.5", "+1.2k", "-27.8k", "0", "–"]


def test_sizes_keep_the_decimals_of_their_contract() -> None:
    assert [figures.sized(value, 0) for value in (4.0, 131.0, 1721.0)] == ["4", "131", "1,721"]
    assert [figures.sized(value, 1) for value in (4.0, 44.0, 131.5)] == ["4.0", "44.0", "131.5"]
    assert [figures.sized(value, 4) for value in (2.4, 12.4, 999.96)] == ["2.400", "12.40", "1,000"]
    assert figures.sized(nan, 1) == "–"


def test_counts_lose_their_decimals_from_a_hundred_on() -> None:
    texts = [figures.count(value) for value in (9.64, 99.96, 241.3, 1351.8, 12_500.0, nan)]
    assert texts == ["9.6", "100", "241", "1,352", "12.5k", "–"]


def test_volatilities_above_a_hundred_lose_their_decimal() -> None:
    assert [figures.vol_points(iv) for iv in (0.556, 0.9996, 1.2)] == ["55.6", "100", "120"]


def test_ages_are_words() -> None:
    ages = (2.0, 999.0, 4_200.0, 180_000.0, 7_200_000.0, nan, -3.0)
    assert [figures.age(one) for one in ages] == [
        "2 ms",
        "999 ms",
        "4.2 s",
        "3 min",
        "2 h",
        "never",
        "0 ms",
    ]


def test_how_long_something_lasted() -> None:
    seconds = (41, 727, 11_100, 352_800)
    assert [figures.lasting(one * NS_PER_S) for one in seconds] == ["0:41", "12:07", "3h05", "4d02"]
    assert figures.lasting(-5) == "0:00"


def test_spans_and_days_to_expiry() -> None:
    assert [figures.span_words(one) for one in (45.0, 2460.0, 18_720.0, 267_840.0, nan)] == [
        "45 s",
        "41 min",
        "5.2 h",
        "3.1 d",
        "–",
    ]
    left = [figures.days_left(0, one * NS_PER_S) for one in (3_024_000, 18_000, 720, -1)]
    assert left == ["35d", "5h", "12m", "0m"]


def test_times_are_utc() -> None:
    assert figures.clock_time(NOW_NS) == "14:32:07"
    assert figures.clock_millis(NOW_NS + 901_000_000) == "14:32:07.901"


def test_strikes_keep_their_own_decimals() -> None:
    assert [figures.strike_text(one) for one in (70_000.0, 2.5, 0.625)] == [
        "70,000",
        "2.5",
        "0.625",
    ]
    assert [figures.short_strike(one) for one in (67_500.0, 80_000.0, 3_450.0, 2.5)] == [
        "67.5k",
        "80k",
        "3,450",
        "2.5",
    ]


def test_text_from_outside_is_one_cell_a_character() -> None:
    assert figures.plain("a\nb\x1b[31m") == "a b [31m"
    assert figures.plain("日本 Δ ok") == "?? Δ ok"


def test_what_is_cut_says_so() -> None:
    assert figures.cut("insufficient margin", 12) == "insufficien…"
    assert figures.cut("short", 12) == "short"
    assert figures.cut("short", 0) == ""
