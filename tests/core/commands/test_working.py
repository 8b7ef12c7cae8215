"""Amounts worked patiently and stops, as typed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.commands.answers import answer
from core.commands.language import parse
from core.domain.order import Side
from core.domain.parent import ParentOrder, ParentState
from core.domain.stop import LotStop, StopKind, StopRule
from core.errors import CommandError
from core.trading.commands import ArmStop, CancelOrder, WorkAmount
from tests.core.commands.market import CALL, NOW_NS, PERPETUAL, TRADING, context

STOP = LotStop(
    "s", "s1", "manual", PERPETUAL, -1, StopRule(StopKind.PERCENT, Decimal(2)), NOW_NS, NOW_NS,
    trigger=Decimal(68_756), blind="no mark",
)  # fmt: skip
PARENT = ParentOrder(
    "w", "w1", PERPETUAL, Side.BUY, Decimal(100), Decimal(30), Decimal(0), Decimal(0), 60.0, 12,
    ParentState.WORKING, "slice 4 of 12", NOW_NS, NOW_NS,
)  # fmt: skip


def rule(kind: StopKind, value: str, name: str = PERPETUAL) -> ArmStop:
    return ArmStop(name, StopRule(kind, Decimal(value)))


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("work a100", WorkAmount(PERPETUAL, Side.BUY, Decimal(100))),
        ("w d 50", WorkAmount(PERPETUAL, Side.SELL, Decimal(50))),
        ("twap a100 60s", WorkAmount(PERPETUAL, Side.BUY, Decimal(100), 60.0)),
        ("twap d100 2h 24", WorkAmount(PERPETUAL, Side.SELL, Decimal(100), 7_200.0, 24)),
        ("stop 68000", rule(StopKind.PRICE, "68000")),
        ("stop 2%", rule(StopKind.PERCENT, "2")),
        ("stop 3 atr", rule(StopKind.ATR, "3")),
        ("stop 30m", rule(StopKind.TIME, "1800")),
        ("stop 45 s", rule(StopKind.TIME, "45")),
        ("trail 1.5%", rule(StopKind.TRAIL_PERCENT, "1.5")),
        ("trail 500", rule(StopKind.TRAIL, "500")),
        ("trail 2.5atr", rule(StopKind.TRAIL_ATR, "2.5")),
        ("stop .05 25dec 70000c", rule(StopKind.PRICE, "0.05", CALL)),
        ("stop 10% btc-perpetual", rule(StopKind.PERCENT, "10")),
    ],
)
def test_a_text_asks_for_this(text: str, does: object) -> None:
    assert parse(text, context()).does == does


def test_the_words_say_what_will_be_done() -> None:
    assert parse("twap a100 60s 12", context()).words == (
        "TWAP BUY 100 BTC-PERPETUAL over 1m in 12 slices"
    )
    assert parse("stop 68000", context()).words == (
        "STOP at mark 68,000.0: buy 27,800 BTC-PERPETUAL reduce-only"
    )
    assert parse("trail 1.5%", context()).words == (
        "TRAIL 1.5% behind the best mark: buy 27,800 BTC-PERPETUAL reduce-only"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("twap a100 1s", "lasts from 2s to 1d, not 1s"),
        ("twap a100 60s 1", "2 to 1000 slices, not 1"),
        ("work a15", "15 is no multiple of 10"),
        ("stop 0", "is not above 0"),
        ("stop 95%", "above the largest, 90 %"),
        ("trail 30m", "a trailing stop goes by price"),
        ("stop 2% eth perp", "nothing is held of ETH-PERPETUAL by hand"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        parse(text, context())


def test_what_stands_is_named_listed_and_cancelled() -> None:
    standing = replace(context(), trading=replace(TRADING, parents=(PARENT,), stops=(STOP,)))
    assert parse("cancel w1", standing).does == CancelOrder("w1")
    assert parse("cancel s1", standing).words == "CANCEL s1 stop 2% of BTC-PERPETUAL at 68,756.0"
    assert parse("cstops", standing).words.endswith(", 1 stop of the desk")
    assert answer("work", standing) == (
        "w1 twap 12 x BUY 100 BTC-PERPETUAL: 30 filled, working: slice 4 of 12",
    )
    lines = answer("stops", standing)
    assert lines[0] == "s1  stop 2% of BTC-PERPETUAL at 68,756.0  BLIND: no mark"
    assert lines[1].startswith("at the venue  SELL 80 BTC-PERPETUAL")
    with pytest.raises(CommandError, match="w1 is no working order"):
        parse("cancel w1", context())
