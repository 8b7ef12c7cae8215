"""What a terminal shows, as a picture: `python -m tests.tui.picture capture.ans desk.png`.

A capture is text with colours, as `tmux capture-pane -p -e -N` or `Terminal.ansi` give it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.ansi import AnsiDecoder
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console
from rich.style import Style

FG, BG = "#c3ccd8", "#070a0e"
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Braille bit to (column, row)."""
FONTS = ("DejaVuSansMono", "LiberationMono-Regular", "FreeMono")
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def paint(ansi: str, path: Path, size: int = 15) -> None:
    """Write a capture as a PNG. Braille and blocks are drawn, because few fonts have them all."""
    plain, bold = _fonts(size)
    wide, high = round(plain.getlength("M") / 2) * 2, round(size * 1.22 / 4) * 4
    rows = list(AnsiDecoder().decode(ansi.rstrip("\n")))
    columns = max(cell_len(row.plain) for row in rows)
    console = Console(color_system="truecolor", force_terminal=True, width=2000)
    image = Image.new("RGB", (columns * wide, len(rows) * high), BG)
    draw = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        x = 0
        for text, style, _ in row.render(console):
            foreground, background = _colours(style)
            font = bold if style is not None and style.bold else plain
            for char in text.replace("\n", ""):
                box = (x * wide, y * high, wide, high)
                _cell(draw, char, box, foreground, background, font)
                x += cell_len(char)
    image.save(path)


def _fonts(size: int) -> tuple[Font, Font]:
    for name in FONTS:
        try:
            plain = ImageFont.truetype(f"{name}.ttf", size)
            heavy = name.replace("-Regular", "") + "-Bold"
            return plain, ImageFont.truetype(f"{heavy}.ttf", size)
        except OSError:
            continue
    return ImageFont.load_default(size), ImageFont.load_default(size)


def _colours(style: Style | None) -> tuple[str, str]:
    foreground = _shade(style.color if style else None, FG)
    background = _shade(style.bgcolor if style else None, BG)
    return (background, foreground) if style and style.reverse else (foreground, background)


def _shade(colour: Color | None, default: str) -> str:
    return default if colour is None or colour.is_default else colour.get_truecolor().hex


def _cell(
    draw: ImageDraw.ImageDraw,
    char: str,
    box: tuple[int, int, int, int],
    foreground: str,
    background: str,
    font: Font,
) -> None:
    left, top, wide, high = box
    code = ord(char)
    draw.rectangle((left, top, left + wide - 1, top + high - 1), background)
    if 0x2800 < code <= 0x28FF:
        for bit, (dx, dy) in enumerate(DOTS):
            if code - 0x2800 >> bit & 1:
                px, py = left + dx * wide // 2 + wide // 8, top + dy * high // 4 + 1
                draw.rectangle((px, py, px + 1, py + 1), foreground)
    elif 0x2588 <= code <= 0x258F:
        right = left + max(0, wide * (0x2590 - code) // 8 - 1)
        draw.rectangle((left, top, right, top + high - 1), foreground)
    elif char == "─":
        draw.line((left, top + high // 2, left + wide - 1, top + high // 2), foreground)
    elif char != " ":
        draw.text((left, top), char, foreground, font=font)


if __name__ == "__main__":
    paint(Path(sys.argv[1]).read_text(), Path(sys.argv[2]))
