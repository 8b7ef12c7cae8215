"""Recording the raw market feed: every frame with its link and its time, in rotating files."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from core.clock import Clock
from core.domain.instrument import Instrument
from core.market.board import Board
from core.service import Service, ServiceState
from core.settings import TapeSettings
from core.venues.tape.blocks import pack
from core.venues.tape.lines import frame_lines, mark_line
from core.venues.tape.marks import (
    Began,
    Captured,
    Dropped,
    Listed,
    Lost,
    Platform,
    captured,
    text_of,
)
from core.venues.tape.shelf import Shelf, TapeFile

log = logging.getLogger(__name__)

_POLL_S: Final = 0.05
_BLOCK_BYTES: Final = 262_144
"""Of text; four times as much packs it 3 % smaller."""
_MB: Final = 1_000_000
_NOTIFICATION: Final = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'
_USERS: Final = (_NOTIFICATION + b"user.", _NOTIFICATION + b"private.")


class _Params(msgspec.Struct, gc=False):
    channel: str = ""


class _Envelope(msgspec.Struct, gc=False):
    method: str = ""
    params: _Params = msgspec.field(default_factory=_Params)


_envelope: Final = msgspec.json.Decoder(_Envelope).decode


def is_public(payload: bytes) -> bool:
    """True for a notification of a public channel: the only kind of frame a tape may hold.

    Answers are left out, because the one to a login holds tokens; what the answers say about
    the market, what is listed, is written as a mark.
    """
    if payload.startswith(_NOTIFICATION):
        return not payload.startswith(_USERS)
    try:
        envelope = _envelope(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    channel, is_object = envelope.params.channel, payload.startswith(b"{")
    return (
        is_object
        and envelope.method == "subscription"
        and not channel.startswith(("user.", "private."))
    )


@dataclass(frozen=True, slots=True)
class Item:
    """What came of a link, on its way to a file."""

    link: str
    at_ns: int
    what: Sequence[bytes] | Captured | Dropped | Listed | Lost | Platform
    size: int = 0


class Recorder:
    """The tap of the market links; a thread of its own compresses and writes.

    The links only queue. Where the disk is too slow for them, frames are left out and counted,
    on the tape and on the screen. A disk that is full ends the recording, not the desk.
    """

    def __init__(self, folder: Path, settings: TapeSettings, board: Board, clock: Clock) -> None:
        self._folder = folder
        self._settings = settings
        self._board = board
        self._clock = clock
        self._shelf = Shelf(folder, round(settings.keep_mb * _MB))
        # Waking a thread for every batch would cost the link ten times what queueing does:
        # the writer looks by itself.
        self._queue: deque[Item] = deque()
        self._gate = threading.Lock()
        self._queued_bytes = 0
        self._service = Service("tape writer", self._body)
        self._shares: Mapping[str, Sequence[str]] = {}
        self._platform = board.platform
        self._epoch = 0
        self._captured: dict[str, int] = {}
        self._heard_ns: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self.frames = 0
        """Frames taken into a block so far."""
        self.flushed_frames = 0
        """Frames that a kill cannot lose any more."""
        self.lost_frames = 0
        """Frames left out because the disk was too slow."""
        self.fault = ""
        """Why nothing is recorded any more; empty while all is well."""

    # The links' threads: each touches its own entries only.

    def received(self, link: str, payloads: Sequence[bytes], at_ns: int) -> None:
        """Queue one batch, and before it the link's state when one is due."""
        if self.fault:
            return
        if (platform := self._board.platform) is not self._platform:
            self._platform = platform
            self._queue.append(Item(link, at_ns, Platform(platform)))
        size = sum(map(len, payloads))
        if not self._has_room(size):
            self._lose(link, len(payloads))
            return
        if lost := self._lost.pop(link, 0):
            self._queue.append(Item(link, at_ns, Lost(lost)))
            self._captured.pop(link, None)
        if self._captured.get(link) != self._epoch:
            self._captured[link] = self._epoch
            state = captured(self._board, self._shares.get(link, ()), self._heard_ns.get(link, 0))
            self._queue.append(Item(link, at_ns, state))
        self._queue.append(Item(link, at_ns, payloads, size))
        self._heard_ns[link] = at_ns

    def dropped(self, link: str, at_ns: int) -> None:
        """The link is gone."""
        self._heard_ns[link] = 0
        self._mark(Item(link, at_ns, Dropped()))

    def listed(
        self,
        link: str,
        instruments: Sequence[Instrument],
        shares: Mapping[str, Sequence[str]],
        at_ns: int,
    ) -> None:
        """Another list of instruments came."""
        self._shares = shares
        names = {one: list(found) for one, found in shares.items()}
        self._mark(Item(link, at_ns, Listed(list(instruments), names)))

    # Any thread.

    def start(self) -> None:
        """Begin to write."""
        self.fault = ""
        self._service.start()

    def stop(self) -> bool:
        """Write what is queued and close the file; True when it is closed."""
        return self._service.stop()

    def service_state(self) -> ServiceState:
        """The thread, and what was not written, for the screen."""
        state, trouble = self._service.state(), self.fault
        if not trouble and self.lost_frames:
            trouble = f"{self.lost_frames:,} frames are missing: the disk is too slow"
        return replace(state, last_error=state.last_error or trouble)

    def _mark(self, item: Item) -> None:
        if not self.fault:
            self._queue.append(item)

    def _has_room(self, size: int) -> bool:
        with self._gate:
            if self._queued_bytes + size > self._settings.queue_mb * _MB:
                return False
            self._queued_bytes += size
            return True

    def _lose(self, link: str, frames: int) -> None:
        if link not in self._lost:
            log.warning("the disk is too slow for the tape: frames of %s are left out", link)
        self._lost[link] = self._lost.get(link, 0) + frames
        with self._gate:
            self.lost_frames += frames

    # The writer's own thread from here on.

    def _body(self, stopping: threading.Event) -> None:
        writing = Writing(self._new_file, self._settings)
        try:
            while not stopping.wait(_POLL_S):
                self._write_queued(writing)
            self._write_queued(writing)
            writing.close()
            self.flushed_frames = self.frames
        except OSError as error:
            self.fault = f"recording in {self._folder} stopped: {error.strerror}"
            log.error("%s; the desk goes on without", self.fault)
            writing.abandon()
            self._forget()
            return
        log.info("%d frames recorded in %s", self.frames, self._folder)

    def _write_queued(self, writing: Writing) -> None:
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if writing.is_key_due():
                writing.begin_key(item.at_ns, self._clock.now_ns())
                self._epoch += 1
            self.frames += writing.write(item)
            self._flush_if_due(writing)
            with self._gate:
                self._queued_bytes -= item.size
        self._flush_if_due(writing)

    def _flush_if_due(self, writing: Writing) -> None:
        if writing.flush_if_due():
            self.flushed_frames = self.frames

    def _new_file(self, now_ns: int) -> TapeFile:
        return self._shelf.new_file(now_ns, round(self._settings.file_mb * _MB))

    def _forget(self) -> None:
        """Nobody will write what is queued."""
        self._queue.clear()
        with self._gate:
            self._queued_bytes = 0


