"""WebSocket text frames of a server, encoded here so that many leave in one write."""

from __future__ import annotations

TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """One final, unmasked text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, size)) + payload
    if size < 65_536:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload
