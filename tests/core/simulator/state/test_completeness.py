"""No field can be forgotten: each is saved and comes back, or is named as left out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from core.simulator.accounts.account import Account, Purse, Till
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.accounts.position import Position
from core.simulator.markets.market import Market
from core.simulator.state.accounts import Register, packed_account, packed_row
from core.simulator.state.living import Reviver
from core.simulator.state.plain import OMITTED, Packer, names_of
from tests.core.simulator.state.kept import kept, reborn
from tests.core.simulator.still import Desk

PLAIN: dict[object, object] = {
    int: 7, float: 2.5, bool: True, str: "x", Decimal: Decimal("3.25"), object: "x",
}  # fmt: skip


def unusual(hint: Any, desk: Desk) -> Any:
    """A value of a field's type that is no default."""
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is Market:
        return desk.market("ETH-PERPETUAL")
    if hint is Account:
        return desk.ben
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return args[-1]
    if origin in (UnionType, Union):
        return unusual(args[0], desk)
    if origin is tuple:
        return tuple(unusual(one, desk) for one in args if one is not Ellipsis)
    if origin in (list, deque):
        return origin([unusual(args[0], desk)])
    if origin is dict:
        return {unusual(args[0], desk): unusual(args[1], desk)}
    assert is_dataclass(hint), f"say in this test what a {hint} may be"
    return unusual_item(hint, desk)


def unusual_item(kind: Any, desk: Desk) -> Any:
    """An object with no field at its default."""
    hints = _hints(kind)
    item = object.__new__(kind)
    for field in fields(kind):
        object.__setattr__(item, field.name, unusual(hints[field.name], desk))
    return item


def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Account": Account})


@pytest.mark.parametrize("kind", [OrderSpec, Purse, Till])
def test_every_field_of_a_value_comes_back(kind: type) -> None:
    desk = Desk(4)
    item = unusual_item(kind, desk)
    again = Reviver(Register(desk.exchange)).value(Packer().value(item))
    assert again == item


def test_every_field_of_an_order_comes_back_or_is_named() -> None:
    desk = Desk(4)
    order = unusual_item(Order, desk)
    saved = packed_row(order, Packer())["$closed"]
    left_out = OMITTED["Order"]
    assert set(saved) == {f.name for f in fields(Order)} - left_out
    again = Register(desk.exchange).order(desk.ann, saved)
    for field in fields(Order):
        if field.name not in left_out:
            assert getattr(again, field.name) == getattr(order, field.name), field.name


def test_every_field_of_an_account_and_its_positions_comes_back_or_is_named() -> None:
    one, other = Desk(4), Desk(4)
    held = unusual_item(Position, one)
    one.ann.positions[held.market.name] = held
    one.ann.log_id, one.ann.created_ms, one.ann.cancel_on_disconnect = 5, 6, True
    saved = packed_account(one.ann, Packer(), [], [held.market.name])
    series = {name for name in names_of(one.ann) if isinstance(getattr(one.ann, name), deque)}
    named = OMITTED["Account"] | series | set(saved["fields"])
    assert named == {f.name for f in fields(Account)}
    Register(other.exchange).apply("ann", saved)
    for name in saved["fields"]:
        assert getattr(other.ann, name) == getattr(one.ann, name), name
    again = other.ann.positions[held.market.name]
    for field in fields(Position):
        if field.name not in OMITTED["Position"]:
            assert getattr(again, field.name) == getattr(held, field.name), field.name


def test_what_is_left_out_exists() -> None:
    """A name that lost its field would hide the next one of that name."""
    desk = Desk(4)
    exchange = desk.exchange
    order, _ = desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1, "limit", 100_000)
    desk.send(desk.ann, desk.market("BTC-PERPETUAL"), "buy", 1)
    market = order.market
    position = desk.ann.positions[market.name]
    known = [
        exchange, exchange.floor, exchange.floor.options, exchange.floor.futures,
        exchange.floor.spots, exchange.floor.combos, order, position, desk.ann, market, market.tape,
        market.tape.bars, exchange.hub.ids, exchange.world,
        exchange.world.coins, exchange.world.surfaces["BTC"], exchange.floor.lister,
        exchange.floor.past, exchange.marks, exchange.fundings.of(market), exchange.settlements,
        exchange.rollover,
    ]  # fmt: skip
    for item in known:
        present = {f.name for f in fields(item)} if is_dataclass(item) else set(vars(item))
        assert OMITTED[type(item).__name__] <= present
    assert {type(item).__name__ for item in known} == set(OMITTED)


@dataclass
class Stranger:
    """Of no class of the simulator."""


def test_what_cannot_be_saved_is_named() -> None:
    with pytest.raises(TypeError, match="Stranger"):
        Packer().value(Stranger())


def test_expired_contracts_and_their_records_stay_readable(tmp_path: Path) -> None:
    desk = Desk(4)
    chain = desk.exchange.floor.options_of("BTC")
    first = min(chain, key=lambda m: (m.instrument.expiry_ms, -m.instrument.strike))
    desk.send(desk.ann, first, "sell", 2)
    kept(desk, tmp_path / "state")
    desk.run(86_400.0, 7_200.0)
    again = reborn(reborn(desk, tmp_path / "state"), tmp_path / "state")
    gone = again.exchange.floor.markets.find_any(first.name)
    assert again.exchange.floor.markets.find(first.name) is None
    assert gone is not None
    assert gone.delivery_price == first.delivery_price
    assert [row.row for row in again.ann.settlements] == [r.row for r in desk.ann.settlements]
    assert [order.order_id for order in again.ann.closed] == [o.order_id for o in desk.ann.closed]
    deliveries = desk.exchange.rollover.delivery_rows("btc_usd")
    assert deliveries
    assert again.exchange.rollover.delivery_rows("btc_usd") == deliveries
