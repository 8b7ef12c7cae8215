"""One question to a venue's HTTP door: JSON-RPC over POST, for what is asked rarely."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from core.errors import VenueError

Value = str | float | int | bool
_MOST_BYTES: Final = 8_000_000
"""Nothing that is asked here is longer; what is, is not read to its end."""


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""
    data: dict[str, str | int | float | None] | None = None


class _Answer(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


def ask(
    http_url: str, method: str, params: Mapping[str, Value], timeout_s: float, who: str
) -> msgspec.Raw:
    """The result of one request; blocks for up to `timeout_s`.

    Args:
        who: The venue in the words of an error, such as "the simulator".

    Raises:
        VenueError: it refused, did not answer, or said something unreadable.
    """
    # Loaded here: the first picture must not wait for it.
    import http.client
    import urllib.error
    import urllib.request

    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": dict(params)}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(http_url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as reply:
            return _result(reply.read(_MOST_BYTES), who)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _result(refusal.read(_MOST_BYTES), who)
    except (OSError, http.client.HTTPException) as error:
        raise VenueError(0, f"{who} did not answer", str(error)) from error


def _result(text: bytes, who: str) -> msgspec.Raw:
    try:
        answer = msgspec.json.decode(text, type=_Answer)
    except msgspec.MsgspecError as error:
        raise VenueError(0, f"{who}'s answer is unreadable", str(error)) from error
    if answer.error is not None:
        refusal = answer.error
        data = refusal.data or {}
        if data.get("param") and data.get("reason"):
            raise VenueError(0, f"{data['param']} {data['reason']}")
        raise VenueError(refusal.code, refusal.message, str(data.get("reason") or ""))
    return answer.result
