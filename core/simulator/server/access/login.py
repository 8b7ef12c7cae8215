"""public/auth and its relatives, and the HTTP authorization headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, invalid
from core.simulator.server.access.credentials import Credentials, Grant, invalid_credentials
from core.simulator.server.access.scopes import FULL

HMAC_SCHEME = "deri-hmac-sha256 "
LONGEST_SESSION = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, and what that allows."""

    client_id: str | None = None
    scope: str = ""


def grant_for(credentials: Credentials, params: Params) -> Grant:
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
            params.text("client_id"), timestamp_ms, params.text("signature"), signed, scope
        )
    if kind == "refresh_token":
        return credentials.by_refresh(params.text("refresh_token"))
    raise invalid("grant_type", "invalid format")


def forked(credentials: Credentials, params: Params) -> Grant:
    """public/fork_token."""
    name = params.text("session_name")
    if not name or len(name) > LONGEST_SESSION or len(name.split()) != 1:
        raise invalid("session_name", "invalid format")
    return credentials.fork(params.text("refresh_token"), name)


def exchanged(credentials: Credentials, params: Params, user_ids: Mapping[int, str]) -> Grant:
    """public/exchange_token; `user_ids` are the caller's own subaccounts by id."""
    token, subject = params.text("refresh_token"), params.whole("subject_id")
    credentials.owner_of(token)
    if subject not in user_ids:
        raise invalid("subject_id", "invalid format")
    scope = params.optional_text("scope", 1_000) or ""
    return credentials.exchange(token, user_ids[subject], scope)


def identity_of(
    credentials: Credentials, header: str | None, address: str, signed: str
) -> Identity:
    """Who sends an HTTP request; raises for a header that is wrong.

    `signed` is what a signature covers after timestamp and nonce: method, path and body.
    """
    everything = " ".join(f"{kind}:{level}" for kind, level in FULL.items())
    if not header:
        return Identity()
    if header.startswith("Bearer "):
        grant = credentials.use(header.removeprefix("Bearer ").strip(), address)
        return Identity(grant.client_id, grant.scope)
    if header.startswith("Basic "):
        return Identity(_basic(credentials, header.removeprefix("Basic ").strip()), everything)
    if header.startswith(HMAC_SCHEME):
        fields = _fields(header.removeprefix(HMAC_SCHEME))
        return Identity(_signed(credentials, fields, signed), everything)
    raise RpcError(10000, "authorization_required")


def _basic(credentials: Credentials, encoded: str) -> str:
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise invalid_credentials() from error
    return credentials.check_secret(client_id, secret)


def _signed(credentials: Credentials, fields: Mapping[str, str], signed: str) -> str:
    stamp = fields["ts"]
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 15:
        raise invalid_credentials()
    text = f"{stamp}\n{fields['nonce']}\n{signed}"
    credentials.check_signature(fields["id"], int(stamp), fields["sig"], text)
    return fields["id"]


def _fields(text: str) -> dict[str, str]:
    """`id=…,ts=…,sig=…,nonce=…`"""
    pairs = dict(part.strip().partition("=")[::2] for part in text.split(","))
    return {key: pairs.get(key, "") for key in ("id", "ts", "sig", "nonce")}
