"""The keeper: writes down what happens to an exchange, and brings one back."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from core.errors import StartError
from core.simulator.accounts.account import Account
from core.simulator.accounts.order import Order
from core.simulator.exchange import Exchange
from core.simulator.markets.market import Market
from core.simulator.rpc import Json
from core.simulator.state import history
from core.simulator.state.pages import MarketPages
from core.simulator.state.pending import Pending
from core.simulator.state.restart import newest_change_ns, restart
from core.simulator.state.snapshot import FORMAT, snapshot

log = logging.getLogger(__name__)
MOST_HISTORY_BYTES: Final = 32_000_000
"""A longer history file is written anew with only what is still wanted."""


class Keeper:
    """One exchange's two files. Everything happens in the exchange's loop."""

    def __init__(self, path: Path, most_bytes: int = MOST_HISTORY_BYTES) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._number = 1
        """Of the history file that belongs to the state file."""
        self._file: history.HistoryFile | None = None
        self._pending: Pending | None = None
        self._is_failing = False
        self._pages = MarketPages()
        self._found: list[history.Record] = []
        """What was read, until it is restored."""

    @property
    def history_path(self) -> Path:
        """The history file in use."""
        return self._history_path(self._number)

    def load(self) -> Json | None:
        """The picture that was saved; None without one; StartError when it cannot be used."""
        try:
            data = msgspec.json.decode(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StartError(f"the state file {self._path} cannot be read: {error}") from error
        if not isinstance(data, dict) or not isinstance(data.get("format"), int):
            raise StartError(f"the state file {self._path} is not one of this simulator")
        if data["format"] != FORMAT:
            raise StartError(
                f"the state file {self._path} has format {data['format']}, this simulator reads "
                f"format {FORMAT}: move it away to begin anew"
            )
        return data

    def resume_ns(self, saved: Json) -> int:
        """The exchange time from which a restart goes on; StartError when it is damaged."""
        with self._reading():
            self._number = int(saved["history"]["number"])
            self._found = self._records(int(saved["history"]["bytes"]))
            return max(int(saved["at_ns"]), newest_change_ns(self._found))

    def restore(self, exchange: Exchange, saved: Json) -> None:
        """Bring the saved exchange back into one just made; StartError when it is damaged."""
        with self._reading():
            restart(exchange, saved, self._found)
        self._found = []

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError,
                msgspec.MsgspecError) as error:  # fmt: skip
            raise StartError(f"the state file {self._path} is damaged: {error}") from error

    def begin(self, exchange: Exchange) -> None:
        """Write everything down from now on."""
        self._pending = Pending(exchange, is_new=self._file is None)
        exchange.recorder = self
        self.save()
        self._remove_strays()

    # What the exchange reports

    def account_changed(self, account: Account, market: Market, orders: list[Order]) -> None:
        """Orders, money or positions of one account changed."""
        if self._pending is not None:
            self._pending.account_changed(account, market, orders)

    def touched(self, account: Account) -> None:
        """Something else about an account may have changed."""
        if self._pending is not None:
            self._pending.touched(account)

    def flush(self) -> None:
        """Append what changed in accounts; a settlement changes them all."""
        pending = self._pending
        if pending is None or not pending.has_changes:
            return
        if pending.is_everything:
            self.save()
        elif self._file is not None:
            self._tried(self._append_changes, pending)

    def save(self) -> None:
        """Bring both files to the present; a disk that refuses is named once and tried again."""
        if self._pending is not None:
            self._tried(self._save, self._pending)

    def close(self) -> None:
        """Let go of the history file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append_changes(self, pending: Pending) -> None:
        assert self._file is not None
        self._file.append(pending.changes())
        pending.written()

    def _save(self, pending: Pending) -> None:
        if self._file is None or self._file.size > self._most_bytes:
            self._begin_file(pending)
            return
        self._file.append(pending.everything())
        pending.written(with_minutes=True)
        self._write_picture(pending.exchange, self._file, self._number)

    def _begin_file(self, pending: Pending) -> None:
        """Start a history file with all that is wanted; the old one serves until the picture."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        number = 1 + max((number for number, _ in self._files()), default=0)
        fresh, old = history.HistoryFile(self._history_path(number)), self._file
        try:
            fresh.append(pending.everything(from_start=True))
            self._write_picture(pending.exchange, fresh, number)
        except OSError:
            fresh.close()
            fresh.path.unlink(missing_ok=True)
            raise
        pending.written(with_minutes=True)
        self._file, self._number = fresh, number
        if old is not None:
            old.close()
            old.path.unlink(missing_ok=True)

    def _write_picture(self, exchange: Exchange, file: history.HistoryFile, number: int) -> None:
        """Beside the state file first, then in its place."""
        file.sync()
        picture = snapshot(exchange, self._pages)
        picture["history"] = {"number": number, "bytes": file.size}
        part = self._path.with_name(self._path.name + ".part")
        with part.open("wb") as beside:
            beside.write(msgspec.json.encode(picture))
            beside.flush()
            os.fsync(beside.fileno())
        part.replace(self._path)

    def _tried(self, write: Callable[[Pending], None], pending: Pending) -> None:
        try:
            write(pending)
        except OSError as error:
            if not self._is_failing:
                log.warning("cannot save the state: %s", error)
            self._is_failing = True
        else:
            if self._is_failing:
                log.warning("the state is saved again")
            self._is_failing = False

    def _records(self, wanted_bytes: int) -> list[history.Record]:
        """The records of the history file, which is opened to go on behind them."""
        path = self.history_path
        try:
            found = history.read(path)
        except OSError as error:
            log.warning("candles and records begin anew, %s cannot be read: %s", path, error)
            return []
        if found.is_damaged or found.end < wanted_bytes:
            aside = path.with_name(path.name + ".damaged")
            shutil.copyfile(path, aside)
            log.warning("%s is damaged, what is good of it is used; a copy is %s", path, aside)
        if found.end:
            self._file = history.HistoryFile(path, found.end)
        return [record for record in found.rows if record.is_good]

    def _history_path(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}.history")

    def _files(self) -> Iterable[tuple[int, Path]]:
        """History files beside the state file, with their numbers."""
        for path in self._path.parent.glob(f"{self._path.name}.*.history"):
            number = path.name.removeprefix(self._path.name + ".").removesuffix(".history")
            if number.isdigit():
                yield int(number), path

    def _remove_strays(self) -> None:
        """History files of earlier pictures, left by a kill between two writes."""
        if self._is_failing:
            return
        for number, path in list(self._files()):
            if number != self._number:
                path.unlink(missing_ok=True)
