"""Keeps the desk alive when a handler fails: the error becomes a notice, not the end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from textual.message import Message
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from tui.app import VoldeskApp

log = logging.getLogger(__name__)


class Guarded(MessagePump):
    """Mixed into the app, its screens and its fields, before Textual's own class.

    Textual ends the message loop of whatever raised, and with it the program: while orders work
    that is the worst thing a screen can do. Each message is the outermost frame of its handlers.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            log.exception("%s failed on %s", type(self).__name__, type(message).__name__)
            cast("VoldeskApp", self.app).report(error)
