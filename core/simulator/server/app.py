"""The running server: one port, one loop, the exchange's heartbeat and the state file."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from socket import socket as ListeningSocket

from aiohttp import web

from core.simulator.exchange import STEP_S, Exchange
from core.simulator.server.credentials import Credentials
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.faults.desk import Faults
from core.simulator.server.load import LoadGenerator
from core.simulator.server.session import Session
from core.simulator.server.timing import WallTiming
from core.simulator.server.web import PREFIX, WebFront, hung_up

log = logging.getLogger(__name__)
MOST_MESSAGE_BYTES = 4 * 1024 * 1024
HOST = "127.0.0.1"
TEND_EVERY_S = 0.25
SAVE_EVERY_S = 5.0
"""Of everything; changes of accounts are written down at once."""


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


class Server:
    """Owns the loop's tasks; `run` returns when it was told to stop."""

    def __init__(self, exchange: Exchange, options: ServerOptions) -> None:
        self._exchange = exchange
        self._options = options
        self._sessions: dict[Session, web.WebSocketResponse] = {}
        timing = WallTiming()
        credentials = Credentials(options.secrets)
        faults = Faults(exchange, credentials, timing, lambda: list(self._sessions))
        self._dispatcher = Dispatcher(exchange, credentials, faults, timing, options.is_limited)
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
        if self._dispatcher.faults.venue.is_down:
            return hung_up(http)
        socket = web.WebSocketResponse(compress=False, max_msg_size=MOST_MESSAGE_BYTES)
        await socket.prepare(http)
        assert isinstance(http.transport, asyncio.Transport)
        session = Session(self._dispatcher, http.transport)
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
        self._tasks = [loop.create_task(self._beat()), loop.create_task(self._watch())]
        if self._options.load_per_s:
            generator = LoadGenerator(
                self._exchange.hub, self._options.load_per_s, self._exchange.seed
            )
            self._tasks.append(loop.create_task(generator.run()))
        if self._options.die_with_parent:
            watch = threading.Thread(
                target=_wait_for_end_of_input, args=(loop, self.stop), name="parent", daemon=True
            )
            watch.start()

    async def _beat(self) -> None:
        """Step the exchange every 100 ms; a slow step is not made up for."""
        due_s = time.monotonic()
        while True:
            due_s = max(due_s + STEP_S, time.monotonic())
            await asyncio.sleep(due_s - time.monotonic())
            try:
                self._exchange.step()
            except Exception:
                log.exception("a step of the exchange failed")

    async def _watch(self) -> None:
        """Heartbeats, idle sockets and saving."""
        saved_s = time.monotonic()
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            now_s = time.monotonic()
            try:
                self._tend_sessions(now_s)
                if now_s - saved_s >= SAVE_EVERY_S:
                    saved_s = now_s
                    self._save()
            except Exception:
                log.exception("tending sessions or saving failed")

    def _tend_sessions(self, now_s: float) -> None:
        """Closing waits for the other side, so it runs beside this loop."""
        for session, socket in list(self._sessions.items()):
            session.tick(now_s)
            if (closing := session.take_closing()) is not None:
                code, reason = closing
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


def _wait_for_end_of_input(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """The parent holds the other end of standard input; its end means the parent is gone.

    Reads the descriptor itself: a thread blocked in sys.stdin would hold up the interpreter's end.
    """
    with suppress(OSError):
        while os.read(0, 4096):
            continue
    with suppress(RuntimeError):  # the loop ended first
        loop.call_soon_threadsafe(stop)
