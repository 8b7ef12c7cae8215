"""Spot exchanges money for money: two purses move, nothing is held, nothing is charged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.simulator.accounts.account import Account
from core.simulator.markets.tickers import ticker_rows
from core.simulator.rpc import RpcError
from tests.core.simulator.ledgers import check_ledgers, check_money
from tests.core.simulator.still import FUNDS, Desk
from tests.core.simulator.wire import ask

PAIRS = ("BTC_USDC", "ETH_USDC", "ETH_BTC")


@pytest.fixture
def desk() -> Desk:
    """A still exchange a second after its start."""
    desk = Desk(3)
    desk.run(1.0)
    return desk


def balances(account: Account) -> dict[str, Decimal]:
    """What every purse holds."""
    return {currency: purse.balance for currency, purse in account.purses.items()}


def test_a_pair_is_listed_without_settlement(desk: Desk) -> None:
    rows = {row["instrument_name"]: row for row in ask(desk, "public/get_instruments", kind="spot")}
    assert tuple(rows) == PAIRS
    row = rows["ETH_BTC"]
    assert not [key for key in row if key.startswith(("settlement", "max_l", "future"))]
    assert (row["base_currency"], row["quote_currency"]) == ("ETH", "BTC")
    assert (row["instrument_type"], row["expiration_timestamp"]) == ("linear", 32_503_708_800_000)
    assert not desk.market("BTC_USDC").instrument.is_perpetual


@pytest.mark.parametrize(
    ("currency", "pairs"),
    [("BTC", {"BTC_USDC", "ETH_BTC"}), ("USDC", {"BTC_USDC", "ETH_USDC"}), ("any", set(PAIRS))],
)
def test_a_pair_is_found_under_both_currencies(desk: Desk, currency: str, pairs: set[str]) -> None:
    rows = ask(desk, "public/get_instruments", currency=currency, kind="spot")
    assert {row["instrument_name"] for row in rows} == pairs


def test_a_ticker_says_nothing_of_positions(desk: Desk) -> None:
    for pair in PAIRS:
        row = ticker_rows([desk.market(pair)])[0]
        assert not {"open_interest", "settlement_price", "funding_8h"} & set(row)
        assert row["min_price"] < row["best_bid_price"] < row["best_ask_price"] < row["max_price"]
        assert row["mark_price"] == row["index_price"]
        assert row["stats"]["volume_usd"] > 1_000.0


def test_makers_quote_a_cross_where_its_two_pairs_meet(desk: Desk) -> None:
    bids = [ticker_rows([desk.market(pair)])[0]["best_bid_price"] for pair in PAIRS]
    assert bids[2] == pytest.approx(bids[1] / bids[0], rel=2e-3)


def test_buying_moves_both_purses_and_nothing_else(desk: Desk) -> None:
    before = balances(desk.ann)
    answer = ask(desk, "private/buy", instrument_name="ETH_BTC", amount=2.5, type="market")
    paid = sum((Decimal(repr(t["price"])) * Decimal(repr(t["amount"])) for t in answer["trades"]),
               Decimal(0))  # fmt: skip
    after = balances(desk.ann)
    assert after["ETH"] - before["ETH"] == Decimal("2.5")
    assert before["BTC"] - after["BTC"] == paid
    assert after["USDC"] == before["USDC"]
    assert not desk.ann.positions
    assert answer["order"]["order_id"].startswith("ETH_BTC-")
    assert all(t["trade_id"].startswith("ETH_BTC-") for t in answer["trades"])
    assert not any(t["fee"] for t in answer["trades"])
    check_money(desk.exchange)
    check_ledgers(desk.exchange, dict.fromkeys(("ann", "ben"), FUNDS))


def test_two_clients_swap_what_they_have(desk: Desk) -> None:
    market = desk.market("BTC_USDC")
    bid = market.book.best(0)
    assert bid is not None
    desk.send(desk.ben, market, "sell", 100, "limit", bid + 1)
    desk.send(desk.ann, market, "buy", 100, "limit", bid + 1)
    assert desk.ann.purses["BTC"].balance == Decimal("10.01")
    assert desk.ben.purses["BTC"].balance == Decimal("9.99")
    cost = Decimal("0.01") * (bid + 1)
    assert desk.ben.purses["USDC"].balance == FUNDS["USDC"] + cost
    assert desk.ann.purses["USDC"].balance == FUNDS["USDC"] - cost
    check_money(desk.exchange)


def test_open_orders_reserve_what_they_may_pay(desk: Desk) -> None:
    ask(desk, "private/buy", instrument_name="BTC_USDC", amount=0.5, price=84_500, type="limit")
    ask(desk, "private/sell", instrument_name="ETH_BTC", amount=3, price=0.035, type="limit")
    rows = {c: ask(desk, "private/get_account_summary", currency=c) for c in FUNDS}
    assert rows["USDC"]["spot_reserve"] == 42_250.0
    assert rows["USDC"]["available_funds"] == 1_000_000 - 42_250
    assert rows["USDC"]["available_spot_reserve"] == pytest.approx(957_750)
    assert rows["ETH"]["spot_reserve"] == 3.0
    assert rows["BTC"]["spot_reserve"] == 0.0
    ask(desk, "private/cancel_all")
    assert ask(desk, "private/get_account_summary", currency="USDC")["spot_reserve"] == 0.0


@pytest.mark.parametrize(
    ("method", "pair", "amount"),
    [("buy", "BTC_USDC", 13), ("sell", "BTC_USDC", 10.0001), ("sell", "ETH_BTC", 100.001),
     ("buy", "ETH_BTC", 320)],
)  # fmt: skip
def test_an_order_the_purse_cannot_pay_is_refused(
    desk: Desk, method: str, pair: str, amount: float
) -> None:
    with pytest.raises(RpcError, match="not_enough_funds"):
        ask(desk, f"private/{method}", instrument_name=pair, amount=amount, type="market")
    assert balances(desk.ann) == FUNDS


def test_reserved_money_cannot_be_spent_twice(desk: Desk) -> None:
    ask(desk, "private/sell", instrument_name="BTC_USDC", amount=9, price=88_000, type="limit")
    with pytest.raises(RpcError, match="not_enough_funds"):
        ask(desk, "private/sell", instrument_name="BTC_USDC", amount=2, price=88_000, type="limit")
    with pytest.raises(RpcError, match="not_enough_funds"):
        ask(desk, "private/buy", instrument_name="BTC-PERPETUAL", amount=6_000_000, type="market")
    ask(desk, "private/sell", instrument_name="BTC_USDC", amount=1, price=88_000, type="limit")


def test_margin_bound_elsewhere_cannot_be_sold(desk: Desk) -> None:
    ask(desk, "private/buy", instrument_name="BTC-PERPETUAL", amount=10_000_000, type="market")
    with pytest.raises(RpcError, match="not_enough_funds"):
        ask(desk, "private/sell", instrument_name="BTC_USDC", amount=9.5, type="market")


def test_what_needs_a_position_is_refused(desk: Desk) -> None:
    with pytest.raises(RpcError, match="invalid_or_unsupported"):
        ask(desk, "private/get_position", instrument_name="BTC_USDC")
    with pytest.raises(RpcError, match="invalid_reduce_only_order"):
        ask(desk, "private/sell", instrument_name="BTC_USDC", amount=1, type="market",
            reduce_only=True)  # fmt: skip
    with pytest.raises(RpcError, match="invalid_or_unsupported"):
        ask(desk, "public/get_funding_rate_value", instrument_name="BTC_USDC",
            start_timestamp=0, end_timestamp=1)  # fmt: skip


def test_orders_and_trades_are_filtered_by_kind_currency_and_pair(desk: Desk) -> None:
    for pair, price in (("BTC_USDC", 84_500), ("ETH_BTC", 0.0335)):
        ask(desk, "private/buy", instrument_name=pair, amount=0.01, price=price, type="limit")
    ask(desk, "private/buy", instrument_name="BTC-PERPETUAL", amount=10, price=86_000, type="limit")
    ask(desk, "private/buy", instrument_name="ETH_BTC", amount=0.01, type="market")
    opened = ask(desk, "private/get_open_orders_by_currency", currency="BTC", kind="spot")
    assert {row["instrument_name"] for row in opened} == {"BTC_USDC", "ETH_BTC"}
    for currency in ("BTC", "ETH"):
        done = ask(desk, "private/get_user_trades_by_currency", currency=currency, kind="spot")
        assert {row["instrument_name"] for row in done["trades"]} == {"ETH_BTC"}
    assert ask(desk, "private/cancel_all_by_currency_pair", currency_pair="eth_btc") == 1
    assert ask(desk, "private/cancel_all_by_kind_or_type", currency="USDC", kind="spot") == 1
    assert len(desk.ann.orders) == 1


class Ear:
    """Keeps the frames it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frame: bytes) -> None:
        """Take a frame."""
        self.frames.append(frame)


