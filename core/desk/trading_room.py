"""The loop behind a door that opens once the last run's journal has been read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.service import Service, ServiceState
from core.trading.commands import Command
from core.trading.journal import Restored
from core.trading.view import Gate, TradingView
from core.venues.base import LinkState

if TYPE_CHECKING:
    from core.trading.loop import TradingLoop

log = logging.getLogger(__name__)


class TradingRoom:
    """Reads what the last run left, then builds and starts the loop; commands wait meanwhile.

    The database needs a second to start, the screen must not wait for it, and no order may
    leave before we know what our sleeves hold.
    """

    def __init__(
        self,
        load: Callable[[threading.Event], Restored],
        build: Callable[[Restored], TradingLoop],
    ) -> None:
        """`load` may wait, until the event it is given is set."""
        self._load = load
        self._build = build
        self._gate = threading.Lock()
        self._loop: TradingLoop | None = None
        self._waiting: list[Command] = []
        self._service = Service("startup", self._body)

    @property
    def view(self) -> TradingView:
        """The loop's view; before there is a loop, a closed gate that says why."""
        loop = self._loop
        if loop is not None:
            return loop.view
        return TradingView(gate=Gate(False, "reading the journal of the last run"))

    def post(self, command: Command) -> None:
        """Into the loop's inbox, or kept until there is one."""
        with self._gate:
            if self._loop is None:
                self._waiting.append(command)
                return
            self._loop.post(command)

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._service.start()

    def stop(self) -> bool:
        """End the reading and the loop with its venue."""
        is_read = self._service.stop(timeout_s=20.0)
        loop = self._loop
        return (loop is None or loop.stop()) and is_read

    def links(self) -> tuple[LinkState, ...]:
        """The trading link, once there is one."""
        loop = self._loop
        return () if loop is None else (loop.venue.state(),)

    def services(self) -> tuple[ServiceState, ...]:
        """The loop's thread, or the one that reads for it."""
        loop = self._loop
        return (self._service.state(),) if loop is None else (loop.state(),)

    def _body(self, stopping: threading.Event) -> None:
        try:
            restored = self._load(stopping)
        except StoreError as error:
            log.error(
                "the journal of the last run cannot be read; automation stays off, and all that "
                "is held stands under manual until the next start: %s", error,
            )  # fmt: skip
            restored = Restored(is_known=False)
        if stopping.is_set():
            return
        loop = self._build(restored)
        with self._gate:
            loop.start()
            for command in self._waiting:
                loop.post(command)
            self._waiting.clear()
            self._loop = loop
