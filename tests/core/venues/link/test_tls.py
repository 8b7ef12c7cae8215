from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

from core.venues.link.batch_socket import BatchSocket, open_socket
from core.venues.link.tls import TlsSocket, tls_socket
from tests.core.venues.link.test_batch_socket import CLOSE, PING, TEXT, wire

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh certificate for localhost with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost"]
    key, cert = path.with_suffix(".key"), path.with_suffix(".crt")
    subprocess.run(
        [
            *command,
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(key),
            "-out",
            str(cert),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(key.read_bytes() + cert.read_bytes())
    return path


class Server:
    """A websocket server over TLS for one client, each `send` a record of its own."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._context = context
        self._listener = socket.create_server(("localhost", 0))
        self.url = f"wss://localhost:{self._listener.getsockname()[1]}/ws/api/v2"
        self.is_ready = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def send(self, frame: bytes) -> None:
        assert self.is_ready.wait(5)
        self.client.sendall(frame)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)
        if self.is_ready.is_set():
            self.client.close()

    def _serve(self) -> None:
        try:
            raw, _ = self._listener.accept()
            self.client = self._context.wrap_socket(raw, server_side=True)
        except OSError:
            return
        request = b""
        while b"\r\n\r\n" not in request:
            request += self.client.recv(4096)
        key = next(
            line.split(b": ")[1]
            for line in request.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID.encode()).digest())
        self.client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.is_ready.set()


@contextmanager
def connected(certificate: Path) -> Iterator[tuple[Server, BatchSocket]]:
    server = Server(certificate)
    client = open_socket(server.url, 5.0, 0.05, trusting(certificate))
    try:
        yield server, client
    finally:
        client.end()
        server.close()


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))


def batches(client: BatchSocket, count: int) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(200):
        found += client.recv_batch()
        if len(found) >= count:
            break
    return found


def test_records_of_one_message_each_are_read_together(certificate: Path) -> None:
    with connected(certificate) as (server, client):
        assert isinstance(client.sock, TlsSocket)
        texts = [b"message %d" % number for number in range(500)]
        for text in texts:
            server.send(wire(TEXT, text))
        assert batches(client, 500) == texts


def test_silence_gives_an_empty_batch_and_large_messages_arrive_whole(certificate: Path) -> None:
    with connected(certificate) as (server, client):
        assert client.recv_batch() == []
        large = bytes(range(256)) * 4000
        sender = threading.Thread(target=server.send, args=(wire(TEXT, large),))
        sender.start()
        assert batches(client, 1) == [large]
        sender.join()


def test_what_is_sent_arrives(certificate: Path) -> None:
    with connected(certificate) as (server, client):
        client.send("hello")
        assert server.is_ready.wait(5)
        frame = server.client.recv(100)
        mask, masked = frame[2:6], frame[6:]
        assert bytes(b ^ mask[i % 4] for i, b in enumerate(masked)) == b"hello"
        server.send(wire(PING, b"?") + wire(TEXT, b"x"))
        assert batches(client, 1) == [b"x"]


def test_reading_and_sending_at_once_loses_nothing(certificate: Path) -> None:
    count = 3_000
    with connected(certificate) as (server, client):
        assert server.is_ready.wait(5)
        sent = threading.Thread(target=lambda: [client.send(f"{n:05}") for n in range(count)])
        stream = [wire(TEXT, b"%d" % n) for n in range(count)]
        served = threading.Thread(target=lambda: list(map(server.send, stream)))
        received = bytearray()

        def receive() -> None:
            while len(received) < count * 11:
                received.extend(server.client.recv(65_536))

        reader = threading.Thread(target=receive)
        for thread in (reader, sent, served):
            thread.start()
        assert batches(client, count) == [b"%d" % n for n in range(count)]
        for thread in (sent, served, reader):
            thread.join(10)
        assert len(received) == count * 11


def test_a_close_and_a_dropped_connection_are_told(certificate: Path) -> None:
    with connected(certificate) as (server, client):
        server.send(wire(CLOSE, b"\x0f\xa0"))
        with pytest.raises(websocket.WebSocketConnectionClosedException, match="4000"):
            batches(client, 1)
    with connected(certificate) as (server, client):
        assert server.is_ready.wait(5)
        server.client.shutdown(socket.SHUT_RDWR)
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            batches(client, 1)


def test_an_unknown_certificate_is_refused(certificate: Path) -> None:
    server = Server(certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket(server.url, 5.0, 0.05)
    server.close()


def test_plain_urls_and_proxied_hosts_take_the_librarys_own_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tls_socket("ws://localhost:1/", 1.0) is None
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "")
    assert tls_socket("wss://localhost:1/", 1.0) is None
