"""A part of a tape as a tape of its own, which begins with the state of every book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.clock import NS_PER_S, ManualClock
from core.errors import StartError
from core.market.board import Board
from core.market.catalog import Catalog
from core.settings import TapeSettings
from core.venues.tape.lines import Batch, Marked
from core.venues.tape.marks import Began, Dropped, Listed, Lost, State, captured
from core.venues.tape.player import FEED, Player
from core.venues.tape.reader import chunks
from core.venues.tape.recorder import Item, Writing
from core.venues.tape.shelf import TapeFile

_ONE_FILE: Final = TapeSettings(file_mb=1e9, file_minutes=1e9, flush_s=1e9, keep_mb=0)
_OUT_OF_ORDER_NS: Final = 2 * NS_PER_S
"""Links queue side by side: a later line may be a little older."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut out."""

    frames: int
    damage: str
    """What was wrong with the tape it was cut from."""


def cut(path: Path, from_ns: int, to_ns: int, out: Path) -> Cut:
    """Write what the tape received from `from_ns` up to `to_ns` into the new file `out`.

    Raises:
        StartError: there is no tape, `out` cannot be made, or nothing was received in that time.
    """
    cutting = _Cutting(lambda _: _made(out))
    for chunk in chunks(path, from_ns):
        for at_ns, record in cutting.player.steps(chunk):
            if at_ns is not None and at_ns > to_ns + _OUT_OF_ORDER_NS:
                return cutting.finish(path)
            cutting.take(at_ns, record, from_ns, to_ns)
    return cutting.finish(path)


class _Cutting:
    """Plays a tape, and writes down what falls into the time."""

    def __init__(self, new_file: Callable[[int], TapeFile]) -> None:
        self._clock = ManualClock()
        self._board = Board(self._clock)
        self._writing = Writing(new_file, _ONE_FILE)
        self._catalog: Catalog | None = None
        self._heard_ns: dict[str, int] = {}
        self._frames = 0
        self.player = Player(self._board, self._clock)

    def take(self, at_ns: int | None, record: Batch | Marked, from_ns: int, to_ns: int) -> None:
        """Play one record, and write it if it is wanted."""
        now_ns = self._clock.now_ns() if at_ns is None else at_ns
        if from_ns <= now_ns <= to_ns:
            self._write(now_ns, record)
        self.player.pass_to(now_ns)
        self.player.take(record)
        dropped = isinstance(record, Marked) and isinstance(record.mark, Dropped | Lost)
        self._heard_ns[record.link] = 0 if dropped else now_ns

    def finish(self, path: Path) -> Cut:
        """Close the file."""
        if not self._frames:
            raise StartError(f"nothing was received on the tape {path} in that time")
        self._writing.close()
        return Cut(self._frames, self.player.damage)

    def _write(self, now_ns: int, record: Batch | Marked) -> None:
        if self._catalog is None:
            self._writing.begin_key(now_ns, now_ns)
        if self._catalog is not self._board.catalog:
            self._write_state(now_ns)
        if isinstance(record, Batch):
            self._frames += self._writing.write(Item(record.link, now_ns, record.payloads))
        elif not isinstance(record.mark, Began | State):
            self._writing.write(Item(record.link, now_ns, record.mark))
        self._writing.flush_if_due()

    def _write_state(self, now_ns: int) -> None:
        """What is listed has changed since the last line, or this is the first."""
        is_first, self._catalog = self._catalog is None, self._board.catalog
        shares = self.player.shares or {FEED: list(self._catalog.by_name)}
        listed = Listed(list(self._catalog.by_name.values()), shares)
        self._writing.write(Item(FEED, now_ns, listed))
        for link, names in shares.items() if is_first else ():
            state = captured(self._board, names, self._heard_ns.get(link, 0))
            self._writing.write(Item(link, now_ns, state))


def _made(out: Path) -> TapeFile:
    try:
        return TapeFile(out)
    except FileExistsError:
        raise StartError(f"{out} exists already, a cut makes a new file") from None
    except OSError as error:
        raise StartError(f"{out} cannot be written: {error.strerror}") from error
