"""A tape's records into a board and a clock: no thread, no pace, so that tests can step it."""

from __future__ import annotations

import logging
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from core.clock import NS_PER_MS, ManualClock
from core.domain.instrument import Instrument
from core.errors import MarketDataError
from core.market.board import Board
from core.market.ticker import Ticker
from core.venues.deribit.decode import decode
from core.venues.deribit.instruments import instruments_of
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.deribit.wire import BookData, IndexPrice, Reply
from core.venues.tape.lines import Batch, Marked, Recorded
from core.venues.tape.marks import Began, Dropped, Listed, Lost, Platform, State, put_state
from core.venues.tape.reader import Chunk

log = logging.getLogger(__name__)

FEED: Final = "tape"
"""The link of frames whose tape does not name one."""
_NAME: Final = re.compile(rb'"channel":\s?"(?:book|ticker)\.([^."]+)\.')


class Player:
    """Plays chunks of one tape, in order, into one board, by the decoder and replica of a link.

    What a link wrote at its receive time is written with that time again, so the board becomes
    what it was, bit for bit.
    """

    def __init__(self, board: Board, clock: ManualClock) -> None:
        """The board is emptied first."""
        self._board = board
        self._clock = clock
        self._replicas: defaultdict[str, Replica] = defaultdict(lambda: Replica(board))
        self._guessed = _Guessed(board)
        self.shares: dict[str, list[str]] = {}
        """Which link carries which names, where the tape says so."""
        board.list_instruments(())
        self.skipped = 0
        """Lines that held no received frame: requests, remarks, damage."""
        self.lost = 0
        """Frames that the recorder left out, by its own account."""
        self.different = 0
        """Books that were not what the recorder had seen at the same point."""
        self.damage = ""
        """What was wrong with the tape so far; a last block that is torn is nothing wrong."""

    @property
    def messages(self) -> int:
        """Frames played."""
        return sum(one.messages for one in self._replicas.values())

    @property
    def gaps(self) -> int:
        """Times that a book's frames did not follow each other."""
        return sum(one.gaps for one in self._replicas.values())

    def steps(self, chunk: Chunk) -> Iterator[tuple[int | None, Batch | Marked]]:
        """(time, record) of what `chunk` holds, to be given to `take` one by one."""
        self.skipped += chunk.skipped
        if chunk.damage:
            log.warning("%s", chunk.damage)
            if not chunk.is_torn:
                self.damage = chunk.damage
            for link in self._replicas:
                self._board.drop_feed(link)
            return
        self._guessed.look_through(chunk.foreign)
        for frame in chunk.foreign:
            at_ns = _venue_time_ns(frame.payload) if frame.at_ns is None else frame.at_ns
            yield at_ns, Batch(at_ns or 0, FEED, [frame.payload])
        for record in chunk.records:
            yield record.at_ns, record

    def pass_to(self, at_ns: int) -> None:
        """Let the tape's time come to `at_ns`; never backwards."""
        if at_ns > self._clock.now_ns():
            self._clock.set_ns(at_ns)
            self._guessed.time_passed(at_ns)

    def take(self, record: Batch | Marked) -> None:
        """Write one record into the board."""
        if isinstance(record, Marked):
            self._take_mark(record)
            return
        at_ns = record.at_ns or self._clock.now_ns()
        replica = self._replicas[record.link]
        with self._board.writing:
            for event in replica.take(record.payloads, at_ns):
                if isinstance(event, Reply):
                    self._guessed.hear(event)
            self._board.touch(record.link, at_ns, replica.venue_ms * NS_PER_MS)

    def _take_mark(self, record: Marked) -> None:
        mark = record.mark
        if isinstance(mark, Began):
            if not mark.is_continued:
                self._board.list_instruments(())
        elif isinstance(mark, Listed):
            self._board.list_instruments(mark.instruments)
            self.shares = mark.shares
            for link, names in mark.shares.items():
                self._board.assign(names, link)
        elif isinstance(mark, State):
            self.different += put_state(self._board, record.link, mark)
        elif isinstance(mark, Dropped):
            self._board.drop_feed(record.link)
        elif isinstance(mark, Platform):
            self._board.put_platform(mark.state)
        elif isinstance(mark, Lost):
            self.lost += mark.frames
            self._board.drop_feed(record.link)  # until the state that follows


class _Guessed:
    """What is listed on a tape that does not say so: what its frames speak of."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._names: set[str] = set()
        self._answered: dict[str, Instrument] = {}
        self._next_expiry_ns = math.inf
        self._now_ns = 0

    def look_through(self, frames: Sequence[Recorded]) -> None:
        """List what the next frames speak of."""
        names = {name.decode() for frame in frames for name in _NAME.findall(frame.payload)}
        if not names <= self._names:
            self._names |= names
            self._list()

    def hear(self, reply: Reply) -> None:
        """A recorded list of instruments knows better than names do."""
        try:
            found = instruments_of(reply.result)
        except MarketDataError:
            return  # the answer to something else
        if found:
            self._answered |= {one.name: one for one in found}
            self._list()

    def time_passed(self, now_ns: int) -> None:
        """What expires vanishes."""
        self._now_ns = now_ns
        if now_ns >= self._next_expiry_ns:
            self._list()

    def _list(self) -> None:
        known = [self._answered.get(name) or instrument_named(name) for name in self._names]
        alive = [one for one in known if one and (one.expiry_ns or math.inf) > self._now_ns]
        self._next_expiry_ns = min((one.expiry_ns or math.inf for one in alive), default=math.inf)
        self._board.list_instruments(alive)
        self._board.assign((one.name for one in alive), FEED)


def _venue_time_ns(payload: bytes) -> int | None:
    """The venue's own time in a frame, for tapes without receive times."""
    try:
        frame = decode(payload)
    except MarketDataError:
        return None  # the replica counts it
    if isinstance(frame, BookData | Ticker | IndexPrice) and frame.timestamp:
        return frame.timestamp * NS_PER_MS
    return None
