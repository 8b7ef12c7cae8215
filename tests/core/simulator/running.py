"""A simulator in a child process, and a plain client of its protocol."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import websocket

from tests.shared_data import ROOT

WITHIN_S = 10.0


class WireError(Exception):
    """The venue answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data")
        super().__init__(f"{self.code} {self.message} {self.data}")


class Simulator:
    """One child process on a free port."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "core", "simulator", *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on 127.0.0.1:"), self.errors()
        self.port = int(line.rsplit(":", 1)[1])

    def get(self, method: str, /, auth: str = "", **params: object) -> Any:
        """A GET request; the result, or WireError."""
        query = urllib.parse.urlencode(params)
        return self.send(urllib.request.Request(f"{self.url}/{method}?{query}"), auth)["result"]

    def post(self, method: str, /, **params: object) -> Any:
        """A POST request; the result, or WireError."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        request = urllib.request.Request(self.url, json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        return self.send(request)["result"]

    def send(self, request: urllib.request.Request, auth: str = "") -> dict[str, Any]:
        """Send a request; the whole answer, or WireError."""
        if auth:
            request.add_header("Authorization", auth)
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
                answer: dict[str, Any] = json.load(reply)
        except urllib.error.HTTPError as refused:
            with refused:
                raise WireError(json.load(refused)["error"]) from None
        return answer

    def fault(self, kind: str, /, **params: object) -> None:
        """Arm a fault."""
        assert self.post("simulator/fault", kind=kind, **params) == "ok"

    @property
    def url(self) -> str:
        """Where HTTP is served."""
        return f"http://127.0.0.1:{self.port}/api/v2"

    def errors(self) -> str:
        """What was written to stderr; call it only once the process is ending."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def stop(self) -> int:
        """Ask it to end; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(WITHIN_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code


@contextmanager
def simulator(*options: str) -> Iterator[Simulator]:
    """A simulator for the length of a test."""
    running = Simulator(*options)
    try:
        yield running
    finally:
        running.stop()


class Wire:
    """One WebSocket, used from one thread."""

    def __init__(self, running: Simulator, client: str | None = None) -> None:
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{running.port}/ws/api/v2", timeout=WITHIN_S
        )
        self.frames: list[dict[str, Any]] = []
        """Notifications in order of arrival."""
        self._id = 0
        if client is not None:
            self.call(
                "public/auth", grant_type="client_credentials", client_id=client,
                client_secret="secret" if client != "demo" else "demo",
            )  # fmt: skip

    def call(self, method: str, /, **params: object) -> Any:
        """Ask and wait; the result, or WireError."""
        answer = self.ask({"method": method, "params": params})
        if "error" in answer:
            raise WireError(answer["error"])
        return answer["result"]

    def advance(self, seconds: float, within_s: float = 60.0) -> Any:
        """Move a stepped exchange on; long, since every step is made before the answer."""
        request = {"method": "simulator/advance", "params": {"seconds": seconds}}
        return self.ask(request, within_s)["result"]

    def ask(self, request: dict[str, Any], within_s: float = WITHIN_S) -> dict[str, Any]:
        """Send a request with a fresh id and wait for the whole answer."""
        self._id += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self._id} | request))
        return self.until(lambda frame: frame.get("id") == self._id, within_s)

    def raw(self, text: str) -> dict[str, Any]:
        """Send any text and wait for the next frame that is no notification."""
        self.socket.send(text)
        return self.until(lambda frame: "params" not in frame)

    def until(
        self, wanted: Callable[[dict[str, Any]], bool], within_s: float = WITHIN_S
    ) -> dict[str, Any]:
        """Read until a frame is wanted; notifications are kept."""
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            frame: dict[str, Any] = json.loads(self.socket.recv())
            if "params" in frame:
                self.frames.append(frame)
            if wanted(frame):
                return frame
        raise AssertionError("the frame waited for did not come")

    def data(self, channel: str, within_s: float = WITHIN_S) -> Any:
        """The data of the next frame of one channel."""
        frame = self.until(lambda f: f.get("params", {}).get("channel") == channel, within_s)
        return frame["params"]["data"]

    def seen(self, channel: str) -> list[Any]:
        """Data of every frame of a channel so far."""
        return [
            frame["params"]["data"]
            for frame in self.frames
            if frame["params"].get("channel") == channel
        ]

    def close(self) -> None:
        """Close the socket, also one the other side closed."""
        self.socket.close()
        self.socket.shutdown()


@contextmanager
def wire(running: Simulator, client: str | None = None) -> Iterator[Wire]:
    """A connection for the length of a test."""
    opened = Wire(running, client)
    try:
        yield opened
    finally:
        opened.close()
