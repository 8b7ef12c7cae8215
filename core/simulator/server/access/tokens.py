"""How tokens are drawn: unguessable ones for a running exchange, repeatable ones when stepped."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from typing import TypeAlias

Mint: TypeAlias = Callable[[int], str]
"""From the time of expiry, milliseconds, to a token."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


def unguessable(expires_ms: int) -> str:
    """A token nobody can guess."""
    return f"{expires_ms}.{secrets.token_urlsafe(6)}.{secrets.token_urlsafe(24)}"


def repeatable(seed: int) -> Mint:
    """Tokens of a stepped exchange: the same seed gives the same ones in the same order."""
    stream = random.Random(f"tokens {seed}")

    def mint(expires_ms: int) -> str:
        text = "".join(stream.choices(_LETTERS, k=40))
        return f"{expires_ms}.{text[:8]}.{text[8:]}"

    return mint
