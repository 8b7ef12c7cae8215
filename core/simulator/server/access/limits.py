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
MASS_QUOTE = Pool(10, 10, 1)
SUBSCRIBE = Pool(30_000, 10_000, 3_000)
SPECIAL = {
    "public/get_instruments": Pool(500_000, 10_000, 10_000),
    "public/subscribe": SUBSCRIBE,
    "private/subscribe": SUBSCRIBE,
    "private/get_transaction_log": Pool(80_000, 10_000, 10_000),
    "private/move_positions": Pool(600_000, 10_000, 100_000),
    "private/cancel_all": CANCEL_ALL,
    "private/mass_quote": MASS_QUOTE,
}
SHARED = {"private/subscribe": "public/subscribe"}
"""Methods that draw on the pool of another."""
MATCHING_METHODS = frozenset(
    "private/" + name
    for name in (
        "buy", "sell", "edit", "edit_by_label", "cancel", "cancel_by_label",
        "cancel_all_by_currency", "cancel_all_by_instrument", "cancel_all_by_kind_or_type",
        "cancel_all_by_currency_pair", "close_position", "cancel_quotes", "verify_block_trade",
        "execute_block_trade",
    )
)  # fmt: skip


class Credits:
    """What one subaccount, or all strangers of one address, have left in each pool."""

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


class Purses:
    """Everybody's credits, by client, or by address for those who are not logged in."""

    def __init__(self) -> None:
        self._clients: dict[str, Credits] = {}
        self._strangers: dict[str, Credits] = {}

    def of(self, client_id: str | None, address: str) -> Credits:
        """Whom a request is charged to."""
        if client_id is not None:
            return self._clients.setdefault(client_id, Credits())
        return self._strangers.setdefault(address, Credits())


def pool_of(method: str) -> tuple[str, Pool]:
    """The pool a method draws on, with its name."""
    if method in SPECIAL:
        return SHARED.get(method, method), SPECIAL[method]
    if method in MATCHING_METHODS:
        return "matching", MATCHING
    return "non_matching", NON_MATCHING
