"""Forced closing of accounts whose margin balance fell below maintenance."""

from __future__ import annotations

import logging
from decimal import Decimal

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.funds import funds, margin_terms
from core.simulator.accounts.margin import Exposure, margin_of
from core.simulator.accounts.money import ZERO
from core.simulator.accounts.order import OrderSpec
from core.simulator.accounts.position import Position
from core.simulator.accounts.records import bankruptcy_record
from core.simulator.markets.book import ASK, BID
from core.simulator.matching.engine import Engine
from core.simulator.rpc import RpcError
from core.simulator.world.listing.instruments import CURRENCIES

log = logging.getLogger(__name__)


class Liquidator:
    """Looks at every account once a second; one step for each purse in danger.

    A step cancels the purse's orders and closes half of the position that binds most, at market.
    What the book cannot take waits for the next second. When nothing is left that could be closed
    and the purse is below zero, the insurance pays the rest.
    """

    def __init__(self, accounts: Accounts, engine: Engine) -> None:
        self._accounts = accounts
        self._engine = engine

    def watch(self, now_ms: int) -> None:
        """Close a part of what each endangered account holds."""
        for account in self._accounts:
            for currency in CURRENCIES:
                if account.positions_in(currency) or account.purses[currency].balance < 0:
                    self._watch_purse(account, currency, now_ms)

    def _watch_purse(self, account: Account, currency: str, now_ms: int) -> None:
        account.take_funding()
        money = funds(account, currency)
        if money.margin_balance >= money.maintenance:
            return
        log.warning("liquidating %s of %s", currency, account.client_id)
        for order in list(account.orders.values()):
            if currency in order.market.instrument.currencies:
                self._engine.cancel(order, "autoliquidation")
        held = [p for p in account.positions_in(currency) if p.size]
        closable = [p for p in held if _has_takers(p)]
        if closable:
            self._reduce(account, max(closable, key=_urgency))
        elif money.margin_balance < 0 and not any(_bound(p) for p in held):
            self._cover(account, currency, -money.margin_balance, now_ms)

    def _reduce(self, account: Account, position: Position) -> None:
        """A market order for half of the position, at least one smallest order."""
        market = position.market
        whole = int(abs(position.size) / market.instrument.terms.min_amount)
        spec = OrderSpec(
            market, "sell" if position.size > 0 else "buy", max(1, whole // 2), "market", None,
            reduce_only=True, tif="immediate_or_cancel", is_liquidation=True,
        )  # fmt: skip
        try:
            self._engine.place(account, spec)
        except RpcError as error:
            log.warning(
                "liquidation of %s in %s refused: %s", account.client_id, market.name, error
            )

    def _cover(self, account: Account, currency: str, debt: Decimal, now_ms: int) -> None:
        """The insurance pays what a bankrupt purse owes."""
        log.warning("%s is bankrupt by %s %s", account.client_id, debt, currency)
        paid = account.pay(currency, debt)
        account.tills[currency].insurance -= paid
        account.settlements.append(bankruptcy_record(currency, now_ms, paid))
        row = {
            "type": "correction", "side": "-", "change": float(paid), "cashflow": float(paid),
            "commission": None, "position": None, "price": None, "order_id": None,
            "trade_id": None, "interest_pl": None, "info": "bankruptcy",
        }  # fmt: skip
        account.add_log(None, currency, now_ms, row)


def _has_takers(position: Position) -> bool:
    """True when somebody quotes the side it has to be closed on."""
    return position.market.book.best(BID if position.size > 0 else ASK) is not None


def _urgency(position: Position) -> tuple[float, Decimal]:
    """What binds most goes first, then long options by value."""
    it = position.market.instrument
    return _bound(position), position.value() if it.is_option else ZERO


def _bound(position: Position) -> float:
    """Maintenance margin a position binds."""
    exposure = Exposure(float(position.size))
    return margin_of(
        position.market.instrument, exposure, margin_terms(position.market)
    ).maintenance
