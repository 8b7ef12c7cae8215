"""What is around trading: announcements, wallet, keys, subaccounts, block trades, venue statistics.

Reads answer with what is true here, which is mostly an empty list. Calls that would change
something nobody can change here (wallets, keys, subaccounts, block trades) are refused with 13025,
the venue's code for a method its operator switched off. `table` joins these names to the others.
"""

from __future__ import annotations

from typing import Any

from core.simulator.accounts.holdings import position_row
from core.simulator.accounts.order import order_row
from core.simulator.markets.bars import MINUTE_MS
from core.simulator.markets.market import Market
from core.simulator.markets.past import index_of
from core.simulator.methods import lookup, market
from core.simulator.methods.call import Call, Method
from core.simulator.rpc import RpcError, invalid
from core.simulator.world.listing.calendar import DAY_MS, HOUR_MS
from core.simulator.world.listing.instruments import Instrument

SWITCHED_OFF = (
    "add_to_address_book", "approve_block_trade", "cancel_transfer_by_id", "cancel_withdrawal",
    "change_api_key_name", "change_margin_model", "change_scope_in_api_key",
    "change_subaccount_name", "create_api_key", "create_deposit_address",
    "create_subaccount", "disable_api_key", "disable_tfa_for_subaccount", "edit_api_key",
    "enable_affiliate_program", "enable_api_key", "execute_block_trade", "get_portfolio_margins",
    "invalidate_block_trade_signature", "list_api_keys", "move_positions", "reject_block_trade",
    "remove_api_key", "remove_from_address_book", "remove_subaccount", "reset_api_key",
    "send_rfq", "set_announcement_as_read", "set_api_key_as_default",
    "set_clearance_originator", "set_disabled_trading_products", "set_email_for_subaccount",
    "set_email_language", "set_password_for_subaccount",
    "simulate_block_trade", "submit_transfer_between_subaccounts",
    "submit_transfer_to_subaccount", "submit_transfer_to_user",
    "toggle_notifications_from_subaccount", "toggle_subaccount_login", "update_in_address_book",
    "verify_block_trade", "withdraw",
    "accept_block_rfq", "add_block_rfq_quote", "cancel_all_block_rfq_quotes", "cancel_block_rfq",
    "cancel_block_rfq_quote", "cancel_block_rfq_trigger", "create_block_rfq",
    "delete_address_beneficiary", "edit_block_rfq_quote", "get_address_beneficiary",
    "get_block_rfq_user_info", "get_leg_prices", "list_address_beneficiaries", "pme/simulate",
    "save_address_beneficiary",
)  # fmt: skip
SPANS_MS = {"1h": HOUR_MS, "1d": DAY_MS, "2d": 2 * DAY_MS, "1m": 30 * DAY_MS, "1y": 365 * DAY_MS}
MOST_CHART_ROWS = 720


def switched_off(call: Call) -> object:
    """Wallets, keys, subaccounts and block trades cannot be changed here."""
    del call
    raise RpcError(13025, "method_switched_off_by_admin")


def none_of_these(call: Call) -> object:
    """A list of things there are none of."""
    del call
    return []


def get_apr_history(call: Call) -> object:
    """public/get_apr_history: no coin here bears a yield."""
    call.params.text("currency")
    return {"data": [], "continuation": None}


def get_access_log(call: Call) -> object:
    """private/get_access_log: none is kept."""
    del call
    return {"records_total": 0, "data": []}


def get_affiliate_program_info(call: Call) -> object:
    """private/get_affiliate_program_info: nobody takes part."""
    del call
    return {"received": {}, "number_of_affiliates": 0, "link": "", "is_enabled": False}


def get_email_language(call: Call) -> object:
    """private/get_email_language."""
    del call
    return "en"


def get_reward_eligibility(call: Call) -> object:
    """private/get_reward_eligibility: no currency is rewarded."""
    del call
    return {}


def get_address_book(call: Call) -> object:
    """private/get_address_book: empty."""
    call.currency()
    return []


def get_current_deposit_address(call: Call) -> object:
    """private/get_current_deposit_address: null, as before one was created."""
    call.currency()
    return None


def get_block_trade(call: Call) -> object:
    """private/get_block_trade: there are none to find."""
    call.params.text("id")
    raise RpcError(13020, "not_found")


def get_block_rfqs(call: Call) -> object:
    """private/get_block_rfqs and public/get_block_rfq_trades: none."""
    del call
    return {"block_rfqs": [], "continuation": None}


