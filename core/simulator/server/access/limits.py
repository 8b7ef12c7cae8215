"""Credits: each request costs some, they leak back with time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
STRANGERS = 20.0
"""Pools of one address in pools of one stranger; the venue does not publish its number."""


class Credits:
    """What one subaccount, one stranger, or all strangers of one address have left in each pool.

    `share` multiplies every pool.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._left: dict[str, float] = {}
        self._at_s: dict[str, float] = {}

    def spend(self, method: str, now_s: float) -> bool:
        """Pay for one request; False when there is not enough."""
        name, pool = pool_of(method)
        passed = now_s - self._at_s.get(name, now_s)
        size, refill_per_s = pool.size * self._share, pool.refill_per_s * self._share
        left = min(size, self._left.get(name, size) + passed * refill_per_s)
        self._at_s[name] = now_s
        self._left[name] = left - pool.cost if left >= pool.cost else left
        return left >= pool.cost


class Payer(Protocol):
    """Who asks."""

    address: str
    credits: Credits
    """Of its own, for as long as it is not logged in."""

    @property
    def client_id(self) -> str | None:
        """Who is logged in."""
        ...


class Purses:
    """Everybody's credits: a client's, or those of a stranger and of the address it comes from."""

    def __init__(self) -> None:
        self._clients: dict[str, Credits] = {}
        self._strangers: dict[str, Credits] = {}

    def spend(self, payer: Payer, method: str, now_s: float) -> bool:
        """Pay for one request; False when there is not enough."""
        client_id = payer.client_id
        if client_id is not None:
            return self._clients.setdefault(client_id, Credits()).spend(method, now_s)
        address = self._strangers.setdefault(payer.address, Credits(STRANGERS))
        return payer.credits.spend(method, now_s) and address.spend(method, now_s)


def pool_of(method: str) -> tuple[str, Pool]:
    """The pool a method draws on, with its name."""
    if method in SPECIAL:
        return SHARED.get(method, method), SPECIAL[method]
    if method in MATCHING_METHODS:
        return "matching", MATCHING
    return "non_matching", NON_MATCHING
