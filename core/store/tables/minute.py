"""Pictures of the market and of ourselves, each row the picture of a full minute."""

from __future__ import annotations

from core.store.tables.kinds import table

OPTION_QUOTE = table(
    "option_quote",
    """
    time: minute
    instrument: instrument
    float: bid ask bid_size ask_size
    real: bid_iv ask_iv mid_iv mark_iv delta gamma vega theta
    float: open_interest underlying index_price
    """,
    is_daily=True,
)
FUTURE_TOP = table(
    "future_top",
    """
    time: minute
    instrument: instrument
    float: bid ask bid_size ask_size mark index_price open_interest funding_8h
    """,
    is_daily=True,
)
SURFACE_TENOR = table(
    "surface_tenor",
    """
    time: minute
    text: chain grid
    float: tenor_days forward
    axis: axis
    int: quotes
    reals: iv
    bytes: extrapolated
    """,
    is_daily=True,
)
SURFACE = table(
    "surface",
    """
    time: minute
    text: chain flag
    float: tenor_days k iv forward
    int: quotes
    """,
    taken_by="take_cells",
)
"""A row per cell, as surfaces were kept before; what a spool still holds of it is converted."""

SMILE = table(
    "smile",
    """
    time: minute expiry
    text: chain source
    float: forward atm rr25 bf25 rr10 bf10 rmse put_call_oi
    int: quotes
    """,
)
FIT = table(
    "fit",
    """
    time: minute expiry
    text: chain model
    float: tau_years a b rho m s
    real: rmse max_error inside least_g calendar_gap confidence
    bool: is_constrained
    """,
    is_daily=True,
)
VOL_INDEX = table(
    "vol_index",
    """
    time: minute near next
    text: chain
    float: value variance_swap venue
    bool: is_extrapolated
    """,
)
REALISED_VOL = table(
    "realised_vol",
    """
    time: minute
    text: chain
    int: bars
    real: days close_close parkinson garman_klass rogers_satchell yang_zhang
    """,
)
POSITION_MINUTE = table(
    "position_minute",
    """
    time: minute
    instrument: instrument
    text: sleeve
    float: mark delta
    decimal: amount average_price realised fees funding
    """,
    is_daily=True,
)
ACCOUNT_MINUTE = table(
    "account_minute",
    """
    time: minute
    text: currency
    decimal: equity balance available initial_margin maintenance_margin delta_total
    decimal: session_upl session_rpl total_pl
    decimal: options_value options_delta options_gamma options_vega options_theta
    """,
)
MINUTE_LOG = table(
    "minute_log",
    """
    time: minute recorded
    float: lateness_ms
    int: options quoted stale
    text: skipped
    """,
)