def get_subaccounts_details(call: Call) -> object:
    """private/get_subaccounts_details: positions, and orders on request, of the main account."""
    account, currency = call.account(), call.currency()
    held = [p.market for p in account.positions.values()]
    row: dict[str, Any] = {
        "uid": account.user_id,
        "positions": [position_row(account, m) for m in held if _settles_in(m, currency)],
    }
    if call.params.truth("with_open_orders"):
        mine = account.orders.values()
        row["open_orders"] = [order_row(o) for o in mine if _settles_in(o.market, currency)]
    return [row]


def get_index(call: Call) -> object:
    """public/get_index, the old form of get_index_price."""
    currency = str(call.currency())
    name = f"{currency.lower()}_usd"
    price = call.exchange.world.indices.get(name)
    if price is None:
        raise invalid("currency", "invalid currency")
    return {currency: price, "edp": call.exchange.floor.estimated_delivery(name)}


def get_index_chart_data(call: Call) -> object:
    """public/get_index_chart_data: [[ms, price], …], the synthetic past and then the present."""
    name = call.params.text("index_name")
    coin, _, _quote = name.partition("_")
    world = call.exchange.world
    if name not in world.indices or coin.upper() not in world.coins.row:
        raise invalid("index_name", "invalid format")
    wanted = call.params.choice("range", (*SPANS_MS, "all"), "1d")
    now_ms, span_ms = call.exchange.clock.now_ms(), SPANS_MS.get(wanted, SPANS_MS["1y"])
    step_ms = -(-span_ms // (MOST_CHART_ROWS * MINUTE_MS)) * MINUTE_MS
    bars = call.exchange.floor.past.between(index_of(coin), now_ms - span_ms, now_ms, step_ms)
    return [*([bar[0], bar[1]] for bar in bars), [now_ms, call.exchange.world.indices[name]]]


def get_trade_volumes(call: Call) -> object:
    """public/get_trade_volumes: 24 hours per pair in base coin; longer spans are not known."""
    rows: dict[str, dict[str, Any]] = {}
    for one in call.exchange.floor.markets:
        it = one.instrument
        if it.legs:  # counted in the legs
            continue
        row = rows.setdefault(it.index_name, _no_volume(it.base, it.index_name))
        kind = _volume_kind(it)
        row[f"{kind}_volume"] = round(row[f"{kind}_volume"] + one.tape.day.volume, 8)
    if call.params.truth("extended"):
        spans = ("7d", "30d")
        kinds = ("calls", "puts", "futures", "spot")
        unknown = {f"{kind}_volume_{span}": None for kind in kinds for span in spans}
        return [row | unknown for row in rows.values()]
    return list(rows.values())


def _volume_kind(it: Instrument) -> str:
    if it.is_option:
        return "calls" if it.is_call else "puts"
    return "spot" if it.is_spot else "futures"


def _no_volume(coin: str, pair: str) -> dict[str, Any]:
    volumes = dict.fromkeys(("calls_volume", "puts_volume", "futures_volume", "spot_volume"), 0.0)
    return {"currency": coin, "currency_pair": pair, **volumes}


def _settles_in(one: Market, currency: str | None) -> bool:
    return one.instrument.settlement == currency


PUBLIC: dict[str, Method] = {
    "get_announcements": none_of_these,
    "get_apr_history": get_apr_history,
    "get_block_rfq_trades": get_block_rfqs,
    "get_index": get_index,
    "get_index_chart_data": get_index_chart_data,
    "get_rfqs": none_of_these,
    "get_trade_volumes": get_trade_volumes,
}
PRIVATE: dict[str, Method] = {
    **dict.fromkeys(SWITCHED_OFF, switched_off),
    "get_access_log": get_access_log,
    "get_address_book": get_address_book,
    "get_affiliate_program_info": get_affiliate_program_info,
    "get_block_rfq_makers": none_of_these,
    "get_block_rfq_quotes": none_of_these,
    "get_block_rfqs": get_block_rfqs,
    "get_block_trade": get_block_trade,
    "get_block_trade_requests": none_of_these,
    "get_block_trades": none_of_these,
    "get_broker_trade_requests": none_of_these,
    "get_broker_trades": none_of_these,
    "get_currencies": market.get_currencies,
    "get_current_deposit_address": get_current_deposit_address,
    "get_email_language": get_email_language,
    "get_last_block_trades_by_currency": none_of_these,
    "get_new_announcements": none_of_these,
    "get_pending_block_trades": none_of_these,
    "get_reward_eligibility": get_reward_eligibility,
    "get_stop_order_history": lookup.get_trigger_order_history,
    "get_subaccounts_details": get_subaccounts_details,
}
