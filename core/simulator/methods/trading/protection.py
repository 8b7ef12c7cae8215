"""Settings that protect a trader: market-maker protection and self-trading."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulator.matching.guards import GUARDS_MOST, Guard, MmpConfig, guard_key
from core.simulator.methods.call import Call
from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid

LONGEST_S = 3_600
LONGEST_GROUP = 64
LIMITS = ("quantity_limit", "delta_limit", "vega_limit", "max_quote_quantity")
MOST_DECIMALS = Decimal("0.0001")


def set_mmp_config(call: Call) -> object:
    """private/set_mmp_config; what is not named is not limited, interval 0 removes."""
    config, account = _config(call), call.account()
    key = guard_key(config.index_name, config.mmp_group)
    old = account.guards.get(key)
    if old is not None and old.config.index_name != config.index_name:
        raise invalid("mmp_group", "is used for another index")
    if config.interval_s == 0:
        call.exchange.protection.remove(account, key)
        return config.row()
    _check_limits(config)
    groups = [g for g in account.guards.values() if g.config.mmp_group is not None]
    if config.mmp_group is not None and old is None and len(groups) >= GUARDS_MOST:
        raise RpcError(11030, "other_reject too_many_mmp_groups")
    call.exchange.protection.configure(account, config)
    return config.row()


def get_mmp_config(call: Call) -> object:
    """private/get_mmp_config: a list, of one index or all."""
    return [guard.config.row() for guard in _chosen(call)]


def get_mmp_status(call: Call) -> object:
    """private/get_mmp_status: what is frozen now."""
    now_ms = call.exchange.clock.now_ms()
    return [_status(guard) for guard in _chosen(call) if guard.is_frozen(now_ms)]


def reset_mmp(call: Call) -> object:
    """private/reset_mmp: trade again at once."""
    index, group = _index(call), _group(call.params)
    guard = call.account().guards.get(guard_key(index, group))
    if guard is None or guard.config.index_name != index:
        raise RpcError(13040, "mmp_required")
    guard.reset()
    return "ok"


def set_self_trading_config(call: Call) -> object:
    """private/set_self_trading_config."""
    account = call.account()
    mode = call.params.choice("mode", ("reject_taker", "cancel_maker"))
    extended = call.params.truth("extended_to_subaccounts")
    account.self_trading_mode, account.self_trading_extended = mode, extended
    return "ok"


def _config(call: Call) -> MmpConfig:
    params = call.params
    limits = {name: _limit(params, name) for name in LIMITS}
    return MmpConfig(
        _index(call), _group(params), _seconds(params, "interval"),
        _seconds(params, "frozen_time"), **limits,
    )  # fmt: skip


def _check_limits(config: MmpConfig) -> None:
    """At least one limit, and the group's delta limit below its quantity limit."""
    if all(getattr(config, name) is None for name in LIMITS):
        raise invalid("quantity_limit", "value required")
    quantity, delta = config.quantity_limit, config.delta_limit
    is_group = config.mmp_group is not None
    if is_group and quantity is not None and delta is not None and delta >= quantity:
        raise invalid("delta_limit", "must be lower than quantity_limit")


def _chosen(call: Call) -> list[Guard]:
    guards = list(call.account().guards.values())
    if "index_name" not in call.params:
        return guards
    index, group = _index(call), _group(call.params)
    guards = [guard for guard in guards if guard.config.index_name == index]
    if group is None:
        return guards
    return [guard for guard in guards if guard.config.mmp_group == group]


def _status(guard: Guard) -> dict[str, Any]:
    row: dict[str, Any] = {
        "index_name": guard.config.index_name,
        "frozen_until": guard.frozen_until_ms,
    }
    return row if guard.config.mmp_group is None else row | {"mmp_group": guard.config.mmp_group}


def _index(call: Call) -> str:
    name = call.params.text("index_name")
    if name not in call.exchange.world.indices:
        raise invalid("index_name", "invalid format")
    return name


def _group(params: Params) -> str | None:
    group = params.optional_text("mmp_group", LONGEST_GROUP)
    if group == "":
        raise invalid("mmp_group", "invalid format")
    return group


def _seconds(params: Params, key: str) -> int:
    value = params.whole(key)
    if not 0 <= value <= LONGEST_S:
        raise invalid(key, "value is too high" if value > 0 else "invalid format")
    return value


def _limit(params: Params, key: str) -> float | None:
    value = params.decimal(key)
    if value is None:
        return None
    if value < 0 or value % MOST_DECIMALS:
        raise invalid(key, "invalid format")
    return float(value)
