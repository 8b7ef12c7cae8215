"""The tape against the plain way: gzipped lines of JSON, one `json` call a message.

Run by hand: python -m bench.tape
Recording and replay in CPU microseconds a message, the size on disk, and what the tap costs its
link at 10,000 messages a second.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.wire.reckoning import OURS, Goals, report
from bench.wire.traffic import book_traffic, tickers
from core.clock import ManualClock, SystemClock
from core.domain.instrument import Instrument
from core.market.board import Board
from core.settings import TapeSettings
from core.venues.deribit.market.replica import Replica
from core.venues.deribit.names import instrument_named
from core.venues.tape.player import Player
from core.venues.tape.reader import chunks
from core.venues.tape.recorder import Recorder

ROUNDS = 3
BATCH = 10
LINK = "market 1"
LINES = "gzip lines, json"
PACED_S = 5
PER_S = 10_000
CHANGES = 30_000
QUEUE = TapeSettings(queue_mb=1_000)


@dataclass(frozen=True)
class Market:
    """Frames in order and what they speak of."""

    frames: list[bytes]
    instruments: list[Instrument]


def market() -> Market:
    """Books, their changes and as many tickers, mixed."""
    sent = book_traffic(changes=CHANGES)
    told = tickers(2_400)
    frames = []
    for number, message in enumerate(sent.messages):
        frames += [message, told[number % len(told)]]
    names = dict.fromkeys(sent.names)
    found = [one for name in names if (one := instrument_named(name)) is not None]
    return Market(frames, found)


def recorder(folder: Path, of: Market) -> tuple[Recorder, Board]:
    """A recorder that runs and knows what is listed."""
    board = Board(SystemClock())
    made = Recorder(folder, QUEUE, board, SystemClock())
    made.start()
    names = [one.name for one in of.instruments]
    made.listed(LINK, of.instruments, {LINK: names}, SystemClock().now_ns())
    board.list_instruments(of.instruments)
    return made, board


def record_ours(of: Market, folder: Path) -> None:
    """As the market links do."""
    made, _ = recorder(folder, of)
    for start in range(0, len(of.frames), BATCH):
        made.received(LINK, of.frames[start : start + BATCH], SystemClock().now_ns())
    assert made.stop()
    assert made.frames == len(of.frames)


def record_lines(of: Market, folder: Path) -> None:
    """A line of JSON for each message."""
    folder.mkdir()
    with gzip.open(folder / "tape.jsonl.gz", "wt") as file:
        for frame in of.frames:
            line = {"recv": SystemClock().now_ns() / 1e9, "msg": json.loads(frame)}
            file.write(json.dumps(line) + "\n")


def replay_ours(folder: Path) -> int:
    """Into the books of a board, as fast as it goes."""
    clock = ManualClock()
    player = Player(Board(clock), clock)
    for chunk in chunks(folder):
        for at_ns, found in player.steps(chunk):
            player.pass_to(at_ns or 0)
            player.take(found)
    return player.messages


def replay_lines(folder: Path) -> int:
    """Into two dicts a book and one for the tickers, gaps not looked for."""
    books: dict[str, dict[str, dict[float, float]]] = {}
    told: dict[str, object] = {}
    messages = 0
    with gzip.open(folder / "tape.jsonl.gz", "rt") as file:
        for messages, line in enumerate(file, 1):  # noqa: B007
            params = json.loads(line)["msg"]["params"]
            data = params["data"]
            if params["channel"].startswith("ticker."):
                told[data["instrument_name"]] = data
                continue
            book = books.setdefault(data["instrument_name"], {"bids": {}, "asks": {}})
            for name, side in book.items():
                for action, price, amount in data[name]:
                    if action == "delete":
                        side.pop(price, None)
                    else:
                        side[price] = amount
    return messages


def timed(what: Callable[[], object], messages: int) -> float:
    """CPU microseconds a message, of all threads."""
    began_s = time.process_time()
    what()
    return (time.process_time() - began_s) / messages * 1e6


def compared(of: Market, folder: Path) -> bool:
    """Print both tables; True when ours is ahead in both."""
    record: dict[str, list[float]] = {OURS: [], LINES: []}
    replay: dict[str, list[float]] = {OURS: [], LINES: []}
    count = len(of.frames)
    for number in range(ROUNDS):
        ours, lines = folder / f"ours-{number}", folder / f"lines-{number}"
        record[OURS].append(timed(lambda: record_ours(of, ours), count))  # noqa: B023
        record[LINES].append(timed(lambda: record_lines(of, lines), count))  # noqa: B023
        replay[OURS].append(timed(lambda: replay_ours(ours), count))  # noqa: B023
        replay[LINES].append(timed(lambda: replay_lines(lines), count))  # noqa: B023
    print(f"recording, tap and writer: CPU us per message, {count} messages, {ROUNDS} rounds")
    is_reached = report(record, Goals({LINES: 3.0}))
    print("\nreplay into books: CPU us per message")
    is_reached = report(replay, Goals({LINES: 1.5})) and is_reached
    best_us = sorted(replay[OURS])[ROUNDS // 2]
    print(f"  ours replays {1e6 / best_us:,.0f} messages a second on one core")
    sizes(of.frames, folder)
    return is_reached


def sizes(frames: Sequence[bytes], folder: Path) -> None:
    """Print what stands on the disk."""
    raw = sum(map(len, frames))
    for name in ("ours-0", "lines-0"):
        size = sum(path.stat().st_size for path in (folder / name).iterdir())
        print(
            f"  {name.partition('-')[0]:6} {size / 1e6:6.2f} MB, 1:{raw / size:.1f} of the frames"
        )


def paced(of: Market, folder: Path) -> None:
    """Print what 10,000 messages a second cost the link's thread, and all threads."""
    made, board = recorder(folder, of)
    replica = Replica(board)
    pause = threading.Event()
    tap_s = state_s = 0.0
    due_s = time.monotonic()
    began_s = time.process_time()
    others_s = 0.0
    for number in range(PACED_S * PER_S // BATCH):
        start = number * BATCH % (len(of.frames) - BATCH)
        batch = of.frames[start : start + BATCH]
        before_s = time.thread_time()
        made.received(LINK, batch, SystemClock().now_ns())
        spent_s = time.thread_time() - before_s
        tap_s, state_s = tap_s + spent_s, max(state_s, spent_s)
        before_s = time.thread_time()
        replica.take(batch, SystemClock().now_ns())
        others_s += time.thread_time() - before_s
        due_s += BATCH / PER_S
        pause.wait(max(0.0, due_s - time.monotonic()))
    assert made.stop()
    all_s = time.process_time() - began_s - others_s
    print(f"\nat {PER_S:,} messages a second for {PACED_S} s, {made.lost_frames} lost:")
    print(f"  tap    {tap_s / PACED_S / PER_S * 1e6:6.2f} us per message in the link's thread")
    print(f"  all    {all_s / PACED_S * 100:6.2f} % of a core, the pacing of this bench included")
    print(f"  a full state of {len(of.instruments)} books {state_s * 1000:.1f} ms, once a file")


def main() -> int:
    """Print the tables; 1 when a goal was missed."""
    of = market()
    with tempfile.TemporaryDirectory() as folder:
        is_reached = compared(of, Path(folder))
        paced(of, Path(folder) / "paced")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
