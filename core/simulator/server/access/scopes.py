"""Scopes: what is asked for, what is given, what each method needs."""

from __future__ import annotations

from fnmatch import fnmatchcase

FULL = {
    "account": "read_write", "block_trade": "read", "trade": "read_write", "wallet": "read",
}  # fmt: skip
"""The most that is given, by kind of access."""
RANKS = {"none": 0, "read": 1, "read_write": 2}
LONGEST_LIFE_S = 31_536_000
NEEDS = (
    ("private/get_account_summar*", "account:read"),
    ("private/get_subaccounts*", "account:read"),
    ("private/get_transaction_log", "account:read"),
    ("private/get_access_log", "account:read"),
    ("private/get_email_language", "account:read"),
    ("private/get_affiliate_program_info", "account:read"),
    ("private/get_*announcements", "account:read"),
    ("private/simulate_*", "account:read"),
    ("private/get_cancel_on_disconnect", "account:read"),
    ("private/*able_cancel_on_disconnect", "account:read_write"),
    ("private/get_deposits", "wallet:read"),
    ("private/get_withdrawals", "wallet:read"),
    ("private/get_transfers", "wallet:read"),
    ("private/get_current_deposit_address", "wallet:read"),
    ("private/get_address_book", "wallet:read"),
    ("private/*_block_trade*", "block_trade:read"),
    ("private/get_*", "trade:read"),
    ("private/buy", "trade:read_write"),
    ("private/sell", "trade:read_write"),
    ("private/edit*", "trade:read_write"),
    ("private/cancel*", "trade:read_write"),
    ("private/close_position", "trade:read_write"),
    ("private/mass_quote", "trade:read_write"),
    ("private/create_combo", "trade:read_write"),
    ("private/set_mmp_config", "trade:read_write"),
    ("private/reset_mmp", "trade:read_write"),
    ("private/move_positions", "trade:read_write"),
)
"""(method, least access); the first that fits counts, a method that is not here needs none."""


def granted(asked: str, most: str | None = None) -> str:
    """What is given for what was asked: everything, unless less was asked for by name.

    `most` is a scope that must not be exceeded, as when a token makes another.
    """
    words = asked.split()
    session = next((w for w in words if w.startswith("session:") and w != "session:"), "connection")
    limits = [w for w in words if w.startswith(("expires:", "ip:"))]
    wanted = {**FULL, **_levels(words)}
    caps = FULL if most is None else {**dict.fromkeys(FULL, "none"), **_levels(most.split())}
    levels = {
        kind: min(wanted[kind], caps[kind], FULL[kind], key=RANKS.__getitem__) for kind in FULL
    }
    access = [f"{kind}:{level}" for kind, level in levels.items() if level != "none"]
    return " ".join([session, "mainaccount", *access, *limits])


def _levels(words: list[str]) -> dict[str, str]:
    pairs = (word.partition(":") for word in words)
    return {kind: level for kind, _, level in pairs if kind in FULL and level in RANKS}


def session_of(scope: str) -> str | None:
    """The name of the session a scope belongs to; None for one that dies with its socket."""
    first = scope.split(" ", 1)[0]
    return first.removeprefix("session:") if first.startswith("session:") else None


def life_s(scope: str, usual_s: float) -> float:
    """How long a token of this scope lives: `expires:SECONDS`, or the usual time."""
    asked = next((w for w in scope.split() if w.startswith("expires:")), "").removeprefix(
        "expires:"
    )
    if not asked.isdigit() or len(asked) > 9:
        return usual_s
    return float(min(max(int(asked), 1), LONGEST_LIFE_S))


def address_of(scope: str) -> str | None:
    """The only address a token of this scope may be used from; None for any."""
    return next((w.removeprefix("ip:") for w in scope.split() if w.startswith("ip:")), None)


def missing(method: str, scope: str) -> str | None:
    """The access a method needs beyond `scope`; None when it is allowed."""
    need = next((need for name, need in NEEDS if fnmatchcase(method, name)), None)
    return None if need is None or has(scope, need) else need


def has(scope: str, need: str) -> bool:
    """True when `scope` covers `need`, as trade:read."""
    kind, _, level = need.partition(":")
    return RANKS[_levels(scope.split()).get(kind, "none")] >= RANKS[level]
