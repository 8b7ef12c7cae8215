"""What all dialogs share: they arm after a moment and lapse when forgotten."""

from __future__ import annotations

import time
from typing import TypeVar

from textual.screen import ModalScreen

from tui.guard import Guarded

T = TypeVar("T")
ARM_AFTER_S = 0.3
LAPSE_AFTER_S = 60.0


class Dialog(Guarded, ModalScreen[T]):
    """A question over the desk. Dismissing it with None always means no."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 45%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._armed_at = time.monotonic() + ARM_AFTER_S
        self._touched_at = time.monotonic()

    def on_mount(self) -> None:
        """Look four times a second whether it was forgotten."""
        self.set_interval(0.25, self._tick)

    @property
    def is_armed(self) -> bool:
        """False just after it opened or changed: a key pressed then was meant otherwise."""
        return time.monotonic() >= self._armed_at

    def disarm(self) -> None:
        """What is shown has changed: the next confirming key must come after it was seen."""
        self._armed_at = time.monotonic() + ARM_AFTER_S

    def touch(self) -> None:
        """Somebody is here."""
        self._touched_at = time.monotonic()

    def sync(self) -> None:
        """Draw what has changed; called several times a second."""

    def leave(self) -> None:
        """Close with no."""
        if self.is_current:
            self.dismiss(None)

    def _tick(self) -> None:
        self.sync()
        if time.monotonic() - self._touched_at > LAPSE_AFTER_S:
            self.app.notify("the dialog lapsed: nothing was sent", markup=False)
            self.leave()
