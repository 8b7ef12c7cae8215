"""The gate every order passes just before it is sent."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.domain.label import HEDGER, MANUAL, sleeve_of
from core.domain.order import NewOrder, OrderType, Side
from core.market.board import Board
from core.settings import RiskSettings
from core.trading.ledger.ledger import Ledger
from core.trading.orders.blotter import Blotter
from core.trading.orders.machine import OrderMachine
from core.trading.risk.conditions import Conditions
from core.trading.risk.exposure import Exposure, Unmeasured
from core.trading.risk.sizes import Sizes

OPTION_TICKS = 10


class RiskGate:
    """Refuses with the numbers; what only shrinks a position passes every limit."""

    def __init__(
        self,
        settings: RiskSettings,
        board: Board,
        ledger: Ledger,
        blotter: Blotter,
        conditions: Conditions,
    ) -> None:
        self._settings = settings
        self._board = board
        self._ledger = ledger
        self._blotter = blotter
        self._conditions = conditions
        self._exposure = Exposure(board, ledger, blotter)
        self._sizes = Sizes(settings, self._exposure)
        self._sent_ns: deque[int] = deque()

    def refusal(
        self, order: NewOrder, now_ns: int, replaces: OrderMachine | None = None
    ) -> str | None:
        """Why `order` may not be sent, None when it may.

        With `replaces` it is the new form of that working order.
        """
        instrument = self._board.instrument(order.instrument)
        if instrument is None:
            return None if _is_blind_exit(order) else f"{order.instrument} is not listed"
        reason = misfit(instrument, order) or self._fires_at_once(order)
        if reason is not None:
            return reason
        if self.is_exit(order, replaces):
            return self._unpriceable(order)
        return (
            self._closed(order, now_ns)
            or self._collar(instrument, order)
            or self._sizes.refusal(order, replaces)
            or (None if replaces is not None else self._count(order, now_ns))
        )

    def is_exit(self, order: NewOrder, replaces: OrderMachine | None = None) -> bool:
        """True when it can only bring its sleeve's part nearer to zero, or, by hand, the whole."""
        if order.reduce_only:
            return True
        sleeve, name = sleeve_of(order.label), order.instrument
        if self._shrinks(self._ledger.held(sleeve, name), order, sleeve, replaces):
            return True
        total = self._ledger.total(name)
        return sleeve == MANUAL and self._shrinks(total, order, None, replaces)

    def hold(self, order: NewOrder, now_ns: int) -> str | None:
        """Why a program's order must wait for the world to change, None when it need not."""
        if not self._conditions.is_link_up:
            return self._closed(order, now_ns)
        return self._unpriceable(order) if self.is_exit(order) else self._closed(order, now_ns)

    def is_reducing_hedge(self, order: NewOrder) -> bool:
        """True for an order of the hedger that brings its coin's net delta nearer to zero.

        It may open a contract to do so. What works on its side already counts as filled.
        """
        if sleeve_of(order.label) != HEDGER:
            return False
        try:
            before, after = self._exposure.hedged_delta(order)
        except Unmeasured:
            return False
        return abs(after) < abs(before)

    def capped(self, instrument: Instrument, amount: Decimal) -> Decimal:
        """The largest amount on step up to `amount` that one order may have, all positive."""
        usd = self._exposure.usd(instrument, amount)
        if usd is not None and usd > self._settings.max_order_usd:
            amount = amount * self._settings.max_order_usd / usd
        return amount // instrument.min_amount * instrument.min_amount

    def misfit(self, order: NewOrder) -> str | None:
        """Which rule of its contract the order breaks, None when it fits."""
        instrument = self._board.instrument(order.instrument)
        if instrument is None:
            return f"{order.instrument} is not listed"
        return misfit(instrument, order)

    def count_sent(self, now_ns: int) -> None:
        """An order goes out now."""
        self._sent_ns.append(now_ns)

    def has_room(self, now_ns: int) -> bool:
        """True while one more order fits into this second."""
        return self.sent_lately(now_ns) < self._settings.max_orders_per_s

    def sent_lately(self, now_ns: int) -> int:
        """How many orders went out within the last second."""
        while self._sent_ns and self._sent_ns[0] <= now_ns - NS_PER_S:
            self._sent_ns.popleft()
        return len(self._sent_ns)

    def _shrinks(
        self, held: Decimal, order: NewOrder, sleeve: str | None, replaces: OrderMachine | None
    ) -> bool:
        """True when `held` cannot be turned by it and what works on its side already."""
        if held * order.side.sign >= 0:
            return False
        waiting = self._exposure.pending(order.instrument, sleeve, replaces).on(order.side)
        return order.amount + waiting <= abs(held)

    def _closed(self, order: NewOrder, now_ns: int) -> str | None:
        conditions = self._conditions
        is_manual = sleeve_of(order.label) == MANUAL
        if is_manual and (reason := conditions.closed_for_all(now_ns)):
            return f"nothing can be opened: {reason}"
        if (
            not is_manual
            and (reason := conditions.gate(now_ns).reason)
            and (conditions.closed_for_hedges(now_ns) or not self.is_reducing_hedge(order))
        ):
            return f"programs wait: {reason}"
        listed = self._board.instrument(order.instrument)
        if listed is not None and (reason := self._board.platform.refusal(listed.index)):
            return reason
        if self._board.is_stale(order.instrument):
            return f"the book of {order.instrument} is stale: nothing is opened on it"
        return None

    def _unpriceable(self, order: NewOrder) -> str | None:
        """A program prices from the book, so it also exits only on a live one."""
        is_stale = sleeve_of(order.label) != MANUAL and self._board.is_stale(order.instrument)
        if is_stale and not order.reduce_only:
            return f"the book of {order.instrument} is stale: no program prices from it"
        return None

    def _collar(self, instrument: Instrument, order: NewOrder) -> str | None:
        """How far a limit may stand on the wrong side of mark; a stop's, of its trigger."""
        if order.price is None:
            return None
        mark = order.trigger_price or self._exposure.mark(order.instrument)
        if mark is None:
            return f"{order.instrument} has no mark price yet: the limit cannot be checked"
        is_option = instrument.is_option
        percent = self._settings.option_collar_pct if is_option else self._settings.price_collar_pct
        room = mark * percent / 100
        if is_option:
            room = max(room, OPTION_TICKS * instrument.tick_at(mark))
        beyond = (order.price - mark) * order.side.sign
        if beyond <= room:
            return None
        name = "option_collar_pct" if is_option else "price_collar_pct"
        where = "above" if order.side is Side.BUY else "below"
        return (
            f"price {order.price:f} is {beyond:f} {where} mark {mark:f}, "
            f"the limit is {room.normalize():f} (risk.{name})"
        )

    def _count(self, order: NewOrder, now_ns: int) -> str | None:
        if not self.has_room(now_ns):
            most = self._settings.max_orders_per_s
            return f"{most} orders went out within a second already (risk.max_orders_per_s)"
        working, most = self._blotter.working_count, self._settings.max_open_orders
        if working >= most:
            return f"{working} orders are open, the limit is {most} (risk.max_open_orders)"
        name, most = order.instrument, self._settings.max_open_per_instrument
        working = self._blotter.working_in(name)
        if working >= most:
            return (
                f"{working} orders are open in {name}, the limit is {most} "
                "(risk.max_open_per_instrument)"
            )
        return None

    def _fires_at_once(self, order: NewOrder) -> str | None:
        mark = self._exposure.mark(order.instrument)
        if order.trigger_price is None or mark is None:
            return None
        if (order.trigger_price - mark) * order.side.sign > 0:
            return None
        return (
            f"{order.side.value} stop at {order.trigger_price:f} would fire at once: "
            f"mark is {mark:f}"
        )


def misfit(instrument: Instrument, order: NewOrder) -> str | None:
    """Which rule of the contract the order breaks, None when it fits."""
    if not instrument.is_amount(order.amount):
        return (
            f"amount {order.amount:f} is no multiple of {instrument.min_amount:f}, "
            f"the smallest of {instrument.name}"
        )
    for price in (order.price, order.trigger_price):
        if price is not None and (price <= 0 or not instrument.is_price(price)):
            return (
                f"price {price:f} is not on the tick of {instrument.name}, "
                f"{instrument.tick_at(price):f}"
            )
    return None


def _is_blind_exit(order: NewOrder) -> bool:
    """A market order that can only reduce needs no listing: no price or tick can be wrong."""
    return order.reduce_only and order.type is OrderType.MARKET
