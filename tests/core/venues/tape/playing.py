"""A tape on a board of its own, and a recorder fed without a link."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.clock import NS_PER_S, ManualClock
from core.market.board import Board
from core.settings import TapeSettings
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.tape.recorder import Recorder, is_public
from core.venues.tape.source import TapeSource
from tests.core.venues.recorded import capture_frames
from tests.eventually import eventually

BEGAN_NS = 1_626_993_723 * NS_PER_S
STEP_NS = 1_000_001
LINKS = ("market 1", "market 2")


class Player:
    """A tape on a board of its own."""

    def __init__(self, path: Path, speed: float = 0.0, start_at: str = "") -> None:
        self.clock = ManualClock()
        self.board = Board(self.clock)
        self.tape = TapeSource(path, self.board, self.clock, speed, start_at)

    def to_the_end(self) -> Player:
        self.tape.start()
        eventually(lambda: self.status.startswith(("ended", "down")), 20)
        assert self.tape.stop()
        return self

    @property
    def status(self) -> str:
        (state,) = self.tape.states()
        return state.status

    @property
    def messages(self) -> int:
        (state,) = self.tape.states()
        return state.messages


class Recording:
    """A recorder and a board, fed as two links would feed them."""

    def __init__(self, folder: Path, settings: TapeSettings | None = None) -> None:
        self.clock = ManualClock(BEGAN_NS)
        self.board = Board(self.clock)
        self.recorder = Recorder(folder, settings or TapeSettings(), self.board, self.clock)
        self.replicas = {link: Replica(self.board) for link in LINKS}

    def list_all(self, frames: Sequence[bytes]) -> None:
        """List what `frames` speak of, half for each link."""
        names = sorted({name for one in frames if (name := name_in(one))})
        found = [one for one in map(instrument_named, names) if one is not None]
        shares = {link: [one.name for one in found[number::2]] for number, link in enumerate(LINKS)}
        self.recorder.listed(LINKS[0], found, shares, self.clock.now_ns())
        self.board.list_instruments(found)
        for link, mine in shares.items():
            self.board.assign(mine, link)
        self._link_of = {name: link for link, mine in shares.items() for name in mine}

    def feed(self, frames: Sequence[bytes]) -> None:
        """Receive frames one by one, by the link of each, a millisecond apart."""
        for one in frames:
            self.clock.set_ns(self.clock.now_ns() + STEP_NS)
            link = self._link_of.get(name_in(one), LINKS[0])
            self.recorder.received(link, [one], self.clock.now_ns())
            self.replicas[link].take([one], self.clock.now_ns())
            self.board.touch(link, self.clock.now_ns())

    def feed_and_wait(self, frames: Sequence[bytes]) -> None:
        """As `feed`, and wait until the writer has them."""
        expected = self.recorder.frames + sum(map(is_public, frames))
        self.feed(frames)
        eventually(lambda: self.recorder.frames == expected, every_s=0.001)


def record(folder: Path, rounds: int = 1, settings: TapeSettings | None = None) -> Recording:
    """The 2021 capture as our own recording, `rounds` times over."""
    frames = capture_frames()
    recording = Recording(folder, settings)
    recording.recorder.start()
    recording.list_all(frames)
    for _ in range(rounds):
        for start in range(0, len(frames), 45):
            recording.feed_and_wait(frames[start : start + 45])
    assert recording.recorder.stop()
    return recording


def name_in(frame: bytes) -> str:
    """The instrument a frame of a book or ticker speaks of; empty for others."""
    _, _, rest = frame.partition(b'"channel":"')
    kind, _, rest = rest.partition(b".")
    return rest.partition(b".")[0].decode() if kind in (b"book", b"ticker") else ""


def digest(board: Board) -> str:
    """Everything the board says but its ages: all levels, change ids, tickers with their times."""
    hashed = hashlib.blake2b(digest_size=16)
    for name in sorted(board.catalog.by_name):
        book = board.book(name)
        assert book is not None
        sides = (sorted(book.bids.items()), sorted(book.asks.items()))
        ticker = repr(board.ticker(name)), board.ticker_at_ns(name)
        rows = (board.instrument(name), book.state, book.change_id, sides, book.top(), ticker)
        hashed.update(repr((name, *rows)).encode())
    return hashed.hexdigest()
