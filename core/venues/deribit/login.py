"""Proving who we are: the parameters of public/auth."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from core.venues.deribit.endpoints import Credentials, Secret


def signature(secret: Secret, timestamp_ms: int, nonce: str, data: str = "") -> str:
    """Lower-case hex HMAC-SHA256 over timestamp, nonce and data, each on a line of its own."""
    text = _lines(timestamp_ms, nonce, data)
    return hmac.new(secret.reveal().encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_login(credentials: Credentials, timestamp_ms: int, nonce: str = "") -> dict[str, object]:
    """A login by client signature; neither secret nor private key ever travels."""
    nonce = nonce or secrets.token_hex(8)
    key = credentials.private_key
    signed = (
        signature(credentials.secret, timestamp_ms, nonce)
        if key is None
        else key.sign(_lines(timestamp_ms, nonce, ""))
    )
    return {
        "grant_type": "client_signature",
        "client_id": credentials.client_id,
        "timestamp": timestamp_ms,
        "nonce": nonce,
        "data": "",
        "signature": signed,
    }


def refreshed_login(refresh_token: Secret) -> dict[str, object]:
    """A login by the refresh token of the last one; it can be used once."""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}


def _lines(timestamp_ms: int, nonce: str, data: str) -> str:
    """What is signed; the line break before empty data stays."""
    return f"{timestamp_ms}\n{nonce}\n{data}"
