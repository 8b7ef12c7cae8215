"""The state file: what survives the process, written whole and swapped in at once."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.errors import StartError
from core.simulator.exchange import Exchange
from core.simulator.rpc import Json
from core.simulator.snapshot import FORMAT, snapshot


class StateFile:
    """Saves and loads one exchange."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, exchange: Exchange) -> None:
        """Write everything beside the file, then take its place."""
        data = msgspec.json.encode(snapshot(exchange))
        part = self._path.with_name(self._path.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)

    def load(self) -> Json | None:
        """What was saved; None when there is no file; StartError when it cannot be used."""
        try:
            data = msgspec.json.decode(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StartError(f"the state file {self._path} cannot be read: {error}") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise StartError(f"the state file {self._path} is not one of this simulator")
        return data
