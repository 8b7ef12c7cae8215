"""Takes the README's pictures from a real terminal: `python -m tests.e2e.pictures FOLDER`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.terminal import Terminal, desk_command
from tests.e2e.test_keyboard import ready, say
from tests.tui.picture import paint

SIZES = ((200, 55), (120, 40), (80, 24))
SETTINGS = "[pair]\nbar_s = 1.0\nwarmup_bars = 30\n"
LIVE_S = 100.0
"""How long the pair trades before the picture."""


def furnish(desk: Terminal) -> None:
    """Positions, resting orders, hedger and pair on."""
    ready(desk)
    desk.keys("p", *["."] * 7)
    trade(desk, "a2")
    desk.keys("c", "Up", "Up")
    trade(desk, "a4")
    desk.keys(".", "c", *["Down"] * 4)
    trade(desk, "d3")
    desk.keys(",", *["Up"] * 3)
    trade(desk, "as5", "a3 0.02")
    desk.keys("d", "1")


def trade(desk: Terminal, *texts: str) -> None:
    """Say `texts` for the option under the cursor, and go back to the chain."""
    time.sleep(0.5)
    for text in texts:
        say(desk, text)
        time.sleep(1.0)
    desk.keys("Escape")
    time.sleep(0.5)  # a key right behind it would make it Alt
    desk.keys("1")


def take(desk: Terminal, folder: Path, name: str) -> None:
    """The screen as it is, in three sizes."""
    for width, height in SIZES:
        desk.resize(width, height)
        time.sleep(3.0)
        paint(desk.ansi(), folder / f"{name}_{width}x{height}.png")


def main(folder: Path) -> None:
    """One desk, two screens."""
    folder.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(prefix="voldesk-pictures-"))
    data.chmod(0o755)
    settings = data / "pictures.toml"
    settings.write_text(SETTINGS)
    desk = Terminal(desk_command(data / "data", "--settings", str(settings)), *SIZES[0])
    try:
        furnish(desk)
        time.sleep(LIVE_S)
        take(desk, folder, "desk")
        desk.keys("Escape")
        time.sleep(0.5)
        desk.keys("v", *["."] * 3, "[")
        take(desk, folder, "volatility")
    finally:
        desk.keys("C-k")
        desk.keys("C-q")
        time.sleep(3.0)
        desk.close()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
