"""A venue in a process of its own: it upgrades, waits for a word, and sends everything at once.

Over TLS the records are made before the reader says go, so that the reader is never kept
waiting by the sender's cipher and what is measured is the reader alone.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import multiprocessing
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

PLAIN: Final = "plain"
FULL: Final = "TLS, full records"
SINGLE: Final = "TLS, a record per message"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CHUNK: Final = 16_384
_BURST_S: Final = 0.005


@dataclass(frozen=True)
class Sending:
    """How the venue sends."""

    kind: str = PLAIN
    rate: int = 0
    """Messages a second; 0 as fast as the reader takes them."""


@dataclass(frozen=True)
class Address:
    """Where a served venue is."""

    url: str
    context: ssl.SSLContext | None


@contextlib.contextmanager
def serving(messages: list[bytes], sending: Sending) -> Iterator[Address]:
    """A venue that sends `messages` to everybody who connects."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, context = "", None
        if sending.kind != PLAIN:
            certificate = _certificate_in(Path(folder))
            context = ssl.create_default_context(cafile=str(Path(folder) / "cert.pem"))
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        child = spawn.Process(
            target=_serve, args=(messages, sending, certificate, there), daemon=True
        )
        child.start()
        try:
            scheme = "wss" if context else "ws"
            yield Address(f"{scheme}://localhost:{here.recv()}/", context)
        finally:
            child.terminate()
            child.join()


def has_tls() -> bool:
    """True when a certificate can be made here."""
    return shutil.which("openssl") is not None


def _certificate_in(folder: Path) -> str:
    """A certificate for localhost with its key in one file."""
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    extra = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *extra], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return str(both)


# The child from here on.


class _Line:
    """A connection to one reader: bytes in, bytes out, through TLS or not."""

    def __init__(self, raw: socket.socket, context: ssl.SSLContext | None) -> None:
        self._raw = raw
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True) if context else None
        while self._tls is not None:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._pump()
            else:
                raw.sendall(self._out.read())
                break

    def read(self) -> bytes:
        """What the reader sent; empty at the end."""
        if self._tls is None:
            return self._raw.recv(65_536)
        while True:
            try:
                return self._tls.read(65_536)
            except ssl.SSLWantReadError:
                if not self._pump():
                    return b""

    def sealed(self, parts: list[bytes]) -> list[bytes]:
        """`parts` as they go over the wire, a record for each."""
        if self._tls is None:
            return parts
        made = []
        for part in parts:
            self._tls.write(part)
            made.append(self._out.read())
        return made

    def send(self, data: bytes) -> None:
        """Bytes that are sealed already."""
        self._raw.sendall(data)

    def _pump(self) -> bool:
        self._raw.sendall(self._out.read())
        data = self._raw.recv(65_536)
        self._in.write(data)
        return bool(data)


def _serve(messages: list[bytes], sending: Sending, certificate: str, port: Connection) -> None:
    frames = [_frame(message) for message in messages]
    if sending.kind == FULL or (sending.kind == PLAIN and not sending.rate):
        whole = b"".join(frames)
        frames = [whole[at : at + _CHUNK] for at in range(0, len(whole), _CHUNK)]
    listener = socket.create_server(("127.0.0.1", 0))
    port.send(listener.getsockname()[1])
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    while True:
        client, _ = listener.accept()
        with contextlib.suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(client, context)
            _upgrade(line)
            records = line.sealed(frames)
            line.read()
            _send(line, records, sending.rate)
            while line.read():
                continue
        client.close()


def _send(line: _Line, records: list[bytes], rate: int) -> None:
    if not rate:
        for at in range(0, len(records), 64):
            line.send(b"".join(records[at : at + 64]))
        return
    began_s, sent = time.monotonic(), 0
    while sent < len(records):
        due = min(len(records), int((time.monotonic() - began_s) * rate))
        if due > sent:
            line.send(b"".join(records[sent:due]))
            sent = due
        time.sleep(_BURST_S)


def _upgrade(line: _Line) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += line.read()
    lines = request.split(b"\r\n")
    key = next(one[18:].strip() for one in lines if one.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    line.send(b"".join(line.sealed([answer])))


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([0x81, size]) + payload
    if size < 65_536:
        return b"\x81\x7e" + struct.pack("!H", size) + payload
    return b"\x81\x7f" + struct.pack("!Q", size) + payload
