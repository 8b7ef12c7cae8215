"""`python -m core WORD ...`: the parts of Voldesk that run without a screen."""

from __future__ import annotations

import sys
from collections.abc import Sequence

WORDS = ("simulator", "history", "tape", "db")
BAD_START = 2


def main(argv: Sequence[str]) -> int:
    """Run the part the first word names; 2 and one sentence for any other word."""
    if not argv or argv[0] not in WORDS:
        given = f"not {argv[0]!r}" if argv else "and none was given"
        sys.stderr.write(f"python -m core needs one of these words: {', '.join(WORDS)}; {given}\n")
        return BAD_START
    # Imported here so that a wrong word is answered at once.
    if argv[0] == "history":
        from core.desk import history

        return history.run(argv[1:])
    if argv[0] == "tape":
        from core.venues.tape import cli as tape

        return tape.run(argv[1:])
    if argv[0] == "db":
        from core.desk.places import data_folder
        from core.store.db import cli as db

        return db.run(argv[1:], data_folder)
    from core.simulator import cli

    return cli.run(argv[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