class Writing:
    """The file that is being written and the block that will be next in it."""

    def __init__(self, new_file: Callable[[int], TapeFile], settings: TapeSettings) -> None:
        """`new_file` makes the next file, given the time now."""
        self._new_file = new_file
        self._settings = settings
        self._block_bytes = min(_BLOCK_BYTES, settings.file_mb * _MB)
        self._file: TapeFile | None = None
        self._standing: dict[type[Listed | Platform], Item] = {}
        self._lines: list[bytes] = []
        self._raw_size = self._frames = 0
        self._first_ns = self._last_ns = 0
        self._is_key = self._is_continued = False
        self._block_began_s = self._file_began_s = self._key_began_s = 0.0

    def is_key_due(self) -> bool:
        """A new file begins with a full state, and so does every few minutes."""
        settings, now_s = self._settings, time.monotonic()
        if self._file is None:
            return True
        is_full = self._file.size >= settings.file_mb * _MB
        if is_full or now_s - self._file_began_s >= settings.file_minutes * 60:
            self.close()
            return True
        return now_s - self._key_began_s >= settings.state_minutes * 60

    def begin_key(self, at_ns: int, now_ns: int) -> None:
        """The next block starts a full state; a file is begun where there is none."""
        self.flush()
        self._key_began_s = time.monotonic()
        if self._file is None:
            self._file = self._new_file(now_ns)
            self._file_began_s = self._key_began_s
            began = text_of(Began(self._is_continued))
            self._is_continued = True
            self._add(at_ns, mark_line("tape", began, at_ns))
        self._is_key = True
        for item in self._standing.values():
            self._add_mark(replace(item, at_ns=at_ns))

    def write(self, item: Item) -> int:
        """Put an item into the block; returns how many frames it held."""
        what = item.what
        if isinstance(what, Captured):
            for text in what.texts():
                self._add(item.at_ns, mark_line(item.link, text, item.at_ns))
            return 0
        if isinstance(what, Listed | Platform):
            self._standing[type(what)] = item
        if isinstance(what, Dropped | Listed | Lost | Platform):
            self._add_mark(item)
            return 0
        frames = [one for one in what if is_public(one)]
        if frames:
            self._frames += len(frames)
            self._add(item.at_ns, frame_lines(item.link, frames, item.at_ns))
        return len(frames)

    def flush_if_due(self) -> bool:
        """Write a block that is full or old enough; False when there is one that is neither."""
        is_old = time.monotonic() - self._block_began_s >= self._settings.flush_s
        if self._lines and (is_old or self._raw_size >= self._block_bytes):
            self.flush()
        return not self._lines

    def flush(self) -> None:
        """Write the block, if there is anything in it."""
        if not self._lines or self._file is None:
            return
        raw = b"".join(self._lines)
        block = pack(raw, self._first_ns, self._last_ns, self._frames, self._is_key)
        self._lines.clear()
        self._raw_size = self._frames = 0
        self._is_key = False
        self._file.append(block)

    def close(self) -> None:
        """Write the last block and close the file."""
        self.flush()
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._lines.clear()
        try:
            self.close()
        except OSError as error:
            log.warning("the tape could not be closed: %s", error)

    def _add_mark(self, item: Item) -> None:
        assert isinstance(item.what, Dropped | Listed | Lost | Platform)
        self._add(item.at_ns, mark_line(item.link, text_of(item.what), item.at_ns))

    def _add(self, at_ns: int, lines: bytes) -> None:
        if not self._lines:
            self._first_ns = self._last_ns = at_ns
            self._block_began_s = time.monotonic()
        self._last_ns = max(self._last_ns, at_ns)
        self._lines.append(lines)
        self._raw_size += len(lines)
