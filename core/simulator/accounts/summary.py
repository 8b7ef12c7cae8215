"""The figures of one purse, worked out so that the venue's identities hold to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.simulator.accounts.account import Account
from core.simulator.accounts.deltas import delta_fields
from core.simulator.accounts.funds import exposures, funds, margin_sums, outliving, spendable
from core.simulator.accounts.money import EIGHT, ZERO, eight
from core.simulator.accounts.position import Position
from core.simulator.accounts.ruin import liquidation_price
from core.simulator.markets.market import Market


def summary_row(account: Account, currency: str) -> dict[str, Any]:
    """The account summary of one currency, without `extended` and `limits`."""
    account.take_funding()
    held = account.positions_in(currency)
    figures = {key: float(value) for key, value in _money(account, currency).items()}
    return {"currency": currency} | figures | delta_fields(currency, held) | _fixed()


def portfolio_row(account: Account, currency: str) -> dict[str, Any]:
    """What the portfolio channel sends: the summary and how far it is from liquidation."""
    row = summary_row(account, currency)
    ratios = dict.fromkeys(row["delta_total_map"], 0.0)
    for position in account.futures_in(currency):
        price = liquidation_price(account, position)
        if price is not None:
            ratios[position.market.instrument.index_name] = round(price / position.market.mark, 8)
    row["estimated_liquidation_ratio"] = max(ratios.values(), default=0.0)
    row["estimated_liquidation_ratio_map"] = ratios
    return row


def hypothetical(
    account: Account, currency: str, sizes: Mapping[Market, Decimal], keep: bool
) -> Account:
    """A copy of the account as if `sizes` had been traded at their marks without fees.

    With `keep` they come on top of what is held and worked, without it they are all there is.
    """
    account.take_funding()
    other = Account(account.client_id, account.user_id, is_house=True)
    purse = other.purses[currency]
    if keep:
        purse.balance = account.purses[currency].balance
        other.positions = {p.market.name: p.copy() for p in account.positions_in(currency)}
        other.orders = dict(account.orders)
    else:
        purse.balance = account.equity(currency)
    for market, size in sizes.items():
        mark = other.position(market).mark()
        other.book_fill(market, size, mark, ZERO)
    return other


def _money(account: Account, currency: str) -> dict[str, Decimal]:
    money = funds(account, currency)
    futures = [p for p in account.futures_in(currency) if p.size]
    options = [p for p in account.options_in(currency) if p.size]
    futures_rpl, options_rpl = account.futures_rpl(currency), account.options_rpl(currency)
    options_upl, options_pl = _sum(p.session_upl() for p in options), _total(options)
    futures_pl = _total(futures)
    nearly, barely = margin_sums(outliving(exposures(account, currency)))
    return {
        "balance": eight(account.purses[currency].balance),
        "equity": money.equity,
        "margin_balance": money.margin_balance,
        "available_funds": money.available,
        "available_withdrawal_funds": max(ZERO, spendable(account, currency, money) - EIGHT),
        "initial_margin": money.initial,
        "maintenance_margin": money.maintenance,
        "projected_initial_margin": nearly,
        "projected_maintenance_margin": barely,
        "session_upl": money.futures_upl + options_upl,
        "session_rpl": futures_rpl + options_rpl,
        "total_pl": futures_pl + options_pl,
        "futures_pl": futures_pl,
        "futures_session_upl": money.futures_upl,
        "futures_session_rpl": futures_rpl,
        "options_pl": options_pl,
        "options_value": money.options_value,
        "options_session_upl": options_upl,
        "options_session_rpl": options_rpl,
        "spot_reserve": money.reserved,
    }


def _total(positions: list[Position]) -> Decimal:
    return _sum(p.total_upl() for p in positions)


def _sum(values: Iterable[Decimal]) -> Decimal:
    return eight(sum(values, ZERO))


def _fixed() -> dict[str, Any]:
    """Fields that never move here."""
    return {
        "margin_model": "segregated_sm",
        "portfolio_margining_enabled": False,
        "cross_collateral_enabled": False,
        "additional_reserve": 0.0,
        "fee_balance": 0.0,
        "locked_balance": 0.0,
    }
