"""WebSocket text frames of a server, encoded here so that many leave in one write."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeAlias

Packer: TypeAlias = Callable[[bytes], bytes]
"""From the payload of a text message to its frame."""
TEXT = 0x81
DEFLATED_TEXT = 0xC1
_TAIL = b"\x00\x00\xff\xff"


def text_frame(payload: bytes) -> bytes:
    """One final, unmasked text frame (RFC 6455, section 5.2)."""
    return _frame(TEXT, payload)


class Deflater:
    """Text frames under permessage-deflate (RFC 7692, section 7.2.1), for clients that offer it."""

    def __init__(self, window_bits: int, keeps_window: bool) -> None:
        self._window_bits = window_bits
        self._keeps_window = keeps_window
        self._stream = self._new()

    def __call__(self, payload: bytes) -> bytes:
        """One compressed text frame."""
        if not self._keeps_window:
            self._stream = self._new()
        data = self._stream.compress(payload) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        return _frame(DEFLATED_TEXT, data.removesuffix(_TAIL))

    def _new(self) -> zlib._Compress:
        return zlib.compressobj(wbits=-self._window_bits)


def packer_for(window_bits: int, extensions: str) -> Packer:
    """What was agreed at the upgrade: plain frames for 0 bits."""
    if not window_bits:
        return text_frame
    return Deflater(window_bits, "server_no_context_takeover" not in extensions)


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65_536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload
