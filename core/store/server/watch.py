"""A tiny process beside a desk: when the desk is killed, it ends the server that nobody uses.

It is a shell that waits for its input to end, a megabyte while the desk lives. Only after a kill
does `python -m core.store.server.watch FOLDER` run.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)

_WAITS = (
    'read -r word; [ "$word" = left ] && exit 0; sleep "$1"; '
    'exec "$2" -m core.store.server.watch "$3"'
)


class Watch:
    """Ends the server in `folder` some time after this process was killed; `leave` calls it off."""

    def __init__(self, folder: Path, grace_s: float) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _WAITS, "voldesk-watch", str(grace_s), sys.executable, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Neither our keys nor a signal to our terminal are for it.
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            start_new_session=True,
        )

    def leave(self) -> None:
        """We leave the server in order: nothing is left to watch."""
        try:
            self._process.communicate(b"left\n", timeout=5.0)
        except (OSError, subprocess.TimeoutExpired) as error:
            log.warning("the watch over the embedded PostgreSQL does not end: %s", error)


def main(folder: Path) -> None:
    """End the server in `folder` unless a living program uses it."""
    from core.store.server.embedded import EmbeddedServer

    server = EmbeddedServer(folder, is_watched=False)
    use = server.use()
    if use.is_running and not use.programs:
        server.start()
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
