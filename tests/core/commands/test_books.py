"""What the command line says of positions, profit and funds, and how a difference is accepted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.commands.answers import answer
from core.commands.context import Context
from core.commands.language import parse
from core.domain.position import AccountFigures, Position, Result
from core.trading.commands import AcceptPosition
from core.trading.ledger.explanation import Explained
from tests.core.commands.market import NOW_NS, PERPETUAL, TRADING, context

LOTS = (
    ("hedger", Position(PERPETUAL, Decimal(-30_000), Decimal(67_408), Decimal("0.02"))),
    ("manual", Position(PERPETUAL, Decimal(2_200), Decimal(67_408), Decimal(0), Decimal("0.001"))),
)
ALARM = "BTC-1JAN27-1-C: the ledger holds 3, the venue says 5"


def told(**changes: object) -> Context:
    trading = replace(TRADING, **changes)  # type: ignore[arg-type]  # fields by name
    return replace(context(), trading=trading)


def test_positions_say_what_they_made_and_whose_they_are() -> None:
    market = told(sleeves=LOTS, checks=("a check",))
    market.board.put_index("btc_usd", 67_400.0, NOW_NS)
    lines = answer("positions", market)
    (whole,) = [line for line in lines if line.startswith(PERPETUAL)]
    for word in ("upnl", "($", "at exit", "realised", "funding", "fees"):
        assert word in whole
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ["hedger", "manual"]
    assert "realised +0.020000" in next(line for line in lines if "hedger" in line)
    assert lines[-1] == "a check"


def test_a_position_without_a_listing_has_no_invented_profit() -> None:
    gone = Position("BTC-1JAN30-1-C", Decimal(1), Decimal("0.1"))
    assert (
        answer("positions", told(positions=(gone,)))[1] == "BTC-1JAN30-1-C +1 at 0.1 · not listed"
    )


def test_profit_is_listed_by_sleeve_and_altogether() -> None:
    results = (
        Result("hedger", "BTC", Decimal("0.02"), Decimal("0.001"), Decimal("-0.003")),
        Result("pair", "USDC", Decimal(50), Decimal(2)),
    )
    totals = (Result("", "BTC", Decimal("0.02"), Decimal("0.001"), Decimal("-0.003")),)
    lines = answer("pnl", told(results=results, totals=totals, sleeves=LOTS))
    assert [" ".join(line.split()[:2]) for line in lines] == ["hedger BTC", "pair USDC", "all BTC"]
    assert "realised +0.020000 · funding -0.003000 · fees -0.001000" in lines[0]
    assert lines[1] == (
        "pair USDC +48.00 USDC · open +0.00 · realised +50.00 · funding +0.00 · fees -2.00"
    )


def test_profit_with_a_missing_mark_is_missing() -> None:
    gone = (("pair", Position("BTC-1JAN30-1-C", Decimal(1), Decimal("0.1"))),)
    results = (Result("pair", "BTC", Decimal("0.02")),)
    (line,) = answer("pnl", told(results=results, sleeves=gone))
    assert line.startswith("pair BTC none BTC · open none · realised +0.020000")


def test_funds_say_what_of_the_change_is_unexplained() -> None:
    one = Decimal(1)
    figures = AccountFigures("BTC", one, one, one, one, one, one, one, one, one)
    explained = (Explained("BTC", Decimal("0.25"), Decimal("0.0000000149")),)
    lines = answer("funds", told(accounts=(figures,), explained=explained))
    assert lines[1] == "BTC since this start +0.25, unexplained +0.00000001"


def test_nothing_known_is_said_in_words() -> None:
    assert answer("funds", told()) == ("no account figures yet",)
    assert answer("pnl", told()) == ("nothing was traded yet",)


def test_a_difference_is_accepted_by_the_name_in_the_alarm_listed_or_not() -> None:
    reading = parse("accept btc-1jan27-1-c", told(alarms=(ALARM,)))
    assert reading.does == AcceptPosition("BTC-1JAN27-1-C")
    assert reading.words == f"ACCEPT the venue's numbers: {ALARM}"


def test_without_a_name_the_chosen_instrument_is_meant() -> None:
    reading = parse("accept", told())
    assert reading.does == AcceptPosition(PERPETUAL)
    assert reading.words.endswith("no difference that the desk knows of")
