"""The differences to the record that are right, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowed:
    """Some differences of some recorded files."""

    files: tuple[str, ...]
    what: tuple[str, ...]
    """As `shapes.differences` writes them."""
    reason: str


ENVELOPE = ("+usIn", "+usOut", "+usDiff", "+testnet")


def _under(path: str, names: str, mark: str = "+") -> tuple[str, ...]:
    """The same mark for several fields of one object."""
    return tuple(f"{mark}{path}{name}" for name in names.split())


ALLOWED = (
    Allowed(
        ("qkt/public_get_instrument_option_avax_inactive.json",), ENVELOPE,
        "the recorder cut the timing fields off",
    ),
    Allowed(
        ("ccxt/ws_ticker_2026.jsonl",), ("?usIn", "?usOut"), "the recorder turned them into text",
    ),
    Allowed(
        ("nautilus/ws_error.json",), (*ENVELOPE, "-error.data"), "a frame made up by its authors",
    ),
    Allowed(
        ("nautilus/http_get_instrument.json",),
        _under("result.", "base_currency_uuid index_id lot_size product_group quote_currency_uuid "
               "state underlying_type"),
        "recorded in 2025; instruments of 2026 carry these too",
    ),
    Allowed(
        ("cryptofeed/http_get_instruments_2021.part.json",),
        ("-rfq", *_under("", "base_currency_uuid block_trade_min_trade_amount "
                         "block_trade_tick_size counter_currency future_type index_id "
                         "instrument_id instrument_type lot_size max_non_default_leverage "
                         "price_index product_group quote_currency_uuid settlement_currency state "
                         "tick_size_steps underlying_type")),
        "recorded in 2021 and 2022; rfq is gone since, the others came",
    ),
    Allowed(
        ("xchange/example-orderbook.json",),
        _under("", "estimated_delivery_price interest_value stats.price_change "
               "stats.volume_notional stats.volume_usd"),
        "recorded in 2019",
    ),
    Allowed(
        ("xchange/example-ticker.json",),
        _under("", "estimated_delivery_price interest_rate mark_iv price_change "
               "stats.price_change stats.volume_usd volume_usd"),
        "recorded in 2019",
    ),
    Allowed(
        ("gocryptotrader/ws_incremental_ticker_2023.json",),
        ("+params.data.stats.volume_notional",),
        "recorded in 2023; futures carry it since",
    ),
    Allowed(
        ("nautilus/ws_portfolio.json",),
        (*_under("params.data.", "total_delta_total_usd total_equity_usd total_initial_margin_usd "
                 "total_maintenance_margin_usd total_margin_balance_usd", "-"),
         *_under("params.data.", "estimated_liquidation_ratio estimated_liquidation_ratio_map")),
        "a cross-collateral account; accounts here are segregated and so show other fields",
    ),
    Allowed(
        ("ssc2ce/deribit_dump.jsonl",), ("+params.data.type",), "recorded in 2020, before it came",
    ),
    Allowed(
        ("cryptofeed/ws_raw_options_2021.part.jsonl",), ("+params.data.stats.volume_usd",),
        "recorded in 2021, before it came",
    ),
    Allowed(
        ("crypto-msg-parser/recorded_2021_2023.part.jsonl",),
        ("+params.data.contracts", "+params.data.starbase_match_id",
         "+params.data.starbase_timestamp", "+params.data.stats.volume_notional", "+result.mark_iv",
         "+result.stats.volume_usd", "+result.volume_usd"),
        "recorded from 2021 to 2023, before they came",
    ),
    Allowed(
        ("nautilus/ws_order_buy_response.json",),
        (*_under("result.order.", "starbase_last_update_timestamp starbase_order_id"),
         *_under("result.", "starbase_last_update_timestamp starbase_order_id")),
        "recorded in January 2026, before they came",
    ),
    Allowed(
        ("nautilus/ws_order_stop_market_no_filled_amount.json",),
        ("+result.order.triggered", "-result.order.reject_post_only"),
        "recorded in May 2026; stops of October show it the other way round",
    ),
    Allowed(
        ("gocryptotrader/ws_trades_agg2_2025.jsonl",),
        ("+params.data.starbase_match_id", "+params.data.starbase_timestamp"),
        "recorded in 2025, before they came",
    ),
    Allowed(
        ("deribit-http/get_user_trades_2025.part.json",),
        _under("trades.", "starbase_match_id starbase_order_id starbase_timestamp"),
        "recorded in 2025, before they came",
    ),
    Allowed(
        ("gocryptotrader/ws_cancel_all_detailed_2024.json",),
        ("-result.is_rebalance", "-result.max_show",
         *_under("result.", "is_liquidation reduce_only starbase_last_update_timestamp "
                 "starbase_order_id user_id")),
        "a spot order of 2024; derivatives carry other fields",
    ),
    Allowed(
        ("nautilus/http_get_account_summaries.json",),
        ("+result.trading_products_details", "-result.block_rfq_self_match_prevention",
         *_under("result.summaries.", "estimated_liquidation_ratio estimated_liquidation_ratio_map "
                 "limits.matching_engine.guaranteed_quotes limits.matching_engine.max_quotes "
                 "limits.matching_engine.quotes", "-"),
         *_under("result.summaries.", "additional_reserve available_spot_reserve "
                 "change_margin_model_api_limit close_out_margin disable_kyc_verification "
                 "is_direct_access_allowed locked_balance options_theta_map "
                 "projected_close_out_margin limits.matching_engine.block_rfq_maker "
                 "limits.matching_engine.guaranteed_mass_quotes "
                 "limits.matching_engine.maximum_mass_quotes "
                 "limits.matching_engine.maximum_quotes")),
        "a documentation example of 2023; the summary recorded in 2026 has our fields",
    ),
    Allowed(
        ("gocryptotrader/doc_examples.part.jsonl",),
        (*_under("params.data.", "commission max_show orders.commission orders.max_show "
                 "orders.profit_loss original_order_type profit_loss", "-"),
         *_under("params.data.", "api contracts label mmp profit_loss risk_reducing user_id web "
                 "starbase_last_update_timestamp starbase_match_id starbase_order_id "
                 "starbase_timestamp"),
         *_under("params.data.orders.", "contracts mmp risk_reducing user_id "
                 "starbase_last_update_timestamp starbase_order_id"),
         *_under("params.data.positions.", "estimated_liquidation_price user_id"),
         *_under("params.data.trades.", "api contracts label mmp risk_reducing user_id "
                 "starbase_match_id starbase_order_id starbase_timestamp")),
        "documentation examples of 2019 to 2021; orders recorded since look otherwise",
    ),
)  # fmt: skip
ABSENT = {
    "nautilus/http_get_combos.json": "compared in test_combos",
    "nautilus/http_get_instruments_option_combo.json": "compared in test_combos",
    "nautilus/http_get_last_trades_option_combo.json": "compared in test_combos",
}
"""Recorded files nothing here can provoke, or that are compared elsewhere."""
