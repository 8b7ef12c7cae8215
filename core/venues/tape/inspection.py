"""What is in a tape and whether it is sound: read all of it, and play it to itself."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.clock import NS_PER_S, ManualClock
from core.market.board import Board
from core.venues.tape.lines import Batch, Marked
from core.venues.tape.marks import Dropped, Lost, State
from core.venues.tape.player import Player
from core.venues.tape.reader import Chunk, chunks
from core.venues.tape.shelf import tape_files

_KIND: Final = re.compile(rb'"channel":\s?"([a-z_]+)')


@dataclass(slots=True)
class Contents:
    """What one file held, counted while it was read."""

    path: Path
    size: int
    text_size: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    """Frames by the first word of their channel."""
    links: Counter[str] = field(default_factory=Counter)
    drops: int = 0
    """Times that a link dropped."""
    lost: int = 0
    """Frames the recorder left out."""
    states: int = 0
    """Books written down in full."""
    gaps: int = 0
    different: int = 0
    """Books that were not as the recorder had seen them."""
    damage: str = ""
    is_torn: bool = False

    @property
    def frames(self) -> int:
        """All of them."""
        return self.links.total()

    @property
    def seconds(self) -> float:
        """From the first to the last; 0 where the tape holds no times."""
        if self.first_ns is None or self.last_ns is None:
            return 0.0
        return (self.last_ns - self.first_ns) / NS_PER_S

    def add(self, at_ns: int | None, record: Batch | Marked) -> None:
        """Count one record."""
        if at_ns is not None:
            self.first_ns = at_ns if self.first_ns is None else min(self.first_ns, at_ns)
            self.last_ns = at_ns if self.last_ns is None else max(self.last_ns, at_ns)
        if isinstance(record, Batch):
            self._add_frames(record)
            return
        mark = record.mark
        self.drops += isinstance(mark, Dropped)
        self.lost += mark.frames if isinstance(mark, Lost) else 0
        self.states += len(mark.books) if isinstance(mark, State) else 0

    def _add_frames(self, batch: Batch) -> None:
        self.links[batch.link] += len(batch.payloads)
        for payload in batch.payloads:
            self.text_size += len(payload)
            kind = _KIND.search(payload, 0, 200)
            self.kinds[kind[1].decode() if kind else "other"] += 1


def inspected(path: Path) -> list[Contents]:
    """The contents of every file of a tape; gaps and differences are found by playing it.

    Raises:
        StartError: there is no tape at `path`.
    """
    clock = ManualClock()
    player = Player(Board(clock), clock)
    found = []
    for file in tape_files(path):
        contents = Contents(file, file.stat().st_size)
        gaps, different = player.gaps, player.different
        for chunk in chunks(file):
            _read(player, chunk, contents)
        contents.gaps = player.gaps - gaps
        contents.different = player.different - different
        found.append(contents)
    return found


def _read(player: Player, chunk: Chunk, contents: Contents) -> None:
    if chunk.damage:
        contents.damage, contents.is_torn = chunk.damage, chunk.is_torn
    for at_ns, record in player.steps(chunk):
        contents.add(at_ns, record)
        if at_ns is not None:
            player.pass_to(at_ns)
        player.take(record)
