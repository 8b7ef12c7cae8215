"""The running server: one port, one loop, the exchange's heartbeat and the state file."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass
from socket import socket as ListeningSocket

from aiohttp import web

from core.simulator.clock import SteppedClock
from core.simulator.exchange import STEP_S, Exchange
from core.simulator.server.access.credentials import Credentials
from core.simulator.server.access.doors import Doors
from core.simulator.server.access.tokens import repeatable, unguessable
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.faults.desk import Faults
from core.simulator.server.frames import packer_for
from core.simulator.server.load import LoadGenerator
from core.simulator.server.pace import FreePace, SteppedPace
from core.simulator.server.parent import wait_for_end_of_input
from core.simulator.server.script import Cue, Script
from core.simulator.server.session import Session
from core.simulator.server.timing import SteppedTiming, Timing, WallTiming
from core.simulator.server.web import PREFIX, WebFront, address_of, hung_up

log = logging.getLogger(__name__)
MOST_MESSAGE_BYTES = 4 * 1024 * 1024
HOST = "127.0.0.1"
TEND_EVERY_S = 0.25
SAVE_EVERY_S = 5.0
"""Of everything; changes of accounts are written down at once."""
MOST_WAITING_BYTES = 4_000_000
"""Unread frames of one client above which an advance waits for it."""
STUCK_S = 0.5
"""A client that takes nothing for so long is not waited for."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve."""

    port: int
    secrets: dict[str, str]
    load_per_s: float = 0.0
    is_limited: bool = True
    die_with_parent: bool = False
    socket_fd: int | None = None
    """A listening socket handed over by the parent, taken instead of a port of our own."""
    cues: tuple[Cue, ...] = ()
    """Faults that come by themselves."""


