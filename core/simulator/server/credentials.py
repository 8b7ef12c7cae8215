"""Who may come in: client ids with secrets, and the tokens handed out for them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from core.clock import NS_PER_MS, SystemClock
from core.simulator.rpc import RpcError

TOKEN_LIFE_S = 900
SIGNATURE_AGE_MS = 60_000
FULL_SCOPE = "account:read_write block_trade:read trade:read_write wallet:read"


def invalid_credentials() -> RpcError:
    """13004: wrong client id, secret or signature."""
    return RpcError(13004, "invalid_credentials")


@dataclass(frozen=True, slots=True)
class Grant:
    """What one successful login gave."""

    client_id: str
    access_token: str
    refresh_token: str
    scope: str
    expires_at_s: float
    """On the monotonic clock."""


class Credentials:
    """Clients and their live tokens."""

    def __init__(self, secrets_by_id: dict[str, str], life_s: float = TOKEN_LIFE_S) -> None:
        self._secrets = secrets_by_id
        self._life_s = life_s
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def by_secret(self, client_id: str, secret: str, scope: str) -> Grant:
        """Log in with the plain secret."""
        return self._grant(self.check_secret(client_id, secret), scope)

    def check_secret(self, client_id: str, secret: str) -> str:
        """The client id again, or an error when the secret is not its own."""
        known = self._secrets.get(client_id)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            raise invalid_credentials()
        return client_id

    def by_signature(
        self, client_id: str, timestamp_ms: int, signature: str, text: str, now_ms: int, scope: str
    ) -> Grant:
        """Log in with an HMAC-SHA256 of `text` under the secret."""
        self.check_signature(client_id, timestamp_ms, signature, text, now_ms)
        return self._grant(client_id, scope)

    def check_signature(
        self, client_id: str, timestamp_ms: int, signature: str, text: str, now_ms: int
    ) -> None:
        """Raise unless `signature` signs `text` and is fresh by the exchange or the wall clock."""
        known = self._secrets.get(client_id)
        wall_ms = SystemClock().now_ns() // NS_PER_MS
        age_ms = min(abs(now_ms - timestamp_ms), abs(wall_ms - timestamp_ms))
        if known is None or age_ms > SIGNATURE_AGE_MS:
            raise invalid_credentials()
        right = hmac.new(known.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise invalid_credentials()

    def by_refresh(self, token: str) -> Grant:
        """Rotate: the old pair ends, a new one begins."""
        old = self._by_refresh.get(token)
        if old is None:
            raise invalid_credentials()
        self.revoke(old)
        return self._grant(old.client_id, old.scope)

    def client_of(self, access_token: str) -> str | None:
        """Whose token this is; None when unknown or expired."""
        grant = self._by_access.get(access_token)
        if grant is None or grant.expires_at_s < time.monotonic():
            return None
        return grant.client_id

    def is_live(self, grant: Grant) -> bool:
        """True while the access token is accepted."""
        return self.client_of(grant.access_token) is not None

    def revoke(self, grant: Grant) -> None:
        """End both tokens of a grant."""
        self._by_access.pop(grant.access_token, None)
        self._by_refresh.pop(grant.refresh_token, None)

    def expire_all(self, client_id: str | None = None) -> None:
        """End every access token, or those of one client; refresh tokens stay good."""
        for token, grant in list(self._by_access.items()):
            if client_id in (None, grant.client_id):
                del self._by_access[token]

    def result(self, grant: Grant, state: str | None) -> dict[str, object]:
        """The answer of public/auth."""
        row: dict[str, object] = {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "expires_in": int(self._life_s),
            "scope": grant.scope,
            "token_type": "bearer",
            "enabled_features": [],
        }
        if state is not None:
            row["state"] = state
        return row

    def _grant(self, client_id: str, scope: str) -> Grant:
        expires_at_s = time.monotonic() + self._life_s
        access = f"{secrets.token_hex(7)}.{secrets.token_urlsafe(24)}"
        refresh = f"{secrets.token_hex(7)}.{secrets.token_urlsafe(24)}"
        grant = Grant(client_id, access, refresh, granted_scope(scope), expires_at_s)
        self._by_access[access] = grant
        self._by_refresh[refresh] = grant
        return grant


def granted_scope(asked: str) -> str:
    """What is given for what was asked: everything, unless less was asked for by name."""
    words = asked.split()
    kind = next((w for w in words if w.startswith("session:")), "connection")
    narrowed = {w.partition(":")[0]: w for w in words if ":" in w and not w.startswith("session:")}
    full = {w.partition(":")[0]: w for w in FULL_SCOPE.split()}
    return " ".join([kind, "mainaccount", *(narrowed.get(key, word) for key, word in full.items())])
