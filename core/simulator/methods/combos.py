"""Combos by request: those that are listed, and making one."""

from __future__ import annotations

from typing import Any

from core.simulator.markets.market import Market
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.methods.trading.orders import check_time, traded_market
from core.simulator.methods.trading.placing import read_rows
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.combos import Part, structure_of

STATES = ("rfq", "active", "inactive")
MOST_LEGS = 4


def get_combos(call: Call) -> object:
    """public/get_combos."""
    return [combo_row(market) for market in _listed(call)]


def get_combo_ids(call: Call) -> object:
    """public/get_combo_ids; `state` is one of rfq, active, inactive."""
    is_wanted = call.params.choice("state", STATES, "active") == "active"
    return [market.name for market in _listed(call)] if is_wanted else []


def get_combo_details(call: Call) -> object:
    """public/get_combo_details, also of a combo that ended."""
    market = call.exchange.floor.markets.find_any(call.params.text("combo_id"))
    if market is None or not market.instrument.legs:
        raise RpcError(13020, "not_found")
    return combo_row(market)


def create_combo(call: Call) -> object:
    """private/create_combo: the combo of `trades`, whichever side they name; opened when new.

    Structures the venue has no recorded name for are refused with 11029.
    """
    call.account()
    rows = [Params(row) for row in read_rows(call.params, "trades")]
    if not 2 <= len(rows) <= MOST_LEGS:
        raise invalid("trades", "invalid format")
    parts = [_part(call, row) for row in rows]
    check_time(call)
    found = None if len({row.decimal("amount") for row in rows}) > 1 else structure_of(parts)
    if found is None:
        raise RpcError(11029, "invalid_arguments", "trades")
    name, legs = found
    market = call.exchange.floor.markets.find(name)
    return combo_row(market or call.exchange.list_combo(name, legs))


def combo_row(market: Market) -> dict[str, Any]:
    """A combo as recorded."""
    it = market.instrument
    return {
        "id": it.name,
        "state": "active" if market.state == "open" else "inactive",
        "legs": [{"amount": sign, "instrument_name": name} for name, sign in it.legs],
        "creation_timestamp": it.creation_ms // 1000 * 1000,
        "instrument_id": it.instrument_id,
        "state_timestamp": it.creation_ms if market.state == "open" else it.expiry_ms,
    }


def _listed(call: Call) -> list[Market]:
    currency = call.currency("any", wildcard=True)
    return [
        market
        for market in call.exchange.floor.markets
        if market.instrument.legs and currency in (None, market.instrument.settlement)
    ]


def _part(call: Call, row: Params) -> Part:
    it = traded_market(Call(call.exchange, call.connection, row)).instrument
    amount = row.decimal("amount")
    if amount is None or amount <= 0:
        raise invalid("amount", "value required" if amount is None else "invalid format")
    return it, 1 if row.choice("direction", ("buy", "sell")) == "buy" else -1
