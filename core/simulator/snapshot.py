"""An exchange as plain values, and back: accounts, orders, listing, and the state of the world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np

from core.simulator.accounts.account import Account, Purse, Till
from core.simulator.accounts.order import Order, OrderSpec
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import Fill, LogRow, Settlement
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market, Markets
from core.simulator.rpc import Json
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.listing.lister import terms_of
from core.simulator.world.prices.model import World
from core.simulator.world.prices.surface import SurfaceState

Row = TypeVar("Row")
FORMAT = 1
FILLS_SAVED, CLOSED_SAVED, LOG_SAVED = 1_000, 300, 1_000
_SPEC_FIELDS = (
    "direction", "units", "order_type", "tick", "label", "tif", "post_only", "reject_post_only",
    "reduce_only", "trigger", "trigger_tick", "mmp", "is_liquidation",
)  # fmt: skip
_ORDER_FIELDS = (
    "order_id", "created_ms", "updated_ms", "units", "left", "tick", "order_type", "state",
    "original_type", "trigger_tick", "trigger_order_id", "post_only", "reduce_only", "replaced",
    "cancel_reason",
)  # fmt: skip


def snapshot(exchange: Exchange) -> Json:
    """Everything that is saved, as values JSON can hold."""
    accounts = [*exchange.accounts, exchange.accounts.house]
    for account in accounts:
        account.take_funding()
    return {
        "format": FORMAT,
        "at_ns": exchange.clock.now_ns(),
        "settled_ms": exchange.rollover.settled_ms,
        "ids": asdict(exchange.engine.ids),
        "next_instrument_id": exchange.floor.lister.next_id,
        "world": _world(exchange.world),
        "markets": [_market(market) for market in exchange.floor.markets],
        "accounts": [_account(account) for account in accounts],
        "tills": {c: _numbers(till) for c, till in exchange.accounts.tills.items()},
    }


def restore(exchange: Exchange, data: Json) -> None:
    """Put a snapshot into a fresh exchange; what expired meanwhile is settled.

    Raises KeyError, TypeError or ValueError when the data is not a snapshot.
    """
    now_ms = exchange.clock.now_ms()
    _restore_world(exchange.world, data["world"])
    for name, value in data["ids"].items():
        setattr(exchange.engine.ids, name, int(value))
    floor = exchange.floor
    floor.lister.next_id = int(data["next_instrument_id"])
    floor.list_new([_instrument(row) for row in data["markets"]], now_ms)
    floor.draw_past(now_ms)
    for row in data["markets"]:
        _restore_market(floor.markets, row)
    for row in data["accounts"]:
        _restore_account(exchange, row)
    for currency, till in data["tills"].items():
        for name, value in till.items():
            setattr(exchange.accounts.tills[currency], name, Decimal(value))
    exchange.rollover.begin(now_ms, int(data["settled_ms"]))
    floor.list_missing(now_ms)


def _numbers(money: Purse | Till) -> Json:
    return {name: str(value) for name, value in asdict(money).items()}


def _world(world: World) -> Json:
    coins, carry = world.coins, world.carry.state
    return {
        "log_price": coins.log_price.tolist(),
        "spread": coins.spread.tolist(),
        "beta": coins.beta.tolist(),
        "regime": coins.regime,
        "premium": carry.premium.tolist(),
        "usdc": carry.usdc,
        "basis": carry.basis.tolist(),
        "surfaces": {coin: _surface(s.state) for coin, s in world.surfaces.items()},
    }


def _surface(state: SurfaceState) -> Json:
    return {name: float(value) for name, value in asdict(state).items()}


def _restore_world(world: World, data: Json) -> None:
    coins, carry = world.coins, world.carry.state
    coins.log_price = np.array(data["log_price"], np.float64)
    coins.spread = np.array(data["spread"], np.float64)
    coins.beta = np.array(data["beta"], np.float64)
    coins.regime = int(data["regime"])
    carry.premium = np.array(data["premium"], np.float64)
    carry.usdc = float(data["usdc"])
    carry.basis = np.array(data["basis"], np.float64)
    for coin, state in data["surfaces"].items():
        world.surfaces[coin].state = SurfaceState(**state)
    world.print_indices()


def _market(market: Market) -> Json:
    it = market.instrument
    return {
        "name": it.name, "id": it.instrument_id, "kind": it.kind, "base": it.base,
        "settlement": it.settlement, "index": it.index_name, "expiry_ms": it.expiry_ms,
        "period": it.period, "creation_ms": it.creation_ms, "strike": it.strike,
        "option_type": it.option_type, "settlement_mark": market.settlement_mark,
        "last_tick": market.tape.last_tick, "seq": market.tape.seq,
        "interest": market.interest.counts(),
    }  # fmt: skip


def _instrument(row: Json) -> Instrument:
    terms = terms_of(row["base"], row["kind"], row["settlement"], row["period"])
    return Instrument(
        row["name"], row["id"], row["kind"], row["base"], row["settlement"], row["index"],
        row["expiry_ms"], row["period"], row["creation_ms"], terms, row["strike"],
        row["option_type"],
    )  # fmt: skip


def _restore_market(markets: Markets, row: Json) -> None:
    market = _found(markets, row["name"])
    market.settlement_mark = row["settlement_mark"]
    market.tape.last_tick = row["last_tick"]
    market.tape.seq = row["seq"]
    for side, units in row["interest"].items():
        setattr(market.interest, side, int(units))


def _account(account: Account) -> Json:
    return {
        "client_id": account.client_id,
        "user_id": account.user_id,
        "created_ms": account.created_ms,
        "cancel_on_disconnect": account.cancel_on_disconnect,
        "log_id": account.log_id,
        "purses": {c: _numbers(p) for c, p in account.purses.items()},
        "positions": [p.state() for p in account.positions.values()],
        "orders": [_order(order) for order in account.orders.values()],
        "closed": [_order(order) for order in _last(account.closed, CLOSED_SAVED)],
        "fills": [asdict(fill) for fill in _last(account.fills, FILLS_SAVED)],
        "log": [asdict(row) for row in _last(account.log, LOG_SAVED)],
        "settlements": [asdict(row) for row in account.settlements],
    }


def _restore_account(exchange: Exchange, row: Json) -> None:
    accounts, markets = exchange.accounts, exchange.floor.markets
    is_house = row["client_id"] == accounts.house.client_id
    account = accounts.house if is_house else Account(row["client_id"], int(row["user_id"]))
    account.created_ms, account.log_id = row["created_ms"], row["log_id"]
    account.cancel_on_disconnect = row["cancel_on_disconnect"]
    for currency, purse in row["purses"].items():
        account.purses[currency] = Purse(**{k: Decimal(v) for k, v in purse.items()})
    for state in row["positions"]:
        position = _position(markets, state)
        account.positions[position.market.name] = position
    for state in row["orders"]:
        exchange.revive(_restored_order(account, markets, state))
    account.closed.extend(
        _restored_order(account, markets, s) for s in row["closed"] if s["name"] in markets
    )
    account.fills.extend(Fill(**fill) for fill in row["fills"])
    account.log.extend(LogRow(**record) for record in row["log"])
    account.settlements.extend(Settlement(**record) for record in row["settlements"])
    if not is_house:
        accounts.add(account)


def _position(markets: Markets, state: Json) -> Position:
    market = _found(markets, state["name"])
    numbers = {key: Decimal(value) for key, value in state.items() if key != "name"}
    return Position(market, funding_from=market.funding.paid, **numbers)


def _order(order: Order) -> Json:
    row = {name: getattr(order, name) for name in _ORDER_FIELDS}
    spec = {name: getattr(order.spec, name) for name in _SPEC_FIELDS}
    return row | {"name": order.market.name, "worth": str(order.worth), "spec": spec}


def _restored_order(account: Account, markets: Markets, row: Json) -> Order:
    spec = OrderSpec(_found(markets, row["name"]), **row["spec"])
    fields: dict[str, Any] = {name: row[name] for name in _ORDER_FIELDS}
    return Order(account, spec, worth=Decimal(row["worth"]), **fields)


def _found(markets: Markets, name: str) -> Market:
    market = markets.find(name)
    if market is None:
        raise ValueError(f"{name} is not listed")
    return market


def _last(rows: Iterable[Row], count: int) -> list[Row]:
    return list(rows)[-count:]
