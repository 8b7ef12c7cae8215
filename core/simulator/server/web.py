"""HTTP: the same methods by GET and POST."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from core.simulator.methods.params import Params
from core.simulator.rpc import Json, Request, RpcError, Stamp, failure, parse, rpc_id_of
from core.simulator.server.access.limits import Credits
from core.simulator.server.access.login import (
    Identity,
    exchanged,
    forked,
    grant_for,
    identity_of,
)
from core.simulator.server.dispatch import CONTROL, Dispatcher

PREFIX = "/api/v2"


class HttpCall:
    """One HTTP request as a connection."""

    is_websocket = False

    def __init__(self, dispatcher: Dispatcher, identity: Identity, address: str) -> None:
        self._dispatcher = dispatcher
        self._identity = identity
        self.address = address
        self.credits = Credits()
        self.heartbeat_s = 0
        self.cancel_on_disconnect = False

    @property
    def client_id(self) -> str | None:
        """Who asks."""
        return self._identity.client_id

    @property
    def scope(self) -> str:
        """What that allows."""
        return self._identity.scope

    def show(self, access_token: str) -> None:
        """The request carries a token among its parameters."""
        grant = self._dispatcher.credentials.use(access_token, self.address)
        self._identity = Identity(grant.client_id, grant.scope)

    def login(self, params: Params) -> dict[str, object]:
        """public/auth: tokens only, there is no socket to bless."""
        credentials = self._dispatcher.credentials
        grant = grant_for(credentials, params)
        return credentials.result(grant, params.optional_text("state"))

    def exchange_token(self, params: Params) -> dict[str, object]:
        """public/exchange_token."""
        credentials, ids = self._dispatcher.credentials, self._dispatcher.subaccounts_of(params)
        return credentials.result(exchanged(credentials, params, ids), None)

    def fork_token(self, params: Params) -> dict[str, object]:
        """public/fork_token."""
        credentials = self._dispatcher.credentials
        return credentials.result(forked(credentials, params), None)

    def logout(self, invalidate: bool) -> None:
        """Refused before it gets here."""
        del invalidate
        raise RpcError(10030, "must_be_websocket_request")

    def join(self, name: str) -> bool:
        """Refused before it gets here."""
        del name
        raise RpcError(10030, "must_be_websocket_request")

    def leave(self, name: str) -> bool:
        """Refused before it gets here."""
        del name
        raise RpcError(10030, "must_be_websocket_request")

    def leave_all(self) -> None:
        """Refused before it gets here."""
        raise RpcError(10030, "must_be_websocket_request")


class WebFront:
    """Turns HTTP requests into calls."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def get(self, http: web.Request) -> web.Response:
        """GET /api/v2/{method}?…: the answer has no id."""
        params: Json = {}
        for key in http.query:
            values = [_typed(text) for text in http.query.getall(key)]
            params[key] = values[0] if len(values) == 1 else values
        return await self._run(http, Request(http.match_info["method"], params, None), "")

    async def post(self, http: web.Request) -> web.Response:
        """POST with the JSON-RPC object as body."""
        body = await http.read()
        try:
            request = parse(body)
        except RpcError as error:
            return self._refusal(error, rpc_id_of(body))
        return await self._run(http, request, body.decode())

    async def _run(self, http: web.Request, request: Request, body: str) -> web.Response:
        if self._dispatcher.faults.venue.is_down and not request.method.startswith(CONTROL):
            return hung_up(http)
        await self._dispatcher.turn()
        await self._dispatcher.prepare(request)
        try:
            call = HttpCall(self._dispatcher, self._identity(http, body), address_of(http))
        except RpcError as error:
            return self._refusal(error, request.rpc_id)
        outcome = self._dispatcher.run(call, request)
        self._dispatcher.exchange.flush_client()
        if outcome.frame is None or outcome.is_cut:
            return hung_up(http)
        await self._wait(outcome.late_s or self._dispatcher.late_s(call.client_id))
        status = 400 if outcome.is_error else 200
        return web.Response(body=outcome.frame, status=status, content_type="application/json")

    def _identity(self, http: web.Request, body: str) -> Identity:
        signed = f"{http.method}\n{http.raw_path}\n{body}\n"
        header = http.headers.get("Authorization")
        return identity_of(self._dispatcher.credentials, header, address_of(http), signed)

    async def _wait(self, seconds: float) -> None:
        if seconds:
            passed = asyncio.Event()
            self._dispatcher.timing.later(seconds, passed.set)
            await passed.wait()

    def _refusal(self, error: RpcError, rpc_id: int | str | None) -> web.Response:
        now_us = self._dispatcher.now_us()
        frame = failure(rpc_id, error, Stamp(now_us, now_us))
        return web.Response(body=frame, status=400, content_type="application/json")


def address_of(http: web.Request) -> str:
    """The address a request comes from."""
    return http.remote or ""


def hung_up(http: web.Request) -> web.Response:
    """Break the connection; what is returned is never sent."""
    if isinstance(http.transport, asyncio.Transport):
        http.transport.abort()
    return web.Response(status=500)


def _typed(text: str) -> Any:
    """Lists and objects come as JSON in a query; everything else stays text."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text
