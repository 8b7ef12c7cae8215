"""`python -m tui`: read the options, build the desk, open the screen."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace

from core.errors import StartError, VoldeskError
from tui.screens.layout import SMALLEST, layout_for

BAD_START = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the desk until it is left; 0 when all went well, 2 when it could not start."""
    # Two busy cores: a BLAS that spawns threads of its own makes small fits 30 times slower.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except VoldeskError as error:
        sys.stderr.write(f"voldesk: {error}\n")
        return BAD_START
    except KeyboardInterrupt:
        return 130


def _run(argv: Sequence[str]) -> int:
    from core.desk.options import read_options

    options = read_options(argv, "voldesk")
    _check_terminal()
    if options.settings.venue.mode == "live":
        _confirm_live()
        options = replace(options, is_live_confirmed=True)
    # Only now, so that a wrong word is answered at once: these imports take their time.
    from core.desk.build import build_desk
    from core.desk.places import data_folder
    from tui.app import run_screen

    with build_desk(options) as desk:
        return run_screen(desk, data_folder(options.data) / "screen.json")


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise StartError("the desk needs a terminal to draw on; this is none")
    size = shutil.get_terminal_size()
    if layout_for(size.columns, size.lines) == "none":
        least = "{}x{}".format(*SMALLEST)
        raise StartError(
            f"the terminal is {size.columns}x{size.lines}, the desk needs at least {least}"
        )


def _confirm_live() -> None:
    sys.stderr.write(
        "This opens the real exchange: orders will be real. Type LIVE and Enter to go on: "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "LIVE":
        raise StartError("the live venue was not confirmed, nothing was started")


if __name__ == "__main__":
    sys.exit(main())
