"""Combos trade in one book at one price, and are booked leg by leg."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.simulator.accounts.funds import funds
from core.simulator.markets.book import ASK, BID
from core.simulator.markets.market import Market
from core.simulator.rpc import RpcError
from core.simulator.world.makers.combos import leg_ticks
from tests.core.simulator.ledgers import check_interest, check_ledgers, check_money
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import FUNDS, Desk
from tests.core.simulator.wire import ask
from tests.shared_data import shared


@pytest.fixture
def desk() -> Desk:
    """A still exchange a second after its start."""
    desk = Desk(3)
    desk.run(1.0)
    return desk


def combos(desk: Desk, code: str = "") -> list[Market]:
    """The listed combos of one structure in bitcoin."""
    return [m for m in desk.exchange.floor.markets
            if m.instrument.legs and m.name.startswith(f"BTC-{code}")]  # fmt: skip


def chain(desk: Desk) -> list[Market]:
    """The bitcoin options of the first expiry, by strike, calls before puts."""
    options = desk.exchange.floor.options_of("BTC")
    first = min(m.instrument.expiry_ms for m in options)
    near = [m for m in options if m.instrument.expiry_ms == first]
    return sorted(near, key=lambda m: (m.instrument.strike, not m.instrument.is_call))


def create(desk: Desk, *legs: tuple[str, str], amount: float = 1.0) -> Any:
    """private/create_combo of (instrument, direction)."""
    trades = [{"instrument_name": n, "direction": d, "amount": amount} for n, d in legs]
    return ask(desk, "private/create_combo", trades=trades)


def recorded(name: str) -> Any:
    """The result of a recorded answer."""
    return json.loads(shared(f"fixtures/deribit/nautilus/{name}").read_text())["result"]


def test_rows_have_the_fields_of_the_recorded_ones(desk: Desk) -> None:
    listed = ask(desk, "public/get_instruments", currency="BTC", kind="option_combo")
    for row in recorded("http_get_instruments_option_combo.json"):
        assert set(row) == set(listed[0])
        same = (
            "maker_commission", "tick_size", "contract_size", "quote_currency", "kind",
            "min_trade_amount", "instrument_type", "tick_size_steps", "counter_currency",
        )  # fmt: skip
        assert {key: row[key] for key in same} == {key: listed[0][key] for key in same}
    known = ask(desk, "public/get_combos", currency="BTC")
    for row in recorded("http_get_combos.json"):
        assert set(row) == set(known[0])
    name = known[0]["id"]
    assert ask(desk, "public/get_combo_details", combo_id=name) == known[0]
    assert name in ask(desk, "public/get_combo_ids", currency="BTC")


def test_a_trade_has_the_fields_of_the_recorded_one(desk: Desk) -> None:
    market = combos(desk, "CS")[0]
    ask(desk, "private/sell", instrument_name=market.name, amount=0.1, type="market")
    (ours,) = ask(desk, "public/get_last_trades_by_instrument", instrument_name=market.name)[
        "trades"
    ]
    (theirs,) = recorded("http_get_last_trades_option_combo.json")["trades"]
    assert set(theirs) == set(ours)
    assert {frozenset(leg) for leg in theirs["legs"]} == {frozenset(leg) for leg in ours["legs"]}


@pytest.mark.parametrize(
    ("code", "picked", "directions"),
    [
        ("CS", (0, 4), ("buy", "sell")), ("PS", (1, 5), ("sell", "buy")),
        ("STRD", (0, 1), ("buy", "buy")), ("STRG", (1, 4), ("buy", "buy")),
        ("REV", (0, 1), ("buy", "sell")), ("BOX", (0, 1, 4, 5), ("buy", "sell", "sell", "buy")),
    ],
)  # fmt: skip
def test_a_structure_is_named_as_on_the_venue(
    desk: Desk, code: str, picked: tuple[int, ...], directions: tuple[str, ...]
) -> None:
    options = chain(desk)
    legs = [(options[n].name, d) for n, d in zip(picked, directions, strict=True)]
    row = create(desk, *legs)
    strikes = list(dict.fromkeys(name.split("-")[2] for name, _ in legs))
    assert row["id"] == f"BTC-{code}-{legs[0][0].split('-')[1]}-{'_'.join(strikes)}"
    signs = {leg["instrument_name"]: leg["amount"] for leg in row["legs"]}
    assert signs == {name: 1 if d == "buy" else -1 for name, d in legs}
    other = {"buy": "sell", "sell": "buy"}
    assert create(desk, *((name, other[d]) for name, d in reversed(legs))) == row


def test_a_future_spread_names_the_far_leg_first(desk: Desk) -> None:
    names = [m.name for m in combos(desk, "FS")]
    dated = [m.name for m in desk.exchange.floor.markets
             if m.instrument.kind == "future" and m.name.startswith("BTC-")
             and not m.instrument.is_perpetual]  # fmt: skip
    assert names == [f"BTC-FS-{name.split('-')[1]}_PERP" for name in dated]
    row = create(desk, (dated[2], "sell"), (dated[0], "buy"), amount=10)
    far, near = dated[2].split("-")[1], dated[0].split("-")[1]
    assert row["id"] == f"BTC-FS-{far}_{near}"
    assert row["legs"][0] == {"amount": -1, "instrument_name": dated[0]}


def test_what_has_no_known_name_is_refused(desk: Desk) -> None:
    options = chain(desk)
    call, far, put = options[0].name, options[4].name, options[1].name
    for legs in (
        ((call, "buy"), (far, "buy")),
        ((call, "buy"), (call, "sell")),
        ((call, "buy"), ("BTC-PERPETUAL", "sell")),
        ((put, "buy"), (far, "sell")),
        ((call, "buy"), ("BTC_USDC", "sell")),
    ):
        with pytest.raises(RpcError, match="invalid_arguments"):
            create(desk, *legs)
    with pytest.raises(RpcError):
        create(desk, (call, "buy"))
    with pytest.raises(RpcError):
        create(desk, (call, "buy"), ("BTC-1JAN20", "sell"))


def test_makers_quote_inside_the_legs_quotes(desk: Desk) -> None:
    for _ in range(20):
        desk.run(0.5)
        for market in combos(desk):
            bid, ask_tick = market.book.best(BID), market.book.best(ASK)
            assert bid is not None
            assert ask_tick is not None
            assert bid < ask_tick
            width = market.instrument.price_of(ask_tick - bid)
            assert width < sum(leg.top()[2] - leg.top()[0] for leg, _ in market.legs) + 1e-9
            total = sum(sign * leg.mark for leg, sign in market.legs)
            assert market.mark == pytest.approx(total, abs=2e-3 * abs(total) + 2.0)


@pytest.mark.parametrize("code", ["FS", "CS", "PS", "STRD"])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_legs_are_booked_at_prices_that_make_up_the_combos(
    desk: Desk, code: str, side: str
) -> None:
    market = combos(desk, code)[-1]
    it = market.instrument
    amount = float(it.terms.min_amount * 7)
    answer = ask(desk, f"private/{side}", instrument_name=market.name, amount=amount, type="market")
    sign = 1 if side == "buy" else -1
    for row in answer["trades"]:
        signs = {leg.name: leg_sign for leg, leg_sign in market.legs}
        assert [leg["combo_trade_id"] for leg in row["legs"]] == [row["trade_id"]] * len(signs)
        total = sum(
            (signs[leg["instrument_name"]] * Decimal(repr(leg["price"])) for leg in row["legs"]),
            Decimal(0),
        )
        assert total == Decimal(repr(row["price"]))
        for leg in row["legs"]:
            wanted = signs[leg["instrument_name"]] * sign
            assert leg["direction"] == ("buy" if wanted > 0 else "sell")
            assert leg["price"] > 0
    done = Decimal(repr(answer["order"]["filled_amount"]))
    assert done > 0
    for leg, leg_sign in market.legs:
        assert desk.ann.size_in(leg) == sign * leg_sign * done
        assert leg.tape.trades[-1].combo_id == market.name
    assert market.name not in desk.ann.positions
    check_money(desk.exchange)
    check_interest(desk.exchange)
    check_ledgers(desk.exchange, dict.fromkeys(("ann", "ben"), FUNDS))


def test_the_cheaper_side_of_an_option_combo_is_free(desk: Desk) -> None:
    for code, charged in (("CS", 1), ("STRD", 2)):
        market = combos(desk, code)[0]
        row = ask(desk, "private/buy", instrument_name=market.name, amount=0.1, type="market")
        fees = [leg["fee"] for leg in row["trades"][0]["legs"]]
        assert sum(fee > 0 for fee in fees) == charged
        assert row["trades"][0]["fee"] == pytest.approx(sum(fees))


def test_two_clients_trade_a_combo_at_a_negative_price(desk: Desk) -> None:
    market = combos(desk, "FS")[0]
    desk.exchange.world.carry.state.basis[:] = -0.5
    desk.run(1.0)
    bid, best = market.book.best(BID), market.book.best(ASK)
    assert best is not None
    assert bid is not None
    assert best < 0
    order, fills = desk.send(desk.ben, market, "buy", 3, "limit", bid + 1)
    assert not fills
    desk.send(desk.ann, market, "sell", 3, "limit", bid + 1)
    assert order.state == "filled"
    for leg, sign in market.legs:
        assert desk.ben.size_in(leg) == -desk.ann.size_in(leg) == sign * 30
    assert order.average_price() == market.instrument.decimal_price(bid + 1)
    check_money(desk.exchange)


def test_orders_rest_move_and_end_as_in_any_book(desk: Desk) -> None:
    name = combos(desk, "FS")[3].name
    market = desk.market(name)
    bid = market.book.best(BID)
    assert bid is not None
    price = market.instrument.price_of(bid - 4)
    placed = ask(desk, "private/buy", instrument_name=name, amount=100, price=price,
                 type="limit", post_only=True)["order"]  # fmt: skip
    assert placed["order_state"] == "open"
    moved = ask(desk, "private/edit", order_id=placed["order_id"], amount=50, price=price - 0.5)
    assert (moved["order"]["amount"], moved["order"]["price"]) == (50.0, price - 0.5)
    assert ask(desk, "private/cancel", order_id=placed["order_id"])["order_state"] == "cancelled"
    killed = ask(desk, "private/buy", instrument_name=name, amount=100, price=price,
                 type="limit", time_in_force="fill_or_kill")["order"]  # fmt: skip
    assert (killed["order_state"], killed["filled_amount"]) == ("cancelled", 0.0)
    taken = ask(
        desk, "private/buy", instrument_name=name, amount=10, type="limit",
        price=market.instrument.price_of(bid + 60), time_in_force="immediate_or_cancel",
    )  # fmt: skip
    assert taken["order"]["order_state"] == "filled"


def test_an_order_binds_the_margin_of_its_legs(desk: Desk) -> None:
    market = combos(desk, "STRD")[0]
    bid = market.book.best(BID)
    assert bid is not None
    order, _ = desk.send(desk.ann, market, "sell", 10, "limit", bid + 30)
    bound = funds(desk.ann, "BTC").initial
    assert bound > Decimal("0.2")
    desk.exchange.engine.cancel(order)
    for leg, _ in market.legs:
        best = leg.book.best(ASK)
        assert best is not None
        desk.send(desk.ann, leg, "sell", 10, "limit", best + 50)
    assert funds(desk.ann, "BTC").initial == bound
    with pytest.raises(RpcError, match="not_enough_funds"):
        desk.send(desk.ann, market, "sell", 1_000, "limit", bid + 30)


@pytest.mark.parametrize(
    "extra",
    [
        {"type": "stop_market", "trigger": "mark_price", "trigger_price": 1.0},
        {"type": "trailing_stop", "trigger": "mark_price", "trigger_offset": 1.0},
        {"advanced": "usd"}, {"mmp": True},
        {"linked_order_type": "one_cancels_other", "otoco_config": []},
    ],
)  # fmt: skip
def test_orders_that_wait_or_follow_are_refused(desk: Desk, extra: dict[str, Any]) -> None:
    name = combos(desk, "CS")[0].name
    params = {"type": "limit", "price": 0.005, "amount": 0.1} | extra
    with pytest.raises(RpcError, match="unsupported_arg_combination"):
        ask(desk, "private/buy", instrument_name=name, **params)


class Ear:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def send(self, frame: bytes) -> None:
        """Take a frame."""
        data = json.loads(frame)["params"]["data"]
        self.rows += data if isinstance(data, list) else [data]


def test_channels_hear_of_the_combo_and_of_its_legs(desk: Desk) -> None:
    market = combos(desk, "CS")[0]
    names = (
        f"user.combo_trades.{market.name}.raw", "user.trades.option_combo.BTC.raw",
        "user.trades.option.BTC.raw", f"user.changes.{market.legs[0][0].name}.raw",
    )  # fmt: skip
    ears = [Ear() for _ in names]
    for ear, name in zip(ears, names, strict=True):
        assert desk.exchange.account_feed.exists(name)
        desk.exchange.account_feed.subscribe("ann", ear, name)
    public, states = Ear(), Ear()
    assert desk.exchange.hub.subscribe(public, f"trades.{market.legs[1][0].name}.100ms")
    assert desk.exchange.hub.subscribe(states, "instrument.state.option_combo.BTC")
    ask(desk, "private/buy", instrument_name=market.name, amount=0.1, type="market")
    options = chain(desk)
    create(desk, (options[0].name, "buy"), (options[1].name, "buy"))
    desk.run(0.3)
    assert [len(ear.rows) for ear in ears] == [1, 1, 2, 1]
    assert len(ears[0].rows[0]["legs"]) == 2
    assert ears[3].rows[0]["positions"][0]["size"] == 0.1
    assert public.rows[0]["combo_id"] == market.name
    assert [row["state"] for row in states.rows if "state" in row] == ["open"]
    recent = ask(desk, "private/get_user_trades_by_currency", currency="BTC", kind="option_combo")
    assert [row["instrument_name"] for row in recent["trades"]] == [market.name]


def test_a_combo_ends_with_the_first_of_its_legs(desk: Desk) -> None:
    options = chain(desk)
    name = create(desk, (options[10].name, "buy"), (options[11].name, "buy"))["id"]
    ask(desk, "private/buy", instrument_name=name, amount=0.1, price=0.0005, type="limit")
    spread = combos(desk, "FS")[0].name
    desk.clock.advance(86_400.0)
    desk.run(0.1)
    assert desk.exchange.floor.markets.find(name) is None
    assert not desk.ann.orders
    assert ask(desk, "public/get_combo_details", combo_id=name)["state"] == "inactive"
    row = ask(desk, "public/get_instrument", instrument_name=name)
    assert not row["is_active"]
    desk.clock.advance(7 * 86_400.0)
    desk.run(0.3)
    assert desk.exchange.floor.markets.find(spread) is None
    desk.run(40.0, 1.0)
    dated = {m.name for m in desk.exchange.floor.markets
             if m.instrument.kind == "future" and m.name.startswith("BTC-")}  # fmt: skip
    assert {m.name for m in combos(desk, "FS")} == {
        f"BTC-FS-{n.split('-')[1]}_PERP" for n in dated if n != "BTC-PERPETUAL"
    }
    check_money(desk.exchange)


def test_reduce_only_orders_in_a_leg_follow_what_a_combo_takes_away(desk: Desk) -> None:
    market = combos(desk, "CS")[0]
    leg = market.legs[0][0]
    desk.send(desk.ann, leg, "buy", 5)
    best = leg.book.best(ASK)
    assert best is not None
    order, _ = desk.send(desk.ann, leg, "sell", 5, "limit", best + 20, reduce_only=True)
    desk.send(desk.ann, market, "sell", 3)
    assert order.left == 2


@pytest.mark.parametrize(
    ("legs", "price"),
    [
        ([(1, 1, 811.4), (-1, 1, 173.3)], 639), ([(1, 1, 2.2), (1, 1, 1.1)], 2),
        ([(-1, 1, 170_000.0), (1, 5, 170_002.0)], -3), ([(1, 1, 3.0), (-1, 1, 2.0)], -9),
        ([(1, 1, 5.0), (-1, 1, 5.0), (-1, 1, 4.0), (1, 1, 1.0)], -2),
    ],
)  # fmt: skip
def test_leg_prices_are_positive_and_sum_to_the_price(
    legs: list[tuple[int, int, float]], price: int
) -> None:
    ticks = leg_ticks(legs, price)
    assert sum(sign * tick for (sign, _, _), tick in zip(legs, ticks, strict=True)) == price
    assert all(
        tick > 0 and tick % step == 0 for (_, step, _), tick in zip(legs, ticks, strict=True)
    )


def test_a_combo_outlives_a_restart_with_its_orders_and_trades(desk: Desk, tmp_path: Path) -> None:
    kept(desk, tmp_path / "state")
    options = chain(desk)
    name = create(desk, (options[10].name, "buy"), (options[11].name, "buy"))["id"]
    market = desk.market(name)
    bid = market.book.best(BID)
    assert bid is not None
    desk.send(desk.ann, market, "sell", 1)
    resting, _ = desk.send(desk.ann, market, "buy", 2, "limit", bid - 3)
    desk.exchange.flush_client()
    again = reborn(desk, tmp_path / "state")
    market = again.market(name)
    assert [leg.name for leg, _ in market.legs] == [options[10].name, options[11].name]
    assert resting.order_id in again.ann.orders
    assert market.has_orders
    trade = market.tape.trades[-1]
    assert trade.legs is not None
    assert [leg["instrument_name"] for leg in trade.legs] == [leg.name for leg, _ in market.legs]
    check_money(again.exchange)
    check_interest(again.exchange)
