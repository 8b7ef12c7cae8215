"""Frames, envelopes and upgrades as odd clients make them."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import struct
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator

import pytest

from core.simulator.server.frames import Deflater
from tests.core.simulator.running import WITHIN_S, Simulator, Wire, simulator, wire

DEFLATE = "permessage-deflate"


@pytest.fixture
def line(venue: Simulator) -> Iterator[Wire]:
    with wire(venue) as opened:
        yield opened


class Plug:
    """A WebSocket spoken by hand, so that the frames are seen as they are."""

    def __init__(self, port: int, extensions: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), WITHIN_S)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws/api/v2 HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13"]  # fmt: skip
        lines += [f"Sec-WebSocket-Extensions: {extensions}"] if extensions else []
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._file = self._socket.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self._file.readline()

    def ask(self, text: str) -> tuple[int, bytes]:
        """(first byte, payload) of the next frame after a request."""
        data = text.encode()
        mask = os.urandom(4)
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(bytes((0x81, 0x80 | len(data))) + mask + body)
        return self.next()

    def next(self) -> tuple[int, bytes]:
        """(first byte, payload) of the next frame."""
        first, size = self._file.read(2)
        if size == 126:
            size = int.from_bytes(self._file.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self._file.read(8), "big")
        return first, self._file.read(size)

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


TEST = '{"jsonrpc":"2.0","id":1,"method":"public/test"}'


def test_frames_are_plain_unless_deflate_is_offered(venue: Simulator) -> None:
    plug = Plug(venue.port, "")
    assert b"extensions" not in plug.head.lower()
    first, payload = plug.ask(TEST)
    assert first == 0x81
    assert json.loads(payload)["result"] == {"version": "1.2.26"}
    plug.close()


@pytest.mark.parametrize("offer", [DEFLATE, f"{DEFLATE}; server_no_context_takeover"])
def test_frames_are_deflated_when_it_is_offered(venue: Simulator, offer: str) -> None:
    plug = Plug(venue.port, offer)
    assert DEFLATE.encode() in plug.head
    keeps_window = b"server_no_context_takeover" not in plug.head
    inflate = zlib.decompressobj(wbits=-15)
    for _ in range(3):
        first, payload = plug.ask(TEST)
        assert first == 0xC1
        if not keeps_window:
            inflate = zlib.decompressobj(wbits=-15)
        text = inflate.decompress(payload + b"\x00\x00\xff\xff")
        assert json.loads(text)["result"] == {"version": "1.2.26"}
    plug.close()


def test_a_kept_window_makes_the_next_frame_smaller() -> None:
    payload = json.dumps({"bids": [[n, n / 7] for n in range(50)]}).encode()
    keeping, forgetting = Deflater(15, True), Deflater(15, False)
    first, second = keeping(payload), keeping(payload)
    assert len(second) < 0.3 * len(first)
    assert forgetting(payload) == forgetting(payload) == first


def test_binary_frames_are_read_as_text(line: Wire) -> None:
    line.socket.send_binary(TEST.encode())
    assert line.until(lambda f: f.get("id") == 1)["result"] == {"version": "1.2.26"}
    line.socket.send_binary(b"\xff\xfe\x00")
    assert line.until(lambda f: "error" in f)["error"]["code"] == 11050


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", -32600),
        ("[" + TEST + "]", -32600),
        ("17", -32600),
        ("null", -32600),
        ('{"id":1}', -32600),
        ('{"id":1,"method":7}', -32600),
        ('{"id":1,"method":"public/test","params":[1]}', -32602),
        ('{"id":1,"method":"public/test","params":"x"}', -32602),
        ('{"id":1,"method":"public/ticker","params":{"instrument_name":NaN}}', 11050),
        ('{"id":1,"method":"public/ticker","params":{"instrument_name":Infinity}}', 11050),
        ('{"id":1,"method":"public/ticker","params":{"instrument_name":1e999}}', 11050),
        ("[" * 3_000 + "]" * 3_000, 11050),
        ('{"id":1,"method":"public/ticker","params":{"instrument_name":[]}}', -32602),
        ('{"id":1,"method":"PUBLIC/TEST"}', -32601),
        ('{"id":1,"method":"public/test/"}', -32601),
    ],
)
def test_what_is_no_request_is_refused_with_its_code(line: Wire, text: str, code: int) -> None:
    assert line.raw(text)["error"]["code"] == code
    assert line.call("public/test")


@pytest.mark.parametrize(
    "number", [2**63 - 1, 2**63, 2**64, -(2**63) - 1, 123456789012345678901234567890]
)
def test_ids_of_any_size_come_back(line: Wire, number: int) -> None:
    answer = line.raw(json.dumps({"jsonrpc": "2.0", "id": number, "method": "public/test"}))
    assert answer["id"] == number


def test_the_last_of_two_equal_keys_counts_and_equal_ids_are_both_answered(line: Wire) -> None:
    answer = line.raw('{"id":1,"id":2,"method":"public/test"}')
    assert answer["id"] == 2
    for _ in range(2):
        line.socket.send('{"id":"same","method":"public/test"}')
    assert [line.until(lambda f: "params" not in f)["id"] for _ in range(2)] == ["same"] * 2


@pytest.mark.parametrize("amount", [2**70, 1e300, -(2**80), "9" * 400, "NaN", "Infinity"])
def test_numbers_beyond_reason_are_invalid_params(venue: Simulator, amount: object) -> None:
    with wire(venue, "carol") as line:
        answer = line.ask({"method": "private/buy", "params": {
            "instrument_name": "BTC-PERPETUAL", "amount": amount, "type": "market"}})  # fmt: skip
    assert answer["error"]["code"] == -32602
    assert answer["error"]["data"]["param"] == "amount"


@pytest.mark.parametrize("path", ["/", "/api", "/api/v3/public/test", "/ws", "/ws/api/v2/x"])
def test_unknown_paths_are_404(venue: Simulator, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"http://127.0.0.1:{venue.port}{path}", timeout=WITHIN_S)
    missing.value.close()
    assert missing.value.code == 404


def test_every_error_over_http_has_status_400(venue: Simulator) -> None:
    for query in ("public/nope", "public/ticker", "private/get_positions", "public/subscribe"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{venue.url}/{query}", timeout=WITHIN_S)
        body = json.load(refused.value)
        refused.value.close()
        assert refused.value.code == 400
        assert "id" not in body
        assert body["usDiff"] == body["usOut"] - body["usIn"] >= 0


def test_requests_of_one_socket_are_served_in_order(venue: Simulator) -> None:
    with wire(venue, "carol") as line:
        order = {"instrument_name": "ETH-PERPETUAL", "amount": 10, "price": 100.0}
        for n in range(20):
            request = {"id": f"p{n}", "method": "private/buy", "params": {**order, "label": f"{n}"}}
            line.socket.send(json.dumps(request))
        answers = [line.until(lambda f: "params" not in f) for _ in range(20)]
        assert [answer["id"] for answer in answers] == [f"p{n}" for n in range(20)]
        placed = [answer["result"]["order"]["order_id"] for answer in answers]
        assert sorted(placed, key=lambda text: int(text.split("-")[-1])) == placed
        assert line.call("private/cancel_all") == 20


def test_a_client_that_gives_up_before_it_is_let_in_leaves_no_trace() -> None:
    with simulator() as running:
        running.process.send_signal(signal.SIGSTOP)
        for _ in range(20):
            hasty = socket.create_connection(("127.0.0.1", running.port))
            hasty.sendall(
                b"GET /ws/api/v2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
            )
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            hasty.close()
        running.process.send_signal(signal.SIGCONT)
        assert running.get("public/get_time") > 0
        running.process.terminate()
        running.process.wait(WITHIN_S)
        assert running.errors() == ""


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /api/v2/a b\x00c HTTP/1.1",
        b"GET http://[::1 HTTP/1.1",
        b"\x00\xff",
        b"GET / HTTP/9.9.9",
    ],
)
def test_what_is_not_http_is_answered_400_and_not_logged(request_line: bytes) -> None:
    with simulator() as running:
        with socket.create_connection(("127.0.0.1", running.port), WITHIN_S) as line:
            line.sendall(request_line + b"\r\nHost: x\r\n\r\n")
            assert b" 400 " in line.recv(64)
        running.process.terminate()
        running.process.wait(WITHIN_S)
        assert running.errors() == ""
