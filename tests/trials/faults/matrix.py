"""Every fault of the exchange at every moment that matters; run it with `make matrix`."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from core.simulator.server.faults.table import TABLE
from tests.trials.agreement import disagreements, wrong_books
from tests.trials.desk import INVERSE, LINEAR, Desk
from tests.trials.exchange import Exchange
from tests.trials.faults.aims import OF_BOOKS, Moment, aim
from tests.trials.faults.moments import OTHER, Script, TooLate

KINDS = tuple(TABLE)
WITHIN_S = 60.0
"""The loop compares with the venue every 15 s; a lost frame is known at the latest then."""
ACCOUNTS = tuple(f"client{number}" for number in range(150))
STARTS = tuple(f"2026-11-27T07:{left}Z" for left in ("59:52", "59:42", "59:15", "58:00"))
"""Just before a weekly expiry; the later ones for a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one moment."""

    kind: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a cell."""

    cell: Cell
    problems: tuple[str, ...]
    """Empty when all was well again."""
    seconds: float
    """From the fault to the moment everything agreed."""
    took_s: float
    """The whole cell."""


class Ground:
    """An exchange that is used for many cells, each with an account of its own."""

    def __init__(self) -> None:
        self._exchange: Exchange | None = None
        self._used = 0

    def run(self, cell: Cell) -> Result:
        """Play a cell; what goes wrong is its result."""
        began_s = time.monotonic()
        try:
            if cell.moment is Moment.SETTLEMENT:
                problems, seconds = self._at_settlement(cell)
            else:
                problems, seconds = play(self._running(), cell, ACCOUNTS[self._used])
        except Exception as error:  # the outermost frame: the other cells go on
            logging.getLogger(__name__).exception("%s", cell)
            problems, seconds = [f"{type(error).__name__}: {error}"], 0.0
        return Result(cell, tuple(problems), seconds, time.monotonic() - began_s)

    def stop(self) -> None:
        """End the exchange."""
        if self._exchange is not None:
            self._exchange.stop()

    def _running(self) -> Exchange:
        if self._exchange is None:
            self._exchange = Exchange((OTHER, *ACCOUNTS), "--unlimited")
        self._used += 1
        return self._exchange

    @staticmethod
    def _at_settlement(cell: Cell) -> tuple[list[str], float]:
        """On an exchange of its own, whose day ends soon."""
        for start in STARTS:
            exchange = Exchange((OTHER, ACCOUNTS[0]), "--unlimited", "--start", start)
            try:
                return play(exchange, cell, ACCOUNTS[0])
            except TooLate:
                continue
            finally:
                exchange.stop()
        raise TooLate(f"not even when the exchange starts at {STARTS[-1]}")


def play(exchange: Exchange, cell: Cell, account: str) -> tuple[list[str], float]:
    """Let a desk meet the fault; what still differs after it, and how long it took to agree."""
    complaints = len(exchange.complaints)
    with Desk(exchange, account) as desk:
        script = Script(exchange, desk, cell.kind, aim(cell.kind, cell.moment, account))
        script.play(cell.moment)
        found = _settled(exchange, desk)
        seconds = time.monotonic() - script.struck_s
        if not found:
            script.trade()
            found = _settled(exchange, desk) + wrong_books(
                exchange.books, desk.board, _books(desk, cell)
            )
        found += [f"logged: {line}" for line in desk.errors.lines]
    return found + exchange.complaints[complaints:], seconds


def _settled(exchange: Exchange, desk: Desk) -> list[str]:
    """What differs, looked at until nothing does."""
    ends_at_s = time.monotonic() + WITHIN_S
    while True:
        found = disagreements(exchange, desk)
        if not found or time.monotonic() > ends_at_s:
            return found
        time.sleep(0.2)


def _books(desk: Desk, cell: Cell) -> list[str]:
    names = sorted(desk.board.catalog.by_name)
    return names if cell.kind in OF_BOOKS else [INVERSE, LINEAR, *names[:: len(names) // 12]]


def cells(kinds: Iterable[str] = KINDS, moments: Iterable[Moment] = Moment) -> list[Cell]:
    """The whole matrix, or a part; the slow cells first, so that the workers end together."""
    found = [Cell(kind, moment) for kind in kinds for moment in moments]
    return sorted(found, key=lambda one: one.moment is not Moment.SETTLEMENT)


def rotation() -> list[Cell]:
    """Every fault once, the moments in turn."""
    moments = tuple(Moment)
    found = [Cell(kind, moments[(2 * n) % len(moments)]) for n, kind in enumerate(KINDS)]
    return sorted(found, key=lambda one: one.moment is not Moment.SETTLEMENT)


_GROUND = Ground()


def _run(cell: Cell) -> Result:
    return _GROUND.run(cell)


def results(wanted: Sequence[Cell], workers: int) -> Iterator[Result]:
    """Play the cells in processes of their own, as they end."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for future in as_completed([pool.submit(_run, cell) for cell in wanted]):
            yield future.result()


def table(found: Iterable[Result]) -> str:
    """One line a fault, one column a moment: the seconds it took, or that it failed."""
    by_cell = {one.cell: one for one in found}
    lines = [f"{'':<18}" + "".join(f"{moment.value:>20}" for moment in Moment)]
    for kind in KINDS:
        row = [_word(by_cell.get(Cell(kind, moment))) for moment in Moment]
        lines.append(f"{kind:<18}" + "".join(f"{word:>20}" for word in row))
    wrong = [one for one in by_cell.values() if one.problems]
    lines += [
        f"{one.cell.kind} {one.cell.moment.value}: {p}" for one in wrong for p in one.problems
    ]
    return "\n".join([*lines, f"{len(by_cell) - len(wrong)} of {len(by_cell)} cells are well"])


def _word(result: Result | None) -> str:
    if result is None:
        return "-"
    return f"{'FAILED' if result.problems else 'ok'} {result.seconds:5.1f} s"


def main(argv: Sequence[str]) -> int:
    """Play what was asked for and print the table; 1 when a cell failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.faults.matrix")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--moment", action="append", choices=[one.value for one in Moment])
    options = parser.parse_args(argv)
    moments = [Moment(one) for one in options.moment] if options.moment else list(Moment)
    began_s = time.monotonic()
    found = []
    for one in results(cells(options.kind or KINDS, moments), options.workers):
        found.append(one)
        word = "; ".join(one.problems) or "ok"
        sys.stderr.write(f"{one.took_s:5.1f} s {one.cell.kind} {one.cell.moment.value}: {word}\n")
    sys.stdout.write(f"{table(found)}\nin {time.monotonic() - began_s:.0f} s\n")
    return 1 if any(one.problems for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
