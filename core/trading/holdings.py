"""What strategies may read of ledger, orders and accounts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.domain.position import AccountFigures, Position
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter


class LoopHoldings:
    """The `Holdings` of core.trading.strategy; only the loop thread may use it."""

    def __init__(self, ledger: Ledger, blotter: Blotter) -> None:
        self._ledger = ledger
        self._blotter = blotter
        self._accounts: dict[str, AccountFigures] = {}

    def held(self, sleeve: str, instrument: str) -> Decimal:
        """Signed amount the sleeve holds."""
        return self._ledger.held(sleeve, instrument)

    def total(self, instrument: str) -> Decimal:
        """Signed amount held by all sleeves together."""
        return self._ledger.total(instrument)

    def positions(self) -> tuple[Position, ...]:
        """All non-zero positions."""
        return self._ledger.positions()

    def account(self, currency: str) -> AccountFigures | None:
        """The venue's last figures of one currency."""
        return self._accounts.get(currency)

    def is_in_flight(self, sleeve: str, instrument: str) -> bool:
        """True while an order works there, is unknown, or has fills that did not come yet."""
        return bool(self._blotter.in_flight(sleeve, instrument))

    def accounts(self) -> tuple[AccountFigures, ...]:
        """All currencies, by name."""
        return tuple(self._accounts[name] for name in sorted(self._accounts))

    def take_accounts(self, figures: Iterable[AccountFigures]) -> None:
        """Keep the newest figures of each currency."""
        for one in figures:
            known = self._accounts.get(one.currency)
            if known is None or one.at_ns >= known.at_ns:
                self._accounts[one.currency] = one
