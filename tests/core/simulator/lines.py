"""The far end of a socket, played by the test."""

from __future__ import annotations

import asyncio


class Line(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unsent_bytes = 0
        """What the reader left in the buffer."""
        self.is_cut = False

    def write(self, data: object) -> None:
        """Keep it."""
        assert isinstance(data, bytes)
        self.written += data

    def get_write_buffer_size(self) -> int:
        """As the test says."""
        return self.unsent_bytes

    def is_closing(self) -> bool:
        """True after a cut."""
        return self.is_cut

    def abort(self) -> None:
        """Cut."""
        self.is_cut = True
