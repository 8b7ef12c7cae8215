"""A capture becomes a picture with its colours, blocks and dots in their places."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.tui.picture import paint

RED, GREEN = (226, 102, 93), (70, 185, 141)


def test_cells_take_their_ground_and_blocks_their_part(tmp_path: Path) -> None:
    target = tmp_path / "desk.png"
    paint("\x1b[38;2;226;102;93m█▌\x1b[48;2;70;185;141m  \x1b[0m\nab⣿", target, size=20)
    with Image.open(target) as image:
        wide, high = image.size[0] // 4, image.size[1] // 2
        middle = high // 2
        assert image.getpixel((wide // 2, middle)) == RED
        assert image.getpixel((wide + 1, middle)) == RED
        assert image.getpixel((2 * wide - 2, middle)) != RED
        assert image.getpixel((3 * wide, middle)) == GREEN
