"""A program that writes minutes as fast as it can, to be killed: `schema dsn folder`.

It prints how many minutes were accepted so far, each time it knows.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.store.postgres import Database
from core.store.spool import Spool
from core.store.writer import Writer
from tests.core.store.samples import eventually, minute, note, quotes


def main(schema: str, dsn: str, folder: str, first: int) -> None:
    """Write until killed."""
    writer = Writer(Database(schema, dsn=dsn), Spool(Path(folder), segment_bytes=20_000))
    writer.start()
    number = first
    while True:
        before = writer.accepted
        writer.put(quotes(minute(number), count=20), note(f"minute {number}", minute(number)))
        eventually(lambda before=before: writer.accepted > before)  # type: ignore[misc]  # the default binds it
        number += 1
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
