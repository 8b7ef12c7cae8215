"""Toasts, but few: a burst of refusals must not cover the ladder."""

from __future__ import annotations

import time
from typing import Literal

from textual.app import App

Severity = Literal["information", "warning", "error"]
SAME_AGAIN_S = 10.0
BURST = 4
BURST_S = 3.0


class Notices:
    """Shows what happened; the same words once in ten seconds, at most four in three seconds."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._shown_at: dict[str, float] = {}
        self._withheld = 0

    def show(self, text: str, severity: Severity = "information", timeout_s: float = 5.0) -> bool:
        """Show `text` as it is, no markup; False when it was withheld."""
        now = time.monotonic()
        self._shown_at = {
            words: at for words, at in self._shown_at.items() if now - at < SAME_AGAIN_S
        }
        recent = sum(now - at < BURST_S for at in self._shown_at.values())
        if text in self._shown_at or recent >= BURST:
            self._withheld += 1
            return False
        self._shown_at[text] = now
        if self._withheld:
            text, self._withheld = f"{text}\n({self._withheld} more in the log)", 0
        self._app.notify(text, severity=severity, timeout=timeout_s, markup=False)
        return True
