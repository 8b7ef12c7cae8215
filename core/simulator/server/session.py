"""One WebSocket: its login, subscriptions, heartbeat, and a single write for many frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMsgType, web

from core.simulator.methods.params import Params
from core.simulator.rpc import RpcError, Stamp, encode, failure, parse, rpc_id_of
from core.simulator.server.credentials import Grant
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.limits import Credits
from core.simulator.server.login import grant_for
from core.simulator.server.outbox import Outbox

MOST_REQUEST_BYTES = 32_768
IDLE_S = 60.0
HEARTBEAT_CLOSE = 4000
HEARTBEAT_GRACE_S = 10.0
FIRST_BEAT, NEXT_BEAT = 1.2, 1.06
"""Measured: the first test request comes after 1.2 intervals, the next every 1.06."""
_HEARTBEAT = encode({"params": {"type": "heartbeat"}, "method": "heartbeat", "jsonrpc": "2.0"})
_TEST = encode({"params": {"type": "test_request"}, "method": "heartbeat", "jsonrpc": "2.0"})


class Session:
    """Lives as long as its socket. Everything runs in the exchange's loop."""

    is_websocket = True

    def __init__(self, dispatcher: Dispatcher, transport: asyncio.Transport) -> None:
        self._dispatcher = dispatcher
        self._exchange = dispatcher.exchange
        self._transport = transport
        self._timing = dispatcher.timing
        self.outbox = Outbox(
            transport, dispatcher.timing, dispatcher.faults.sockets, lambda: self.client_id
        )
        self.send: Callable[[bytes], None] = self.outbox.send
        """Queue one notification."""
        self._is_frozen = False
        self._stranger = Credits()
        self._grant: Grant | None = None
        self._token_client: str | None = None
        self._channels: dict[str, str | None] = {}
        """Subscribed channels, with the client for private ones."""
        self._joining: list[str] = []
        self.cancel_on_disconnect = False
        self._heartbeat_s = 0
        self._next_beat_s = 0.0
        self._tested_at_s: float | None = None
        self._heard_at_s = self._timing.now_s()
        self._closing: tuple[int, bytes] | None = None

    # As the methods see it

    @property
    def client_id(self) -> str | None:
        """Who is logged in; None again when the token expired."""
        if self._token_client is not None:
            return self._token_client
        grant = self._grant
        if grant is None or not self._dispatcher.credentials.is_live(grant):
            return None
        return grant.client_id

    @client_id.setter
    def client_id(self, value: str | None) -> None:
        self._token_client = value

    @property
    def scope(self) -> str:
        """What the login gave."""
        return self._grant.scope if self._grant else "trade:read_write"

    @property
    def heartbeat_s(self) -> int:
        """0 while heartbeats are off."""
        return self._heartbeat_s

    @heartbeat_s.setter
    def heartbeat_s(self, value: int) -> None:
        self._heartbeat_s = value
        self._tested_at_s = None
        self._next_beat_s = self._timing.now_s() + FIRST_BEAT * value

    def login(self, params: Params) -> dict[str, object]:
        """public/auth: the socket itself becomes authenticated."""
        credentials = self._dispatcher.credentials
        grant = grant_for(credentials, params, self._exchange.clock.now_ms())
        self._grant = grant
        account = self._exchange.accounts.find(grant.client_id)
        if account is not None and account.cancel_on_disconnect:
            self.cancel_on_disconnect = True
        return credentials.result(grant, params.optional_text("state"))

    def logout(self, invalidate: bool) -> None:
        """Close without an answer and without cancelling orders."""
        if self._grant is not None and invalidate:
            self._dispatcher.credentials.revoke(self._grant)
        self.cancel_on_disconnect = False
        self._closing = (WSCloseCode.OK, b"logout")

    def join(self, name: str) -> bool:
        """Subscribe; the first notification follows the answer."""
        if name in self._channels:
            return True
        is_private = name.startswith("user.")
        feed = self._exchange.account_feed if is_private else self._exchange.hub
        if not feed.exists(name):
            return False
        self._channels[name] = self.client_id if is_private else None
        self._joining.append(name)
        return True

    def leave(self, name: str) -> bool:
        """Unsubscribe; False when not subscribed."""
        if name not in self._channels:
            return False
        client_id = self._channels.pop(name)
        self.outbox.tampering.forget(name)
        if client_id is None:
            self._exchange.hub.unsubscribe(self, name)
        else:
            self._exchange.account_feed.unsubscribe(client_id, self, name)
        return True

    def leave_all(self) -> None:
        """Unsubscribe from everything."""
        for name in list(self._channels):
            self.leave(name)

    # Traffic

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Answer requests until the socket ends, then clean up."""
        try:
            async for message in socket:
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY) or self._is_frozen:
                    continue
                self.receive(message.data)
                if (closing := self.take_closing()) is not None:
                    code, reason = closing
                    self.outbox.flush()
                    await socket.close(code=code, message=reason)
        finally:
            self._ended()

    def channels(self) -> list[str]:
        """What it is subscribed to."""
        return list(self._channels)

    def cut(self) -> None:
        """Drop the connection without a close frame."""
        self._transport.abort()

    def freeze(self, seconds: float) -> None:
        """Neither read nor send, as a peer that vanished; the connection breaks at the end."""
        self._is_frozen = True
        self.outbox.freeze()
        self._transport.pause_reading()
        self._timing.later(seconds, self.cut)

    def close(self, code: int, reason: bytes) -> None:
        """Close with a close frame, after what is queued."""
        self._closing = (code, reason)

    def tick(self, now_s: float) -> None:
        """Heartbeats and idleness; called several times a second."""
        if self._is_frozen:
            return
        if not self._heartbeat_s:
            if not self._channels and now_s - self._heard_at_s > IDLE_S:
                self.cut()
            return
        tested = self._tested_at_s
        if tested is not None and now_s - tested > HEARTBEAT_GRACE_S:
            self._closing = (HEARTBEAT_CLOSE, b"heartbeat close")
        elif now_s >= self._next_beat_s:
            self._next_beat_s = now_s + NEXT_BEAT * self._heartbeat_s
            self._tested_at_s = now_s if tested is None else tested
            if not self._channels:
                self.send(_HEARTBEAT)
            self.send(_TEST)

    def take_closing(self) -> tuple[int, bytes] | None:
        """Close code and reason when the session wants to end; only once."""
        closing, self._closing = self._closing, None
        return closing

    def receive(self, data: str | bytes) -> None:
        """Take one frame in and answer it."""
        self._heard_at_s = self._timing.now_s()
        self._tested_at_s = None
        try:
            if len(data) > MOST_REQUEST_BYTES:
                raise RpcError(-32600, "request entity too large")
            request = parse(data)
        except RpcError as error:
            now_us = self._dispatcher.now_us()
            rpc_id = rpc_id_of(data) if len(data) <= MOST_REQUEST_BYTES else None
            self.outbox.answer(failure(rpc_id, error, Stamp(now_us, now_us)))
            return
        outcome = self._dispatcher.run(self, request, self._stranger)
        self._token_client = None
        if outcome.frame is not None:
            self.outbox.answer(outcome.frame, outcome.late_s)
        self._greet()
        self._exchange.flush_client()
        if outcome.is_cut:
            self._hang_up(outcome.frame is not None)
        elif outcome.is_last:
            self.close(WSCloseCode.POLICY_VIOLATION, b"too_many_requests")

    def _greet(self) -> None:
        """Join the channels just accepted: their first frames follow the answer."""
        joining, self._joining = self._joining, []
        for name in joining:
            if name not in self._channels:
                continue
            client_id = self._channels[name]
            if client_id is None:
                self._exchange.hub.subscribe(self, name)
            else:
                self._exchange.account_feed.subscribe(client_id, self, name)

    def _hang_up(self, is_answered: bool) -> None:
        """Break the connection without a close frame, before or after the answer left."""
        if not is_answered:
            self.cut()
            return
        self.outbox.flush()
        self._is_frozen = True
        self.outbox.freeze()
        self._transport.close()

    def _ended(self) -> None:
        self.leave_all()
        if self.cancel_on_disconnect:
            self._exchange.cancel_of(self)
            self._exchange.flush_client()
