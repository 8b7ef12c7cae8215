"""Whatever comes in, something sensible goes out and the exchange lives on."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.simulator.methods.table import METHODS
from core.simulator.server.access.credentials import Credentials
from core.simulator.server.dispatch import Dispatcher
from core.simulator.server.faults.desk import Faults
from core.simulator.server.session import Session
from core.simulator.server.timing import WallTiming
from tests.core.simulator.lines import Line
from tests.core.simulator.odd import ENDING, LEAKS, TEXTS, requests
from tests.core.simulator.running import WITHIN_S, Simulator, Wire
from tests.core.simulator.still import Desk

HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
INTERNAL = 11094
KINDS = ("", "application/json", "text/plain; charset=utf-7", "text/plain; charset=nonsense",
         "multipart/form-data")  # fmt: skip
GONE = (websocket.WebSocketConnectionClosedException, ConnectionError)


@pytest.fixture(scope="module")
def target() -> Iterator[Simulator]:
    """An exchange that must neither die nor complain."""
    running = Simulator("--unlimited", "--seed", "5")
    yield running
    try:
        assert running.process.poll() is None
        running.process.terminate()
        assert running.process.wait(WITHIN_S) == 0
        assert running.errors() == ""
    finally:
        running.stop()


class Caller:
    """A socket that is opened again when a request ended it."""

    def __init__(self, target: Simulator) -> None:
        self._target = target
        self.line = Wire(target, "demo")
        self._count = 0

    def throw(self, data: str | bytes) -> list[str]:
        """Send anything; what came back until a good request is answered."""
        self._count += 1
        mark = f"sane {self._count}"
        heard: list[str] = []
        try:
            if isinstance(data, bytes):
                self.line.socket.send_binary(data)
            else:
                self.line.socket.send(data)
            self.line.socket.send(json.dumps({"id": mark, "method": "public/test"}))
            while True:
                heard.append(str(self.line.socket.recv()))
                if not heard[-1]:
                    raise ConnectionError
                if f'"id":"{mark}"' in heard[-1]:
                    return heard[:-1]
        except GONE:
            self.line.close()
            self.line = Wire(self._target, "demo")
            assert self.line.call("public/test")
            return [text for text in heard if text]


@pytest.fixture(scope="module")
def caller(target: Simulator) -> Iterator[Caller]:
    opened = Caller(target)
    yield opened
    opened.line.close()


def check(text: str) -> None:
    """An answer in the venue's form that shows nothing of what is behind it."""
    assert not LEAKS.search(text), text
    frame = json.loads(text)
    if "error" in frame:
        assert isinstance(frame["error"]["code"], int)
        assert frame["error"]["code"] != INTERNAL or "expected_result" in text, text


def wants_exception(data: str | bytes) -> bool:
    """`public/test` may be asked to fail."""
    return (b"exception" in data) if isinstance(data, bytes) else ("exception" in data)


@settings(max_examples=150, deadline=None, suppress_health_check=HEALTH)
@given(TEXTS | TEXTS.map(str.encode) | st.binary(max_size=80))
def test_any_frame_over_a_socket(caller: Caller, data: str | bytes) -> None:
    for text in caller.throw(data):
        if not wants_exception(data):
            check(text)


@settings(max_examples=60, deadline=None, suppress_health_check=HEALTH)
@given(st.binary(max_size=60) | TEXTS.map(str.encode), st.sampled_from(KINDS))
def test_any_body_over_http(target: Simulator, body: bytes, kind: str) -> None:
    request = urllib.request.Request(target.url, body)
    request.add_header("Content-Type", kind)
    check(answered(request))


@settings(max_examples=60, deadline=None, suppress_health_check=HEALTH)
@given(st.sampled_from(sorted(METHODS)) | st.text(max_size=9), requests(),
       st.none() | st.text(max_size=30).map(lambda text: f"Basic {text}"))  # fmt: skip
def test_any_query_over_http(
    target: Simulator, method: str, request: dict[str, Any], header: str | None
) -> None:
    params = request["params"] if isinstance(request["params"], dict) else {}
    pairs = [(key, v if isinstance(v, str) else json.dumps(v)) for key, v in params.items()]
    query = urllib.parse.urlencode(pairs, errors="replace")
    path = urllib.parse.quote(method, errors="replace", safe="/")
    asked = urllib.request.Request(f"{target.url}/x{path}?{query}" if not path.strip("./")
                                   else f"{target.url}/{path}?{query}")  # fmt: skip
    if header is not None and header.isascii() and header.isprintable():
        asked.add_header("Authorization", header)
    check(answered(asked))


def answered(request: urllib.request.Request) -> str:
    """The body of the answer, whatever its status; a refusal of the path itself counts as well."""
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
            return str(reply.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            text, status = refused.read().decode(), refused.code
    assert status in (400, 404, 405), text
    return text if text.startswith("{") else "{}"


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_answers_a_request_without_parameters(caller: Caller, method: str) -> None:
    for text in caller.throw(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method})):
        check(text)


class Bench:
    """A session in this process, for many more requests than a socket takes."""

    def __init__(self) -> None:
        desk, timing = Desk(), WallTiming()
        self._line = Line()
        credentials = Credentials({"ann": "secret"}, timing.now_s, desk.clock.now_ms)
        faults = Faults(desk.exchange, credentials, timing, list)
        self._dispatcher = Dispatcher(desk.exchange, credentials, faults, timing, False)
        self._runner = asyncio.Runner()
        self._session = Session(self._dispatcher, self._line, "127.0.0.1")
        self.close = self._runner.close

    def throw(self, data: str | bytes) -> bytes:
        """What is written after a frame came in."""
        self._line.written = b""
        self._runner.run(self._receive(data))
        return self._line.written

    async def _receive(self, data: str | bytes) -> None:
        if self._session.client_id is None:
            login = {"grant_type": "client_credentials", "client_id": "ann",
                     "client_secret": "secret"}  # fmt: skip
            self._session.receive(json.dumps({"method": "public/auth", "params": login}))
            await asyncio.sleep(0)
            self._line.written = b""
        self._session.receive(data)
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@settings(max_examples=600, deadline=None, suppress_health_check=HEALTH)
@given(requests())
def test_any_request_in_process(bench: Bench, request: dict[str, Any]) -> None:
    written = bench.throw(json.dumps(request))
    if request["method"] not in ENDING:
        assert b'"usDiff"' in written
    if not wants_exception(json.dumps(request)):
        text = written.decode(errors="replace")
        assert f'"code":{INTERNAL}' not in text, text
        assert not LEAKS.search(text), text
