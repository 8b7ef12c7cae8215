"""A websocket that hands over every complete text frame of one read at once.

Stock websocket-client makes three reads and about sixty calls for each message; here a read of
64 KB is cut into its plain text frames in one loop. Everything else (control frames, fragments,
binary, masked) goes through the library's own parser, and only once such a frame is complete,
so that a time-out never leaves that parser in the middle of one.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

import websocket
from websocket import ABNF

from core.venues.link.tls import tls_socket

READ_SIZE: Final = 65_536
_PLAIN_TEXT: Final = 0x81
_MASK_BIT: Final = 0x80


class BatchSocket(websocket.WebSocket):  # type: ignore[misc]  # the library publishes no types
    """Made by `open_socket`; one thread reads, any thread may send."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "skip_utf8_validation": True})
        self._bytes = b""
        self._at = 0
        self._parts: list[bytes] = []
        self._missing = 0

    def recv_batch(self) -> list[bytes]:
        """Every complete text message that is here; empty when none came within the time-out.

        Raises:
            WebSocketException, OSError: the connection ended, or broke the protocol.
        """
        try:
            while True:
                batch = [] if self._is_inside_message() else self._plain_frames()
                if batch:
                    return batch
                missing = self._missing_bytes()
                if missing:
                    self._read(missing)
                elif (message := self._odd_message()) is not None:
                    return [message]
        except (TimeoutError, websocket.WebSocketTimeoutException):
            return []

    def end(self) -> None:
        """Say goodbye without waiting for an answer, and close; may be called twice."""
        self.close(timeout=0)
        self.shutdown()

    def recv_frame(self) -> ABNF:
        """The next frame, through the library's parser; waits until all of it is here."""
        while missing := self._missing_bytes():
            self._read(missing)
        return super().recv_frame()

    def _recv(self, bufsize: int) -> bytes:
        """What the library's parser reads: bytes that are already here."""
        start, end = self._at, min(self._at + bufsize, len(self._bytes))
        self._at = end
        return self._bytes[start:end]

    def _plain_frames(self) -> list[bytes]:
        """Cut every complete, final, unmasked text frame off the front of what is here."""
        data, at, end = self._bytes, self._at, len(self._bytes)
        batch = []
        while end - at >= 2 and data[at] == _PLAIN_TEXT:
            size, start = data[at + 1], at + 2
            if size == 126:
                if end - at < 4:
                    break
                size, start = data[at + 2] << 8 | data[at + 3], at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            elif size > 127:
                break
            if start + size > end:
                break
            at = start + size
            batch.append(data[start:at])
        self._at = at
        return batch

    def _missing_bytes(self) -> int:
        """How many bytes the frame at the front still lacks, as far as can be told; 0 if none."""
        if self._parts:
            return self._missing
        data, at = self._bytes, self._at
        here = len(data) - at
        if here < 2:
            return 2 - here
        second = data[at + 1]
        size, head = second & 0x7F, 2 + (4 if second & _MASK_BIT else 0)
        wide = {126: 2, 127: 8}.get(size, 0)
        if wide:
            if here < 2 + wide:
                return 2 + wide - here
            size = int.from_bytes(data[at + 2 : at + 2 + wide], "big")
        return max(0, head + wide + size - here)

    def _read(self, missing: int) -> None:
        """One read. The parts of a frame larger than a read are joined once all are here."""
        part = self._receive()
        self._parts.append(part)
        self._missing = missing - len(part)
        if self._missing <= 0:
            self._bytes = b"".join((self._bytes[self._at :], *self._parts))
            self._at = 0
            self._parts.clear()

    def _receive(self) -> bytes:
        if self.sock is None:
            raise websocket.WebSocketConnectionClosedException("the connection is closed")
        part: bytes = self.sock.recv(READ_SIZE)
        if not part:
            raise websocket.WebSocketConnectionClosedException("the venue closed the connection")
        return part

    def _is_inside_message(self) -> bool:
        """True between the first and the last fragment of a message."""
        return bool(self.cont_frame.recving_frames)

    def _odd_message(self) -> bytes | None:
        """Let the library take the frame at the front; the text it completed, if any."""
        opcode, frame = self.recv_data_frame(control_frame=True)
        if opcode == ABNF.OPCODE_CLOSE:
            raise websocket.WebSocketConnectionClosedException(_closing_words(frame.data))
        if opcode == ABNF.OPCODE_TEXT:
            text: bytes = frame.data
            return text
        return None


def open_socket(
    url: str, connect_timeout_s: float, poll_s: float, context: ssl.SSLContext | None = None
) -> BatchSocket:
    """Connect to `url`; reads then return empty-handed after `poll_s` seconds of silence.

    `context` replaces the system's certificates for wss.

    Raises:
        WebSocketException, OSError: no connection, or the upgrade was refused.
    """
    tls = tls_socket(url, connect_timeout_s, context)
    try:
        opened: BatchSocket = websocket.create_connection(
            url, connect_timeout_s, class_=BatchSocket, suppress_origin=True, socket=tls
        )
    except BaseException:
        if tls is not None:
            tls.close()
        raise
    opened.settimeout(poll_s)
    return opened


def _closing_words(payload: bytes) -> str:
    if len(payload) < 2:
        return "the venue closed the connection"
    code = int.from_bytes(payload[:2], "big")
    why = payload[2:].decode("utf-8", "replace")
    return f"the venue closed the connection ({code}{': ' if why else ''}{why})"
