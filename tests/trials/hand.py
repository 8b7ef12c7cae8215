"""Somebody who trades by hand: texts as they are typed, read and sent as the screen does it."""

from __future__ import annotations

import random

from core.commands.context import Context
from core.commands.language import parse
from core.commands.reading import Reading
from core.desk.desk import Desk
from core.domain.money import decimal_of
from core.errors import CommandError
from core.trading.commands import (
    AmendOrder,
    CancelOrder,
    CancelOrders,
    CloseEverything,
    ClosePosition,
    Kill,
    PlaceOrders,
    SwitchAutomation,
)
from tests.trials.desk import INVERSE, LINEAR

REQUESTS = (
    AmendOrder, CancelOrder, CancelOrders, CloseEverything, ClosePosition, Kill, PlaceOrders,
    SwitchAutomation,
)  # fmt: skip
_NEAR = (0.995, 0.999, 1.001, 1.005)


class Hand:
    """Types commands drawn from `dice`; sends what the desk would let a person send."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self._desk = desk
        self._dice = dice
        self.sent = 0
        self.refused = 0
        """Texts that were no command at that moment: no price, no position, nothing to cancel."""

    def type(self, text: str, selected: str = INVERSE) -> int | None:
        """Type one text; the command's number, None when it was refused before it was sent."""
        try:
            reading: Reading = parse(text, self._context(selected))
        except CommandError:
            self.refused += 1
            return None
        request = reading.request()
        if not reading.is_sendable or not isinstance(request, REQUESTS):
            self.refused += 1
            return None
        self.sent += 1
        return self._desk.submit(request, text)

    def once(self) -> None:
        """Type something."""
        name = self._instrument()
        self.type(self._text(name), name)

    def _context(self, selected: str) -> Context:
        desk = self._desk
        return Context(
            desk.board, desk.trading, selected, pricing=desk.pricing, hedges=desk.hedges,
            pair=desk.pair, links=desk.links, risk=desk.settings.risk,
            now_ns=desk.board.venue_now_ns(),
        )  # fmt: skip

    def _instrument(self) -> str:
        if self._dice.random() < 0.65:
            return self._dice.choice((INVERSE, LINEAR))
        options = [one.name for one in self._desk.board.catalog.by_name.values() if one.is_option]
        return self._dice.choice(options) if options else INVERSE

    def _text(self, name: str) -> str:
        dice, quote = self._dice, self._desk.board.quote(name)
        amount = {INVERSE: str(10 * dice.randint(1, 40)), LINEAR: str(dice.randint(1, 30) / 10)}
        size, side = amount.get(name, str(dice.randint(1, 8) / 10)), dice.choice("ad")
        listed = self._desk.board.instrument(name)
        price = "" if listed is None or quote.mark != quote.mark else self._price(name)
        texts = (
            f"{side}{size}", f"{side}{size}", f"{side}{size}", "asN".replace("N", size),
            "dwN".replace("N", size), "awN".replace("N", size), "dsN".replace("N", size),
            f"{side}{size} {price}", f"{side}{size} {price}", f"{side}{size} {price}s",
            self._ladder(name, size), "cc", "cb", "cs", "cstops", "ca", self._amend(), "close",
        )  # fmt: skip
        return dice.choice(texts)

    def _price(self, name: str) -> str:
        """A price near mark that the contract allows."""
        listed = self._desk.board.instrument(name)
        assert listed is not None
        mark = self._desk.board.quote(name).mark * self._dice.choice(_NEAR)
        near = listed.price_near(decimal_of(mark))
        return f"{max(near, listed.tick):f}"

    def _ladder(self, name: str, size: str) -> str:
        if name not in (INVERSE, LINEAR):
            return "cc"
        low, high = sorted((self._price(name), self._price(name)), key=float)
        return f"a{size} {low} {high} 3"

    def _amend(self) -> str:
        working = self._desk.trading.working
        if not working:
            return "cc"
        order = self._dice.choice(working)
        return f"amend {order.order_id} {order.amount * 2:f}"
