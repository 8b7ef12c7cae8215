"""One WebSocket: its login, subscriptions, heartbeat, and what it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMsgType, web

from core.simulator.methods.params import Params
from core.simulator.rpc import Request, RpcError, Stamp, encode, failure, parse, rpc_id_of
from core.simulator.server.access import scopes
from core.simulator.server.access.credentials import Grant
from core.simulator.server.access.limits import Credits
from core.simulator.server.access.login import exchanged, forked, grant_for
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.frames import Packer, text_frame
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

    def __init__(
        self, dispatcher: Dispatcher, transport: asyncio.Transport, address: str = "",
        pack: Packer = text_frame,
    ) -> None:  # fmt: skip
        self._dispatcher = dispatcher
        self._exchange = dispatcher.exchange
        self._timing = dispatcher.timing
        self._transport = transport
        self.address = address
        self.credits = Credits()
        self.outbox = Outbox(
            transport, dispatcher.timing, dispatcher.faults.sockets, lambda: self.client_id, pack
        )
        self.send: Callable[[bytes], None] = self.outbox.send
        """Queue one notification."""
        self._grant: Grant | None = None
        self._shown: Grant | None = None
        """The grant of a token that came with the request being served."""
        self._dying: list[Grant] = []
        """Logins that end with this socket."""
        self._channels: dict[str, str | None] = {}
        """Subscribed channels, with the client for private ones."""
        self._joining: list[str] = []
        self._is_frozen = False
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
        grant = self._shown or self._grant
        if grant is None or not self._dispatcher.credentials.is_live(grant):
            return None
        return grant.client_id

    @property
    def scope(self) -> str:
        """What the login gave."""
        grant = self._shown or self._grant
        return grant.scope if grant else ""

    @property
    def heartbeat_s(self) -> int:
        """0 while heartbeats are off."""
        return self._heartbeat_s

    @heartbeat_s.setter
    def heartbeat_s(self, value: int) -> None:
        self._heartbeat_s = value
        self._tested_at_s = None
        self._next_beat_s = self._timing.now_s() + FIRST_BEAT * value

    def show(self, access_token: str) -> None:
        """The request being served carries a token of its own."""
        self._shown = self._dispatcher.credentials.use(access_token, self.address)

    def login(self, params: Params) -> dict[str, object]:
        """public/auth: the socket itself becomes authenticated."""
        grant = grant_for(self._dispatcher.credentials, params)
        return self._become(grant, params)

    def exchange_token(self, params: Params) -> dict[str, object]:
        """public/exchange_token: the socket goes on as the subaccount."""
        ids = self._dispatcher.subaccounts_of(params)
        return self._become(exchanged(self._dispatcher.credentials, params, ids), params)

    def fork_token(self, params: Params) -> dict[str, object]:
        """public/fork_token: another session; this socket keeps its own."""
        credentials = self._dispatcher.credentials
        return credentials.result(forked(credentials, params), None)

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
        if not feed.exists(name) or (is_private and not self._may_watch(name)):
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

    # As faults see it

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

    # Traffic

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Answer requests until the socket ends, then clean up."""
        try:
            async for message in socket:
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY) or self._is_frozen:
                    continue
                await self._dispatcher.turn()
                await self._serve(message.data)
                if (closing := self.take_closing()) is not None:
                    code, reason = closing
                    self.outbox.finish()
                    await socket.close(code=code, message=reason)
        finally:
            self._ended()

    def receive(self, data: str | bytes) -> None:
        """Take one frame in and answer it."""
        request = self._read(data)
        if request is not None:
            self._answer(request)

    def tick(self, now_s: float) -> None:
        """Heartbeats and idleness; called several times a second."""
        if self._is_frozen:
            return
        heard, tested = self._heard_at_s, self._tested_at_s
        if not self._heartbeat_s:
            is_idle = not self._channels and now_s - heard > IDLE_S
            if is_idle and self._timing.may_end(heard):
                self.cut()
        elif (
            tested is not None
            and now_s - tested > HEARTBEAT_GRACE_S
            and self._timing.may_end(tested)
        ):
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

    async def _serve(self, data: str | bytes) -> None:
        request = self._read(data)
        if request is not None:
            await self._dispatcher.prepare(request)
            self._answer(request)

    def _read(self, data: str | bytes) -> Request | None:
        """The request in a frame; None when its refusal has been sent."""
        self._heard_at_s = self._timing.now_s()
        self._tested_at_s = None
        try:
            if len(data) > MOST_REQUEST_BYTES:
                raise RpcError(-32600, "request entity too large")
            return parse(data)
        except RpcError as error:
            now_us = self._dispatcher.now_us()
            rpc_id = rpc_id_of(data) if len(data) <= MOST_REQUEST_BYTES else None
            self.outbox.answer(failure(rpc_id, error, Stamp(now_us, now_us)))
            return None

    def _answer(self, request: Request) -> None:
        outcome = self._dispatcher.run(self, request)
        self._shown = None
        if outcome.frame is not None:
            self.outbox.answer(outcome.frame, outcome.late_s)
        self._greet()
        self._exchange.flush_client()
        if outcome.is_cut:
            self._hang_up(outcome.frame is not None)
        elif outcome.is_last:
            self.close(WSCloseCode.POLICY_VIOLATION, b"too_many_requests")

    def _become(self, grant: Grant, params: Params) -> dict[str, object]:
        self._grant = self._shown = grant
        if not grant.is_session:
            self._dying.append(grant)
        account = self._exchange.accounts.find(grant.client_id)
        if account is not None and account.cancel_on_disconnect:
            self.cancel_on_disconnect = True
        return self._dispatcher.credentials.result(grant, params.optional_text("state"))

    def _may_watch(self, name: str) -> bool:
        need = "account:read" if name.startswith("user.portfolio.") else "trade:read"
        return scopes.has(self.scope, need)

    def _greet(self) -> None:
        """Join the channels just accepted: their first frames follow the answer."""
        joining, self._joining = self._joining, []
        joining = [name for name in joining if name in self._channels]
        public = [name for name in joining if self._channels[name] is None]
        self._exchange.hub.prepare(self, public)
        for name in joining:
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
        self.outbox.finish()
        self._is_frozen = True
        self._transport.close()

    def _ended(self) -> None:
        self.leave_all()
        for grant in self._dying:
            self._dispatcher.credentials.revoke(grant)
        if self.cancel_on_disconnect:
            self._exchange.cancel_of(self)
            self._exchange.flush_client()
