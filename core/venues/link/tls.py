"""TLS over a plain socket, decrypting every record of a read at once.

`ssl.SSLSocket` costs two system calls for each record, and the venue may send each message in a
record of its own. It also may not be read and written by two threads at once, which is what the
trading link does. Here the records pass through memory, and a lock guards the cipher only.
"""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.request
from typing import Final
from urllib.parse import urlsplit

_READ_SIZE: Final = 65_536
_RECORD_SIZE: Final = 16_384


class TlsSocket:
    """Looks like a connected socket to websocket-client. One thread reads, any thread sends."""

    def __init__(self, raw: socket.socket, context: ssl.SSLContext, host: str) -> None:
        """Shake hands over `raw`, which belongs to this object from now on.

        Raises:
            OSError: the handshake failed or timed out, or the certificate is not for `host`.
        """
        self._raw = raw
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._cipher = threading.Lock()
        self._sending = threading.Lock()
        self._shake_hands()

    def recv(self, size: int) -> bytes:
        """Up to `size` decrypted bytes, as many as one read of the wire gives; b"" at the end."""
        while True:
            plain = self._decrypt(size)
            if self._outgoing.pending:
                self._flush()
            if plain:
                return plain
            if self._incoming.eof:
                return b""
            self._feed()

    def send(self, data: bytes) -> int:
        """Encrypt and send all of `data`."""
        with self._sending:
            with self._cipher:
                self._tls.write(data)
                records = self._outgoing.read()
            self._raw.sendall(records)
        return len(data)

    def settimeout(self, timeout_s: float | None) -> None:
        """As of a socket."""
        self._raw.settimeout(timeout_s)

    def gettimeout(self) -> float | None:
        """As of a socket."""
        return self._raw.gettimeout()

    def fileno(self) -> int:
        """As of a socket."""
        return self._raw.fileno()

    def shutdown(self, how: int) -> None:
        """As of a socket; wakes a thread that reads."""
        self._raw.shutdown(how)

    def close(self) -> None:
        """Close the connection; the websocket's own close frame has said goodbye."""
        self._raw.close()

    @property
    def _closed(self) -> bool:
        """websocket-client asks before it closes."""
        return self._raw.fileno() < 0

    def _shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                if self._incoming.eof:
                    raise ConnectionError("the venue hung up during the TLS handshake") from None
                self._feed()
            else:
                self._flush()
                return

    def _decrypt(self, size: int) -> bytes:
        """Every record that is here, up to `size` bytes; empty when none is complete."""
        parts: list[bytes] = []
        left = size
        with self._cipher:
            while left > 0:
                try:
                    part = self._tls.read(min(left, _RECORD_SIZE))
                except ssl.SSLWantReadError:
                    break
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    self._incoming.write_eof()
                    break
                if not part:
                    self._incoming.write_eof()
                    break
                parts.append(part)
                left -= len(part)
        return b"".join(parts)

    def _feed(self) -> None:
        """One read of the wire; raises TimeoutError when nothing comes."""
        records = self._raw.recv(_READ_SIZE)
        with self._cipher:
            if records:
                self._incoming.write(records)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        """Send what TLS itself has to say: the handshake, and answers to new keys."""
        with self._sending:
            with self._cipher:
                records = self._outgoing.read()
            if records:
                self._raw.sendall(records)


def tls_socket(
    url: str, timeout_s: float, context: ssl.SSLContext | None = None
) -> TlsSocket | None:
    """A TLS connection to the host of a wss `url`; None for other urls and behind a proxy.

    Raises:
        OSError: no connection, or the certificate is not good.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "wss" or _is_proxied(host):
        return None
    raw = socket.create_connection((host, parts.port or 443), timeout_s)
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return TlsSocket(raw, context or ssl.create_default_context(), host)
    except BaseException:
        raw.close()
        raise


def _is_proxied(host: str) -> bool:
    """True when the environment sends this host through a proxy: the library knows how."""
    proxies = urllib.request.getproxies()
    is_exempt = bool(urllib.request.proxy_bypass(host))
    return "https" in proxies and not is_exempt
