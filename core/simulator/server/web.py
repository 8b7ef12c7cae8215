"""HTTP: the same methods by GET and POST."""

from __future__ import annotations

import asyncio

from aiohttp import web

from core.simulator.methods.params import Params
from core.simulator.rpc import Json, Request, RpcError, Stamp, failure, parse
from core.simulator.server.dispatch import CONTROL, Dispatcher
from core.simulator.server.limits import Credits
from core.simulator.server.login import client_from_header, grant_for

PREFIX = "/api/v2"


class HttpCall:
    """One HTTP request as a connection."""

    is_websocket = False

    def __init__(self, dispatcher: Dispatcher, client_id: str | None, scope: str) -> None:
        self._dispatcher = dispatcher
        self.client_id = client_id
        self.scope = scope or "trade:read_write"
        self.heartbeat_s = 0
        self.cancel_on_disconnect = False

    def login(self, params: Params) -> dict[str, object]:
        """public/auth: tokens only, there is no socket to bless."""
        credentials = self._dispatcher.credentials
        grant = grant_for(credentials, params, self._dispatcher.exchange.clock.now_ms())
        return credentials.result(grant, params.optional_text("state"))

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
        self._stranger = Credits()

    async def get(self, http: web.Request) -> web.Response:
        """GET /api/v2/{method}?…: the answer has no id."""
        params: Json = {}
        for key in http.query:
            values = http.query.getall(key)
            params[key] = values[0] if len(values) == 1 else values
        return await self._run(http, Request(http.match_info["method"], params, None), "")

    async def post(self, http: web.Request) -> web.Response:
        """POST with the JSON-RPC object as body."""
        body = await http.text()
        try:
            request = parse(body)
        except RpcError as error:
            return self._refusal(error)
        return await self._run(http, request, body)

    async def _run(self, http: web.Request, request: Request, body: str) -> web.Response:
        if self._dispatcher.faults.venue.is_down and not request.method.startswith(CONTROL):
            return hung_up(http)
        now_ms = self._dispatcher.exchange.clock.now_ms()
        header = http.headers.get("Authorization")
        try:
            client_id, scope = client_from_header(
                self._dispatcher.credentials, header, http.method, http.raw_path, body, now_ms
            )
        except RpcError as error:
            return self._refusal(error)
        call = HttpCall(self._dispatcher, client_id, scope)
        outcome = self._dispatcher.run(call, request, self._stranger)
        self._dispatcher.exchange.flush_client()
        if outcome.frame is None or outcome.is_cut:
            return hung_up(http)
        await self._wait(outcome.late_s or self._dispatcher.late_s(call.client_id))
        status = 400 if outcome.is_error else 200
        return web.Response(body=outcome.frame, status=status, content_type="application/json")

    async def _wait(self, seconds: float) -> None:
        if seconds:
            passed = asyncio.Event()
            self._dispatcher.timing.later(seconds, passed.set)
            await passed.wait()

    def _refusal(self, error: RpcError) -> web.Response:
        now_us = self._dispatcher.now_us()
        frame = failure(None, error, Stamp(now_us, now_us))
        return web.Response(body=frame, status=400, content_type="application/json")


def hung_up(http: web.Request) -> web.Response:
    """Break the connection; what is returned is never sent."""
    assert isinstance(http.transport, asyncio.Transport)
    http.transport.abort()
    return web.Response(status=500)
