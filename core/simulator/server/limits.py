"""Credits: each request costs some, they leak back with time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """How one kind of request is limited."""

    size: float
    refill_per_s: float
    cost: float


NON_MATCHING = Pool(50_000, 10_000, 500)
MATCHING = Pool(20, 5, 1)
CANCEL_ALL = Pool(20, 5, 1)
SPECIAL = {
    "public/get_instruments": Pool(500_000, 10_000, 10_000),
    "public/subscribe": Pool(30_000, 10_000, 3_000),
    "private/subscribe": Pool(30_000, 10_000, 3_000),
    "private/get_transaction_log": Pool(80_000, 10_000, 10_000),
    "private/cancel_all": CANCEL_ALL,
}
MATCHING_METHODS = frozenset(
    "private/" + name
    for name in (
        "buy", "sell", "edit", "edit_by_label", "cancel", "cancel_by_label",
        "cancel_all_by_currency", "cancel_all_by_instrument", "cancel_all_by_kind_or_type",
        "cancel_all_by_currency_pair", "close_position",
    )
)  # fmt: skip


class Credits:
    """What one subaccount (or one stranger) has left in each pool."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}
        self._at_s: dict[str, float] = {}

    def spend(self, method: str, now_s: float) -> bool:
        """Pay for one request; False when there is not enough."""
        name, pool = pool_of(method)
        passed = now_s - self._at_s.get(name, now_s)
        left = min(pool.size, self._left.get(name, pool.size) + passed * pool.refill_per_s)
        self._at_s[name] = now_s
        self._left[name] = left - pool.cost if left >= pool.cost else left
        return left >= pool.cost


def pool_of(method: str) -> tuple[str, Pool]:
    """The pool a method draws on, with its name."""
    if method in SPECIAL:
        return method, SPECIAL[method]
    if method in MATCHING_METHODS:
        return "matching", MATCHING
    return "non_matching", NON_MATCHING
