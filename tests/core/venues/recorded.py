"""Every recorded Deribit message beside the repository, one by one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.shared_data import shared

CAPTURE = "data/deribit/ws_raw_2021-07-22.txt.gz"
FIXTURES = "fixtures/deribit"


def documents() -> Iterator[tuple[str, Any]]:
    """(file, JSON document) of every fixture file."""
    folder = shared(FIXTURES)
    for path in sorted(folder.rglob("*.json*")):
        texts = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
        for text in texts:
            yield str(path.relative_to(folder)), json.loads(text)


def frames(folder: str = "") -> list[tuple[str, bytes]]:
    """(file, frame) of every fixture that holds frames or bodies, wrappers taken off."""
    return [
        (name, json.dumps(frame, separators=(",", ":")).encode())
        for name, document in documents()
        if name.startswith(folder)
        for frame in _unwrapped(document)
    ]


def lines(path: Path) -> list[str]:
    """The lines of a plain or gzipped text file."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        return list(file)


def capture_frames() -> list[bytes]:
    """The received frames of the 2021 capture, as they came over the wire."""
    found = []
    for line in lines(shared(CAPTURE)):
        stamp, _, text = line.rstrip("\n").partition(": ")
        if text and stamp.replace(".", "").isdigit():
            found.append(text.encode())
    return found


def _unwrapped(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    for key in ("response", "msg"):
        if isinstance(document.get(key), dict):
            return [document[key]]
    if "notifications" in document:
        return list(document["notifications"])
    return [document] if "jsonrpc" in document else []
