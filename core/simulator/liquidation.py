"""Forced closing of accounts whose margin balance fell below maintenance."""

from __future__ import annotations

import logging

from core.simulator.accounts.account import Account, Accounts
from core.simulator.accounts.margin import Exposure, margin_of
from core.simulator.accounts.order import OrderSpec
from core.simulator.accounts.position import Position
from core.simulator.accounts.summary import funds, margin_terms
from core.simulator.matching.engine import Engine
from core.simulator.rpc import RpcError
from core.simulator.world.listing.instruments import CURRENCIES

log = logging.getLogger(__name__)


class Liquidator:
    """Looks at every account once a second."""

    def __init__(self, accounts: Accounts, engine: Engine) -> None:
        self._accounts = accounts
        self._engine = engine

    def watch(self) -> None:
        """Close a part of what each endangered account holds."""
        for account in self._accounts:
            for currency in CURRENCIES:
                if any(p.size for p in account.positions_in(currency)):
                    self._watch_purse(account, currency)

    def _watch_purse(self, account: Account, currency: str) -> None:
        account.take_funding()
        money = funds(account, currency)
        if money.margin_balance >= money.maintenance:
            return
        log.warning("liquidating %s of %s", currency, account.client_id)
        for order in list(account.orders.values()):
            if order.market.instrument.settlement == currency:
                self._engine.cancel(order, "autoliquidation")
        held = [p for p in account.positions_in(currency) if p.size]
        self._reduce(account, max(held, key=_bound))

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


def _bound(position: Position) -> float:
    """Maintenance margin a position binds."""
    exposure = Exposure(float(position.size))
    return margin_of(
        position.market.instrument, exposure, margin_terms(position.market)
    ).maintenance