class Server:
    """Owns the loop's tasks; `run` returns when it was told to stop."""

    def __init__(self, exchange: Exchange, options: ServerOptions) -> None:
        self._exchange = exchange
        self._options = options
        self._sessions: dict[Session, web.WebSocketResponse] = {}
        clock = exchange.clock
        stepped = SteppedTiming(clock) if isinstance(clock, SteppedClock) else None
        timing: Timing = stepped or WallTiming()
        mint = repeatable(exchange.seed) if stepped else unguessable
        credentials = Credentials(options.secrets, timing.now_s, clock.now_ms, mint)
        faults = Faults(exchange, credentials, timing, lambda: list(self._sessions))
        pace = None
        if stepped is not None and isinstance(clock, SteppedClock):
            pace = SteppedPace(exchange, clock, stepped, self._after_step, self._drained)
        self._timing = timing
        self._is_stepped = pace is not None
        self._dispatcher = Dispatcher(
            exchange, credentials, faults, timing, options.is_limited, pace
        )
        self._script = Script(options.cues, faults, clock.now_ms())
        self._load = LoadGenerator(exchange.hub, options.load_per_s, exchange.seed)
        self._doors = Doors(options.is_limited)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closings: set[asyncio.Future[bool]] = set()

    async def run(self) -> None:
        """Serve until a signal or the end of the parent; raises OSError when the port is taken."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await self._site(runner).start()
            self._start_tasks()
            self._announce(runner)
            await self._stop.wait()
        finally:
            await self._shut(runner)

    def _site(self, runner: web.AppRunner) -> web.BaseSite:
        fd = self._options.socket_fd
        if fd is None:
            return web.TCPSite(runner, HOST, self._options.port)
        return web.SockSite(runner, ListeningSocket(fileno=fd))

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MOST_MESSAGE_BYTES)
        front = WebFront(self._dispatcher)
        app.add_routes([
            web.get("/ws/api/v2", self._websocket),
            web.get("/ws/api/v2/", self._websocket),
            web.get(PREFIX + "/{method:.+}", front.get),
            web.post(PREFIX, front.post),
            web.post(PREFIX + "/{method:.*}", front.post),
        ])  # fmt: skip
        return app

    async def _websocket(self, http: web.Request) -> web.StreamResponse:
        address = address_of(http)
        if self._dispatcher.faults.venue.is_down:
            return hung_up(http)
        if not self._doors.enter(address):
            return web.Response(status=429, text="too many connections")
        try:
            return await self._serve_socket(http, address)
        finally:
            self._doors.leave(address)

    async def _serve_socket(self, http: web.Request, address: str) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=True, max_msg_size=MOST_MESSAGE_BYTES)
        try:
            await socket.prepare(http)
        except ConnectionResetError:  # it gave up waiting before it was let in
            return hung_up(http)
        if not isinstance(http.transport, asyncio.Transport):
            return hung_up(http)
        agreed = socket.headers.get("Sec-WebSocket-Extensions", "")
        pack = packer_for(int(socket.compress), agreed)
        session = Session(self._dispatcher, http.transport, address, pack)
        self._sessions[session] = socket
        try:
            await session.serve(socket)
        finally:
            del self._sessions[session]
        return socket

    def _announce(self, runner: web.AppRunner) -> None:
        port = runner.addresses[0][1]
        sys.stdout.write(f"listening on {HOST}:{port}\n")
        sys.stdout.flush()

    def _start_tasks(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        self._tasks = [loop.create_task(self._watch())]
        if not self._is_stepped:
            pace = FreePace(self._exchange, self._after_step)
            self._tasks.append(loop.create_task(pace.run()))
            if self._options.load_per_s:
                self._tasks.append(loop.create_task(self._load.run()))
        if self._options.die_with_parent:
            watch = threading.Thread(
                target=wait_for_end_of_input, args=(loop, self.stop), name="parent", daemon=True
            )
            watch.start()

    def _after_step(self) -> None:
        """What goes by the exchange's time, after each of its steps."""
        self._script.step(self._exchange.clock.now_ms())
        if self._is_stepped:
            self._load.emit_for(STEP_S * self._exchange.clock.speed)
            self._tend_sessions(self._timing.now_s())
            self._close_those_that_want()

    async def _drained(self) -> None:
        """Let what a step wrote leave, and wait for readers far behind while they do read."""
        await asyncio.sleep(0)
        left, moved_s = self._unread_bytes(), time.monotonic()
        while left > 0 and time.monotonic() - moved_s < STUCK_S:
            await asyncio.sleep(0.001)
            before, left = left, self._unread_bytes()
            if left < before:
                moved_s = time.monotonic()

    def _unread_bytes(self) -> int:
        """What clients are behind by beyond what is usual."""
        behind = (session.outbox.unsent_bytes - MOST_WAITING_BYTES for session in self._sessions)
        return sum(max(0, more) for more in behind)

    async def _watch(self) -> None:
        """Heartbeats, idle sockets and saving."""
        saved_s = time.monotonic()
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            now_s = time.monotonic()
            try:
                if not self._is_stepped:
                    self._tend_sessions(now_s)
                self._close_those_that_want()
                if now_s - saved_s >= SAVE_EVERY_S:
                    saved_s = now_s
                    self._save()
            except Exception:
                log.exception("tending sessions or saving failed")

    def _tend_sessions(self, now_s: float) -> None:
        for session in list(self._sessions):
            session.tick(now_s)

    def _close_those_that_want(self) -> None:
        """Closing waits for the other side, so it runs beside this loop."""
        for session, socket in list(self._sessions.items()):
            if (closing := session.take_closing()) is not None:
                code, reason = closing
                session.outbox.finish()
                task = asyncio.ensure_future(socket.close(code=code, message=reason))
                self._closings.add(task)
                task.add_done_callback(self._closings.discard)

    def _save(self) -> None:
        if self._exchange.recorder is not None:
            self._exchange.recorder.save()

    async def _shut(self, runner: web.AppRunner) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            self._save()
        for session in list(self._sessions):
            session.cut()
        await runner.cleanup()
