"""public/auth and the HTTP authorization headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid, unauthorized
from core.simulator.server.credentials import (
    FULL_SCOPE,
    Credentials,
    Grant,
    invalid_credentials,
)

HMAC_SCHEME = "deri-hmac-sha256 "


def grant_for(credentials: Credentials, params: Params, now_ms: int) -> Grant:
    """The three grants of public/auth."""
    kind = params.text("grant_type")
    scope = params.optional_text("scope", 1_000) or ""
    if kind == "client_credentials":
        return credentials.by_secret(params.text("client_id"), params.text("client_secret"), scope)
    if kind == "client_signature":
        timestamp_ms = params.whole("timestamp")
        nonce, data = params.text("nonce", ""), params.text("data", "")
        signed = f"{timestamp_ms}\n{nonce}\n{data}"
        return credentials.by_signature(
            params.text("client_id"), timestamp_ms, params.text("signature"), signed, now_ms, scope
        )
    if kind == "refresh_token":
        return credentials.by_refresh(params.text("refresh_token"))
    raise invalid("grant_type", "invalid format")


def client_from_header(
    credentials: Credentials, header: str | None, method: str, path: str, body: str, now_ms: int
) -> tuple[str | None, str]:
    """(client id, scope) of an HTTP request; raises for a header that is wrong."""
    if not header:
        return None, ""
    if header.startswith("Bearer "):
        client_id = credentials.client_of(header.removeprefix("Bearer ").strip())
        if client_id is None:
            raise unauthorized()
        return client_id, FULL_SCOPE
    if header.startswith("Basic "):
        return _basic(credentials, header.removeprefix("Basic ").strip()), FULL_SCOPE
    if header.startswith(HMAC_SCHEME):
        fields = _fields(header.removeprefix(HMAC_SCHEME))
        signed = f"{fields['ts']}\n{fields['nonce']}\n{method}\n{path}\n{body}\n"
        return _signed(credentials, fields, signed, now_ms), FULL_SCOPE
    raise RpcError(10000, "authorization_required")


def _basic(credentials: Credentials, encoded: str) -> str:
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_credentials() from error
    return credentials.check_secret(client_id, secret)


def _signed(credentials: Credentials, fields: Mapping[str, str], signed: str, now_ms: int) -> str:
    if not fields["ts"].isdigit() or len(fields["ts"]) > 15:
        raise invalid_credentials()
    credentials.check_signature(fields["id"], int(fields["ts"]), fields["sig"], signed, now_ms)
    return fields["id"]


def _fields(text: str) -> dict[str, str]:
    """`id=…,ts=…,sig=…,nonce=…`"""
    pairs = dict(part.strip().partition("=")[::2] for part in text.split(","))
    return {key: pairs.get(key, "") for key in ("id", "ts", "sig", "nonce")}
