"""The JSON-RPC envelope: requests in, answers and errors out, with the venue's timing fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

Json = dict[str, Any]
_encoder = msgspec.json.Encoder()
encode = _encoder.encode
"""Any plain value as JSON bytes; NaN becomes null."""
INVALID_PARAMS = -32602
CLOSING = b"}}"


class RpcError(Exception):
    """A refusal with the venue's code; becomes an error frame."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        self.code, self.message, self.data = code, message, data
        super().__init__(f"{message} ({code})")

    def body(self) -> Json:
        """The `error` object."""
        body: Json = {"code": self.code, "message": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


def invalid(param: str, reason: str) -> RpcError:
    """-32602 for one parameter."""
    return RpcError(INVALID_PARAMS, "Invalid params", {"reason": reason, "param": param})


def unauthorized(reason: str = "invalid_token") -> RpcError:
    """13009: no, expired or wrong token."""
    return RpcError(13009, "unauthorized", {"reason": reason, "param": "access_token"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose shape is right."""

    method: str
    params: Json
    rpc_id: int | str | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a request came and when its answer left, microseconds."""

    in_us: int
    out_us: int

    def fields(self) -> Json:
        """As the venue prints them."""
        return {
            "usIn": self.in_us,
            "usOut": self.out_us,
            "usDiff": self.out_us - self.in_us,
            "testnet": False,
        }


def parse(text: str | bytes) -> Request:
    """Read one request; raises RpcError for what is not one."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RpcError(11050, "bad_request", "invalid json") from error
    if not isinstance(value, dict):
        raise RpcError(-32600, "invalid request")
    method, params = value.get("method"), value.get("params")
    rpc_id = value.get("id")
    if isinstance(rpc_id, bool) or not isinstance(rpc_id, int | str):
        rpc_id = None
    if not isinstance(method, str):
        raise RpcError(-32600, "invalid request")
    if params is None:
        params = {}
    if not isinstance(params, dict):
        raise RpcError(-32602, "Invalid params")
    return Request(method, params, rpc_id)


def rpc_id_of(text: str | bytes) -> int | str | None:
    """The id of a request that could not be read further, if it has one."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    rpc_id = value.get("id") if isinstance(value, dict) else None
    return rpc_id if isinstance(rpc_id, int | str) and not isinstance(rpc_id, bool) else None


def answer(rpc_id: int | str | None, result: object, stamp: Stamp) -> bytes:
    """A success frame."""
    return encode(_framed(rpc_id, {"result": result}, stamp))


def failure(rpc_id: int | str | None, error: RpcError, stamp: Stamp) -> bytes:
    """An error frame."""
    return encode(_framed(rpc_id, {"error": error.body()}, stamp))


def opening_of(channel: str) -> bytes:
    """What stands before the data in every frame of a channel; `CLOSING` stands behind."""
    head = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":'
    return head + encode(channel) + b',"data":'


def _framed(rpc_id: int | str | None, body: Json, stamp: Stamp) -> Json:
    head: Json = {"jsonrpc": "2.0"}
    if rpc_id is not None:
        head["id"] = rpc_id
    return head | body | stamp.fields()
