"""The two lines at the top: what this is, how it runs, what it is worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import isnan, nan

import pytest

from core.market.platform import Access, PlatformState
from core.settings import Settings, VenueSettings
from core.trading.view import Gate, TradingView
from tests.tui.fake_desk import FakeDesk
from tui.selection import Selection
from tui.views.account import AccountView, account_view, currency_of
from tui.views.header import Rates, header_view
from tui.views.positions import open_profit
from tui.views.spans import Item

RATES = Rates(18_412.0, 0.23)


def words(items: tuple[Item, ...]) -> str:
    return "  ".join("".join(span.text for span in one.spans) for one in items)


def first(fake: FakeDesk, width: int = 200) -> str:
    view = header_view(fake.desk, RATES, width)
    return words((*view.left, *view.right))


def second(fake: FakeDesk, width: int = 200, chain: str = "BTC") -> AccountView:
    profit = open_profit(fake.desk, currency_of(chain))
    return account_view(fake.desk, Selection(chain=chain), profit, width)


@pytest.mark.parametrize(
    ("mode", "label"),
    [
        ("sim", " SIM "),
        ("tape", " TAPE "),
        ("paper", " PAPER · NO MONEY "),
        ("test", " TESTNET "),
        ("live", " LIVE · REAL MONEY "),
    ],
)
def test_the_mode_is_a_filled_label(mode: str, label: str) -> None:
    fake = FakeDesk.trading()
    fake.desk.settings = Settings(venue=VenueSettings(mode=mode))
    view = header_view(fake.desk, RATES, 200)
    (span,) = [span for span in view.left[0].spans if span.ground]
    assert span.text == label
    assert view.is_live is (mode == "live")


def test_prices_carry_the_sign_of_their_day() -> None:
    shown = first(FakeDesk.trading())
    assert "BTC 67,399.4 ▲0.82%" in shown
    assert "ETH 3,481.25 ▼0.31%" in shown


def test_rates_and_delays_are_named() -> None:
    shown = first(FakeDesk.trading())
    for fact in ("msgs 18,412/s", "wire 4 ms", "loop  0.4 ms", "gaps 1", "cpu 23%", "14:32:07"):
        assert fact in shown


def test_a_delay_that_is_not_known_is_not_a_number() -> None:
    fake = FakeDesk.trading()
    fake.links = (*(replace(link, latency_ms=nan) for link in fake.links[:-1]), fake.links[-1])
    assert "wire –" in first(fake)


def test_a_venue_that_is_not_open_is_said() -> None:
    fake = FakeDesk.trading()
    assert "VENUE" not in first(fake)
    fake.desk.board.put_platform(PlatformState(Access.MAINTENANCE))
    assert " VENUE IN MAINTENANCE " in first(fake, 80)
    fake.desk.board.put_platform(PlatformState(Access.PARTLY_LOCKED, ("btc_usd", "eth_usd")))
    assert " VENUE LOCKED: BTC_USD AND 1 MORE " in first(fake)


def test_automation_says_on_and_off_in_words() -> None:
    assert "hedger  ● ON " in first(FakeDesk.trading())
    assert "pair  ○ OFF " in first(FakeDesk.trading())
    assert " H:ON " in first(FakeDesk.trading(), 80)
    assert " P:off " in first(FakeDesk.trading(), 80)


def test_a_silent_link_is_named_with_its_age() -> None:
    fake = FakeDesk.trading()
    fake.links = (replace(fake.links[0], age_ms=4200.0), *fake.links[1:])
    assert "4.2 s   STALE " in first(fake)
    fake.links = (replace(fake.links[0], is_up=False, status="down: refused"), *fake.links[1:])
    assert "DOWN" in first(fake)


def test_the_trading_link_may_be_quiet_for_longer() -> None:
    fake = FakeDesk.trading()
    fake.links = (*fake.links[:-1], replace(fake.links[-1], age_ms=9_000.0))
    assert "STALE" not in first(fake)


def test_the_trading_link_shows_its_round_trip_and_its_age_only_when_late() -> None:
    fake = FakeDesk.trading()

    def trading(width: int = 200, age_ms: float = 2_800.0, latency_ms: float = 41.0) -> str:
        link = replace(fake.links[-1], age_ms=age_ms, latency_ms=latency_ms)
        fake.links = (*fake.links[:-1], link)
        return first(fake, width)

    assert "trading ● 41 ms   " in trading()
    assert "2.8 s" not in trading()
    assert "trading ● –       " in trading(latency_ms=nan)
    assert "● 41 ms   " in trading(120)
    assert "trading ● 20.0 s  STALE " in trading(age_ms=20_000.0)
    widths = {len(trading(latency_ms=one)) for one in (0.4, 9.0, 41.0, 410.0, 1_234.0, nan)}
    assert len(widths) == 1


def test_equity_and_profit_are_those_of_the_chains_currency() -> None:
    view = second(FakeDesk.trading())
    shown = words(view.money)
    assert "equity 12.4821 BTC" in shown
    assert "841,286 USD" in shown
    assert "day +0.0412" in shown
    assert [margin.text.strip() for margin in view.margins] == ["31%", "22%"]
    assert "free 8.61" in words(view.risk)
    assert "next SELL 88,300 PERP" in words(view.risk)


def test_a_chain_without_an_account_says_so() -> None:
    assert "no USDC account figures yet" in words(
        second(FakeDesk.trading(), chain="BTC_USDC").money
    )
    assert "waiting for the venue" in words(second(FakeDesk.waiting(), chain="").money)


def test_a_closed_gate_stands_first_with_its_reason() -> None:
    fake = FakeDesk.trading()
    fake.view = replace(fake.view, gate=Gate(False, "book of BTC-PERPETUAL is stale"))
    assert "CLOSED: book of BTC-PERPETUAL is stale" in words(second(fake).warnings)
    assert len(words(second(fake, 80).warnings)) <= 36
    assert second(FakeDesk.trading()).warnings == ()


def test_used_margin_changes_its_colour() -> None:
    fake = FakeDesk.trading()
    account = fake.view.accounts[0]
    for used, tone in (("5", "info"), ("8", "warn"), ("11", "down")):
        changed = replace(account, initial_margin=Decimal(used))
        fake.view = replace(fake.view, accounts=(changed,))
        assert second(fake).margins[0].tone == tone


def test_the_open_profit_of_a_position_without_a_price_is_unknown() -> None:
    fake = FakeDesk.trading()
    assert open_profit(fake.desk, "BTC") == pytest.approx(0.0868, abs=5e-4)
    position = replace(fake.view.positions[0], instrument="BTC-1JAN30-1-C")
    fake.view = TradingView(positions=(position,))
    assert isnan(open_profit(fake.desk, "BTC"))
    assert "upnl –" in words(
        account_view(FakeDesk.trading().desk, Selection(chain="BTC"), nan, 200).money
    )
