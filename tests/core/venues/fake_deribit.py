"""A JSON-RPC websocket server on a free local port that a test scripts."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in": 900, "scope": "", "sid": "s"}


class NoReply:
    """The request is swallowed."""


NO_REPLY = NoReply()


@dataclass(frozen=True)
class Error:
    """An error answer."""

    code: int
    message: str
    data: Any = None


@dataclass
class Client:
    """One connection as the server sees it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    channels: set[str] = field(default_factory=set)
    after: list[tuple[str, Any]] = field(default_factory=list)
    """(channel, data) sent after the next answer."""


Handler = Callable[[Client, dict[str, Any]], Any]


class FakeDeribit:
    """Answers what `handlers` say; subscribes and logs in politely by itself."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.clients: list[Client] = []
        self.instruments: list[dict[str, Any]] = []
        self.first_data: Callable[[str], Any] = lambda _: None
        """Data sent right after a channel is joined; None for nothing."""
        self.handlers: dict[str, Handler] = {
            "public/set_heartbeat": lambda *_: "ok",
            "public/test": lambda *_: {"version": "1"},
            "public/auth": lambda *_: TOKENS,
            "public/get_instruments": self._instruments,
            "public/subscribe": self._subscribe,
            "private/subscribe": self._subscribe,
            "public/unsubscribe": self._unsubscribe,
            "private/enable_cancel_on_disconnect": lambda *_: "ok",
            "private/get_cancel_on_disconnect": lambda *_: {"enabled": True},
        }
        self.url = ""
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> Iterator[FakeDeribit]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        runner = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(runner), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)
            self._loop.close()

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every request of `method` so far."""
        return [params for name, params in list(self.requests) if name == method]

    def push(self, channel: str, data: Any) -> None:
        """Send a notification to everyone subscribed to `channel`."""
        self._run(self._push(channel, data))

    def say(self, text: str) -> None:
        """Send a raw text to everyone."""
        self._run(self._say(text))

    def cut(self) -> None:
        """Break every connection without a word."""
        for client in list(self.clients):
            self._loop.call_soon_threadsafe(client.transport.abort)

    def _run(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(5)

    async def _start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/ws/api/v2", self._serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"ws://{host}:{port}/ws/api/v2"
        return runner

    async def _stop(self, runner: web.AppRunner) -> None:
        for client in list(self.clients):
            client.transport.abort()
        await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        client = Client(socket, request.transport)
        self.clients.append(client)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._answer(client, json.loads(message.data))
        finally:
            self.clients.remove(client)
        return socket

    async def _answer(self, client: Client, request: dict[str, Any]) -> None:
        method, params = request["method"], request["params"]
        self.requests.append((method, params))
        handler = self.handlers.get(method)
        unknown = Error(-32601, "Method not found")
        result = unknown if handler is None else handler(client, params)
        if not isinstance(result, NoReply):
            body: dict[str, Any] = {"result": result}
            if isinstance(result, Error):
                body = {"error": {"code": result.code, "message": result.message}}
                if result.data is not None:
                    body["error"]["data"] = result.data
            await self._send(client, {"jsonrpc": "2.0", "id": request["id"], **body})
        after, client.after = client.after, []
        for channel, data in after:
            await self._send(client, notification(channel, data))

    async def _push(self, channel: str, data: Any) -> None:
        for client in list(self.clients):
            if channel in client.channels:
                await self._send(client, notification(channel, data))

    async def _say(self, text: str) -> None:
        for client in list(self.clients):
            await client.socket.send_str(text)

    async def _send(self, client: Client, message: dict[str, Any]) -> None:
        if not client.socket.closed:
            await client.socket.send_str(json.dumps(message, separators=(",", ":")))

    def _instruments(self, _: Client, params: dict[str, Any]) -> Any:
        return [
            one
            for one in self.instruments
            if one["settlement_currency"] == params["currency"]
            and params.get("kind", one["kind"]) == one["kind"]
        ]

    def _subscribe(self, client: Client, params: dict[str, Any]) -> list[str]:
        for channel in params["channels"]:
            if channel not in client.channels:
                client.channels.add(channel)
                data = self.first_data(channel)
                if data is not None:
                    client.after.append((channel, data))
        return list(params["channels"])

    def _unsubscribe(self, client: Client, params: dict[str, Any]) -> list[str]:
        client.channels.difference_update(params["channels"])
        return list(params["channels"])


def notification(channel: str, data: Any) -> dict[str, Any]:
    """A subscription frame, keys in the venue's order."""
    return {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": channel, "data": data},
    }
