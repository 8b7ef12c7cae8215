"""The store: a minute written, and the past asked, on a server of its own in a temporary folder.

Run by hand: python -m bench.store [full]
A month of minutes is generated first (two minutes, about 3 GB, deleted afterwards). Quotes of all
1,240 options are made for the last day only; `full` makes them for every day, which takes a quarter
of an hour and 13 GB.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench.database.ask import ask
from bench.database.past import Month, make
from bench.database.write import write
from core.store.server.embedded import EmbeddedServer
from core.store.server.postgres import Database


def main(argv: list[str]) -> int:
    """1 when a goal is missed."""
    month = Month(sparse=1_240) if "full" in argv else Month()
    folder = Path(tempfile.mkdtemp(prefix="voldesk-bench-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "postgres")
    try:
        database = Database("past", dsn=server.start())
        connection = database.open()
        began_s = time.perf_counter()
        size_gb = make(connection, month)
        took_s = time.perf_counter() - began_s
        print(f"\r{month.days} days of minutes: {size_gb:.1f} GB in {took_s:.0f} s")
        connection.close()
        peer = Database("peer", dsn=server.start())
        reached = [write(database, peer, folder, month.until_ns), ask(database, month)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
