"""What the desk looked like when it was left: colours, chain, columns, zoom, typed commands.

Never an armed state: after a start nothing trades by itself and N means what the settings say.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import get_args

from core.commands.table import PANES
from tui.selection import COLUMN_SETS, OptionSide, Selection
from tui.views.volatility.choice import AXES, COLUMNS, SPANS_H, VolChoice

log = logging.getLogger(__name__)
HISTORY = 100


@dataclass(frozen=True, slots=True)
class Remembered:
    """One look of the desk; every field has the value of a first start as its default."""

    theme: str = ""
    theme_of_settings: str = ""
    """What the settings said then: a theme changed there counts more than the one left on."""
    chain: str = ""
    expiry_ns: int | None = None
    side: str = "call"
    columns: str = "quotes"
    log_kind: str = ""
    pane: str = PANES[0]
    is_zoomed: bool = False
    commands: tuple[str, ...] = ()
    vol_columns: str = "delta"
    vol_axis: str = "strike"
    vol_span_h: int = SPANS_H[0]

    def apply_to_volatility(self, choice: VolChoice) -> None:
        """Columns, axis and span as they were; never a minute of the past."""
        choice.columns = next((one for one in COLUMNS if one == self.vol_columns), "delta")
        choice.axis = next((one for one in AXES if one == self.vol_axis), "strike")
        choice.span_h = self.vol_span_h if self.vol_span_h in SPANS_H else SPANS_H[0]
        choice.to_money()

    def apply(self, selection: Selection) -> None:
        """Point the selection where it was; what no longer exists it settles by itself."""
        selection.chain, selection.expiry_ns = self.chain, self.expiry_ns
        selection.log_kind = self.log_kind
        selection.side = next((one for one in get_args(OptionSide) if one == self.side), "call")
        selection.columns = next((one for one in COLUMN_SETS if one == self.columns), "quotes")


def load(path: Path | None) -> Remembered:
    """What `path` holds; the first start's look when it is missing or cannot be understood."""
    if path is None or not path.exists():
        return Remembered()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _checked(found)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("%s is not used: %s", path, error)
        return Remembered()


def save(path: Path | None, remembered: Remembered) -> None:
    """Write it; a folder that cannot be written costs a line in the log, no more."""
    if path is None:
        return
    try:
        path.write_text(json.dumps(asdict(remembered), indent=1), encoding="utf-8")
    except OSError as error:
        log.warning("%s cannot be written: %s", path, error)


def _checked(found: dict[str, object]) -> Remembered:
    """The known keys whose values have the right type."""
    first = Remembered()
    values: dict[str, object] = {}
    for one in fields(Remembered):
        value = found.get(one.name, getattr(first, one.name))
        if one.name == "commands":
            value = tuple(str(text) for text in value) if isinstance(value, list) else ()
        elif one.name == "expiry_ns":
            value = value if isinstance(value, int) else None
        elif type(value) is not type(getattr(first, one.name)):
            value = getattr(first, one.name)
        values[one.name] = value
    return Remembered(**values)  # type: ignore[arg-type]  # each was compared with its default
