"""What the panes of the volatilities have in common: what the user chose on their screen."""

from __future__ import annotations

from core.desk.desk import Desk
from tui.draw.pane import Pane
from tui.selection import Selection
from tui.views.volatility.choice import VolChoice


class VolPane(Pane):
    """A pane that the desk shows plainly and the volatility screen whole."""

    def __init__(
        self,
        desk: Desk,
        selection: Selection,
        *,
        id: str | None = None,
        choice: VolChoice | None = None,
    ) -> None:
        super().__init__(desk, selection, id=id)
        self.is_whole = choice is not None
        """False on the desk: no past, no cursor, no figures."""
        self.choice = choice or VolChoice()
