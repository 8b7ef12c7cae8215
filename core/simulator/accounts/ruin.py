"""At which price an account would be liquidated."""

from __future__ import annotations

from core.simulator.accounts.account import Account
from core.simulator.accounts.funds import funds, margin_terms
from core.simulator.accounts.margin import Exposure, Terms, margin_of
from core.simulator.accounts.money import is_inverse_future
from core.simulator.accounts.position import Position

HIGHEST = 1_000.0
"""Times the mark; a short that survives that has no liquidation price."""
LOWEST = 1e-6
HALVINGS = 60


def liquidation_price(account: Account, position: Position) -> float | None:
    """The mark of this future at which maintenance eats up the margin balance, all else equal.

    None when there is no such price, or nothing is held.
    """
    market, it, size = position.market, position.market.instrument, float(position.size)
    if not size:
        return None
    money, mark = funds(account, it.settlement), market.mark
    spare = float(money.margin_balance - money.maintenance) + _own(position, mark)

    def survives(price: float) -> bool:
        won = size / mark - size / price if is_inverse_future(it) else size * (price - mark)
        return spare + won > _own(position, price)

    good, bad = mark, mark * (LOWEST if size > 0 else HIGHEST)
    if not survives(good):
        return round(mark, it.terms.mark_decimals)
    if survives(bad):
        return None
    for _ in range(HALVINGS):
        middle = (good * bad) ** 0.5
        good, bad = (middle, bad) if survives(middle) else (good, middle)
    return round(bad, it.terms.mark_decimals)


def _own(position: Position, price: float) -> float:
    """Maintenance margin of this position at a price."""
    terms = Terms(price, margin_terms(position.market).underlying)
    exposure = Exposure(float(position.size))
    return margin_of(position.market.instrument, exposure, terms).maintenance
