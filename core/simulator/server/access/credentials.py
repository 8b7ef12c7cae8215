"""Who may come in: client ids with secrets, and the tokens handed out for them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from core.clock import NS_PER_MS, SystemClock
from core.simulator.rpc import RpcError, unauthorized
from core.simulator.server.access import scopes
from core.simulator.server.access.key_pairs import is_public_key, is_signed
from core.simulator.server.access.tokens import Mint, unguessable

TOKEN_LIFE_S = 900.0
SIGNATURE_AGE_MS = 60_000
MOST_SESSIONS = 16
"""Named sessions of one key; one more ends the oldest."""


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
    life_s: float
    expires_at_s: float
    """By the time tokens go by."""

    @property
    def is_session(self) -> bool:
        """True when the tokens outlive the socket they came over."""
        return scopes.session_of(self.scope) is not None


class Credentials:
    """Clients and their live tokens."""

    def __init__(
        self, secrets_by_id: dict[str, str], now_s: Callable[[], float],
        now_ms: Callable[[], int], mint: Mint = unguessable,
    ) -> None:  # fmt: skip
        self._secrets = secrets_by_id
        self._now_s = now_s
        self._now_ms = now_ms
        self._mint = mint
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def by_secret(self, client_id: str, secret: str, scope: str) -> Grant:
        """Log in with the plain secret."""
        return self._grant(self.check_secret(client_id, secret), scopes.granted(scope))

    def check_secret(self, client_id: str, secret: str) -> str:
        """The client id again, or an error when the secret is not its own."""
        known = self._secrets.get(client_id)
        if known is None or is_public_key(known):
            raise invalid_credentials()
        if not hmac.compare_digest(_bytes(known), _bytes(secret)):
            raise invalid_credentials()
        return client_id

    def by_signature(
        self, client_id: str, timestamp_ms: int, signature: str, text: str, scope: str
    ) -> Grant:
        """Log in with an HMAC-SHA256 of `text` under the secret, or by a key pair."""
        self.check_signature(client_id, timestamp_ms, signature, text)
        return self._grant(client_id, scopes.granted(scope))

    def check_signature(self, client_id: str, timestamp_ms: int, signature: str, text: str) -> None:
        """Raise unless `signature` signs `text` and is fresh by the exchange or the wall clock."""
        known = self._secrets.get(client_id)
        wall_ms = SystemClock().now_ns() // NS_PER_MS
        age_ms = min(abs(self._now_ms() - timestamp_ms), abs(wall_ms - timestamp_ms))
        if known is None or age_ms > SIGNATURE_AGE_MS:
            raise invalid_credentials()
        if is_public_key(known):
            if not is_signed(known, signature, _bytes(text)):
                raise invalid_credentials()
            return
        right = hmac.new(_bytes(known), _bytes(text), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(_bytes(right), _bytes(signature)):
            raise invalid_credentials()

    def by_refresh(self, token: str) -> Grant:
        """Rotate: the old pair ends, a new one begins."""
        old = self._refreshing(token)
        self.revoke(old)
        return self._grant(old.client_id, old.scope)

    def fork(self, token: str, session: str) -> Grant:
        """Another named session beside the one of a refresh token."""
        old = self._refreshing(token)
        words = [w for w in old.scope.split() if not w.startswith("session:")]
        return self._grant(
            old.client_id,
            " ".join([f"session:{session}", *(w for w in words if w != "connection")]),
        )

    def exchange(self, token: str, client_id: str, scope: str) -> Grant:
        """Tokens for another subaccount; never more than the old scope allows."""
        old = self._refreshing(token)
        self.revoke(old)
        asked = scope or old.scope
        return self._grant(client_id, scopes.granted(asked, old.scope))

    def owner_of(self, refresh_token: str) -> str:
        """Whose refresh token this is; 13004 when it is none."""
        return self._refreshing(refresh_token).client_id

    def find(self, access_token: str) -> Grant | None:
        """The grant of a token; None when unknown or expired."""
        grant = self._by_access.get(access_token)
        if grant is None or grant.expires_at_s <= self._now_s():
            return None
        return grant

    def use(self, access_token: str, address: str) -> Grant:
        """The grant of a token sent with a request; 13009 when it is no good from there."""
        grant = self.find(access_token)
        if grant is None or scopes.address_of(grant.scope) not in (None, address):
            raise unauthorized()
        return grant

    def is_live(self, grant: Grant) -> bool:
        """True while the access token is accepted."""
        return self.find(grant.access_token) is not None

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
            "expires_in": int(grant.life_s),
            "scope": grant.scope,
            "token_type": "bearer",
            "enabled_features": [],
        }
        if state is not None:
            row["state"] = state
        return row

    def _refreshing(self, token: str) -> Grant:
        grant = self._by_refresh.get(token)
        if grant is None:
            raise invalid_credentials()
        return grant

    def _grant(self, client_id: str, scope: str) -> Grant:
        life_s = scopes.life_s(scope, TOKEN_LIFE_S)
        expires_ms = self._now_ms() + int(life_s * 1000.0)
        access, refresh = self._mint(expires_ms), self._mint(expires_ms)
        grant = Grant(client_id, access, refresh, scope, life_s, self._now_s() + life_s)
        self._by_access[access] = grant
        self._by_refresh[refresh] = grant
        if grant.is_session:
            self._end_oldest_session(client_id)
        return grant

    def _end_oldest_session(self, client_id: str) -> None:
        mine = [g for g in self._by_refresh.values() if g.client_id == client_id and g.is_session]
        for grant in mine[:-MOST_SESSIONS]:
            self.revoke(grant)


def _bytes(text: str) -> bytes:
    """Any text; half a surrogate pair from JSON has no UTF-8."""
    return text.encode("utf-8", "surrogatepass")
