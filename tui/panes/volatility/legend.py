"""The line that explains the colours of the maps."""

from __future__ import annotations

from collections.abc import Sequence

from tui.draw.pen import Line, Pen
from tui.theme import Palette, look
from tui.views.volatility.heat import OUTSIDE, HeatBlock

NOTES = ("blank: no quotes", f"{OUTSIDE} beyond the quotes")


def legend_line(palette: Palette, blocks: Sequence[HeatBlock], width: int) -> Line:
    """One scale for the volatilities, one for the changes, then what the marks mean."""
    pen = Pen(look(palette, "dim")).put(" ")
    for block in {block.kind: block for block in blocks}.values():
        ramp = palette.heat if block.kind == "vol" else palette.change
        _scale(pen, palette, block, ramp[:: max(1, len(ramp) // 12)])
    for note in NOTES:
        if pen.at + len(note) + 3 < width:
            pen.put(f"  {note}")
    return pen.line(width)


def _scale(pen: Pen, palette: Palette, block: HeatBlock, ramp: Sequence[str]) -> None:
    pen.put(f" {'vol pts' if block.kind == 'vol' else 'change'} ")
    pen.put(f"{block.low} ", look(palette, "mid"))
    for ground in ramp:
        pen.put(" ", (palette.text, ground, False))
    pen.put(f" {block.high} ", look(palette, "mid"))