def test_channels_of_both_currencies_hear_of_a_trade(desk: Desk) -> None:
    ears = {name: Ear() for name in ("ETH", "BTC", "USDC", "any")}
    for currency, ear in ears.items():
        desk.exchange.account_feed.subscribe("ann", ear, f"user.trades.spot.{currency}.raw")
    public = Ear()
    assert desk.exchange.hub.subscribe(public, "trades.spot.BTC.raw")
    ask(desk, "private/buy", instrument_name="ETH_BTC", amount=0.01, type="market")
    assert [len(ear.frames) for ear in ears.values()] == [1, 1, 0, 1]
    desk.run(0.2)
    assert public.frames


def test_a_pair_has_candles_and_its_index_a_past(desk: Desk) -> None:
    now_ms = desk.clock.now_ms()
    bars = ask(
        desk, "public/get_tradingview_chart_data", instrument_name="ETH_BTC", resolution="1",
        start_timestamp=now_ms - 3_600_000, end_timestamp=now_ms,
    )  # fmt: skip
    mark = desk.market("ETH_BTC").mark
    assert bars["close"][-1] == pytest.approx(mark, rel=2e-3)
    past = desk.exchange.floor.past.between("eth_btc", now_ms - 3_600_000, now_ms, 60_000)
    assert past[-1][4] == pytest.approx(mark, rel=2e-3)
    assert past[0][4] == pytest.approx(bars["close"][0], rel=5e-3)


def test_strangers_trade_and_no_interest_stays_open(desk: Desk) -> None:
    desk.run(120.0, 1.0)
    market = desk.market("BTC_USDC")
    assert market.tape.seq > 0
    assert market.interest.units == 0
    check_money(desk.exchange)
