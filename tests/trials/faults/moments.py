"""The scripts of the moments: trade up to one, let the fault come, and trade on."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core.clock import NS_PER_MS
from core.domain.instrument import Instrument
from core.domain.order import NewOrder, OrderState, Side
from core.trading.commands import AmendOrder, CancelOrder, PlaceOrders
from tests.core.simulator.running import WireError
from tests.eventually import eventually
from tests.trials.desk import INVERSE, LINEAR, Desk, limit_order, market_order
from tests.trials.exchange import Exchange
from tests.trials.faults.aims import OF_FRAMES, Aim, Moment

OTHER = "other"
"""The account of the second client."""
SETTLEMENT_MS = 8 * 3_600_000
DAY_MS = 86_400_000
_PATIENCE_S = 30.0


class TooLate(Exception):
    """The settlement came before the desk held anything: the machine is busy."""


class Script:
    """One fault at one moment of one desk."""

    def __init__(self, exchange: Exchange, desk: Desk, kind: str, aimed: Aim) -> None:
        self._exchange = exchange
        self._desk = desk
        self._kind = kind
        self._aim = aimed
        self.struck_s = 0.0
        """When the fault came, on the monotonic clock."""

    def play(self, moment: Moment) -> None:
        """Up to the moment, the fault, and its end."""
        scripts = {
            Moment.LOGIN: self._login,
            Moment.SUBSCRIBING: self._subscribing,
            Moment.IN_FLIGHT: self._in_flight,
            Moment.HALF_FILLED: self._half_filled,
            Moment.SETTLEMENT: self._settlement,
        }
        scripts[moment]()
        time.sleep(max(0.0, self.struck_s + self._aim.lasts_s - time.monotonic()))
        for params in self._aim.ended:
            self._fault(params)

    def trade(self) -> None:
        """An order that trades and one that rests and is cancelled; the last one must pass."""
        desk = self._desk
        # A fault may have waited for an order, and a settlement refuses them for seconds.
        ends_at_s = time.monotonic() + _PATIENCE_S
        while not self._is_traded(INVERSE, Side.BUY, "100"):
            assert time.monotonic() < ends_at_s, f"orders do not get through: {_ends(desk)}"
            time.sleep(0.5)
        desk.ready()
        resting = self._rest(INVERSE, "0.99")
        eventually(lambda: _state(desk, resting) is OrderState.OPEN, _PATIENCE_S)
        desk.submit(CancelOrder(_id(desk, resting)))
        eventually(lambda: _state(desk, resting) is OrderState.CANCELLED, _PATIENCE_S)

    # The moments.

    def _login(self) -> None:
        desk = self._desk
        desk.start_market()
        eventually(lambda: all(one.is_up for one in desk.market.states()), 30)
        self._arm("public/auth", 1)
        desk.start_trading()
        eventually(lambda: desk.link.state().status != "not started", _PATIENCE_S)
        self._strike()

    def _subscribing(self) -> None:
        desk = self._desk
        self._arm("p*/subscribe", 3)
        desk.start_market(is_waiting=False)
        desk.start_trading()
        states = (desk.link.state, lambda: desk.market.states()[0])
        eventually(lambda: any(one().status in ("subscribing", "live") for one in states), 20)
        self._strike()

    def _in_flight(self) -> None:
        desk = self._desk
        self._begin()
        self._arm("orders", 3)
        before, after = self._some_orders(), self._some_orders()
        desk.place(*before)
        eventually(lambda: all(desk.order(one.label) for one in before), _PATIENCE_S)
        self._strike()
        desk.place(*after)

    def _half_filled(self) -> None:
        desk = self._desk
        self._begin()
        quiet, price = self._quiet()
        sent = limit_order(quiet.name, Side.BUY, "0.4", price)
        desk.place(sent)
        eventually(lambda: _id(desk, sent.label), _PATIENCE_S)
        self._arm("", 0)
        eventually(lambda: self._is_hit(quiet.name, price), _PATIENCE_S, every_s=0.3)
        if self._kind not in OF_FRAMES:
            eventually(lambda: _filled(desk, sent.label), _PATIENCE_S)
        if desk.view.position(quiet.name) is not None:
            desk.submit(AmendOrder(_id(desk, sent.label), Decimal("0.5"), None))
        self._strike()
        self._hit(quiet.name, price)

    def _settlement(self) -> None:
        desk = self._desk
        try:
            self._hold_what_expires()
        except AssertionError as error:
            if self._is_settled():
                raise TooLate from error
            raise
        if self._is_settled():
            raise TooLate
        self._arm("orders", 1)
        while (left_ms := self._until_settlement_ms()) > 400:
            time.sleep(min(left_ms - 300, 500) / 1e3)
        desk.place(market_order(INVERSE, Side.SELL, "50"))
        self._strike()
        eventually(lambda: self._until_settlement_ms() < -1_500, 30, every_s=0.2)

    # The steps.

    def _hold_what_expires(self) -> None:
        """A desk that holds a future and an option of the next settlement besides the rest."""
        desk = self._desk
        self._begin()
        for is_option, amount in ((False, "300"), (True, "0.2")):
            name = self._expiring(is_option)
            is_held = any(self._is_traded(name, Side.BUY, amount) for _ in range(3))
            assert is_held, f"{name} is not held: {_ends(desk)}"
            eventually(lambda name=name: desk.view.position(name), _PATIENCE_S)  # type: ignore[misc]

    def _some_orders(self) -> tuple[NewOrder, ...]:
        """Two that trade at once and one that rests."""
        return (
            market_order(INVERSE, Side.SELL, "200"),
            limit_order(INVERSE, Side.BUY, "50", self._desk.price(INVERSE, "0.97")),
            market_order(LINEAR, Side.BUY, "0.5"),
        )

    def _begin(self) -> None:
        """A desk that holds an inverse and a linear position."""
        desk = self._desk
        desk.start_market()
        desk.start_trading()
        desk.ready()
        for name, side, amount in ((INVERSE, Side.BUY, "1000"), (LINEAR, Side.SELL, "2")):
            is_held = any(self._is_traded(name, side, amount) for _ in range(3))
            assert is_held, f"nothing is held: {_ends(desk)}"

    def _arm(self, held: str, count: int) -> None:
        """Set what waits; what strikes at once gets `held` requests that are answered late."""
        for params in self._aim.armed:
            self._fault(params)
        if count and not self._aim.armed:
            client = {"client": self._desk.account} if held == "orders" else {}
            late = {"kind": "slow", "method": held, "seconds": 0.4, "count": count}
            self._fault(late | client)

    def _strike(self) -> None:
        self.struck_s = time.monotonic()
        for params in self._aim.struck:
            self._fault(params)

    def _fault(self, params: Any) -> None:
        patiently(lambda: self._exchange.ask("simulator/fault", **params))

    def _is_traded(self, name: str, side: Side, amount: str) -> bool:
        """Send an order; False when it was refused, as a fault that waited longer may do."""
        desk, sent = self._desk, market_order(name, side, amount)
        desk.ready()
        number = desk.submit(PlaceOrders((sent,)))
        eventually(lambda: _is_over(desk, sent.label) or desk.refuses(number), _PATIENCE_S)
        return _state(self._desk, sent.label) is OrderState.FILLED

    def _rest(self, name: str, factor: str) -> str:
        resting = limit_order(name, Side.BUY, "50", self._desk.price(name, factor))
        self._desk.place(resting)
        return resting.label

    def _hit(self, name: str, price: Decimal) -> None:
        """The second client sells what stands at our price."""
        order = {"instrument_name": name, "type": "limit", "price": str(price), "amount": "0.2"}
        order["time_in_force"] = "immediate_or_cancel"
        patiently(lambda: self._exchange.ask("private/sell", OTHER, **order))

    def _is_hit(self, name: str, price: Decimal) -> bool:
        """Let the second client sell; True once some of our order was bought."""
        self._hit(name, price)
        return name in patiently(lambda: self._exchange.positions(self._desk.account))

    def _quiet(self) -> tuple[Instrument, Decimal]:
        """An option with room between bid and ask, and a price one tick above the bid."""
        board = self._desk.board
        for one in board.catalog.by_name.values():
            quote = board.quote(one.name)
            if not one.is_option or not 0.01 < quote.bid < quote.ask < 0.05:
                continue
            price = one.next_price(Decimal(str(quote.bid)), 1)
            if one.next_price(price, 1) <= Decimal(str(quote.ask)):
                return one, price
        raise AssertionError("no option has room between bid and ask")

    def _expiring(self, is_option: bool) -> str:
        """The first contract to expire: a future, or an option that is worth something."""
        board = self._desk.board
        listed = [
            one
            for one in board.catalog.by_name.values()
            if one.expiry_ns is not None
            and one.is_option is is_option
            and one.expiry_ns // NS_PER_MS % DAY_MS == SETTLEMENT_MS
            and board.quote(one.name).ask_amount >= 0.2
        ]
        dear = [one for one in listed if not is_option or board.quote(one.name).bid > 0.002]
        return min(dear, key=lambda one: one.expiry_ns or 0).name

    def _is_settled(self) -> bool:
        """True from just before the settlement on."""
        return not 500 < self._until_settlement_ms() < DAY_MS / 2

    def _until_settlement_ms(self) -> int:
        now_ms: int = patiently(lambda: self._exchange.ask("public/get_time"))
        return SETTLEMENT_MS - now_ms % DAY_MS


def patiently(ask: Callable[[], Any]) -> Any:
    """What `ask` answers, asked again while the exchange lets nobody in or knows no channel."""
    ends_at_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except (WireError, urllib.error.URLError, ConnectionError) as error:
            is_away = not isinstance(error, WireError) or (
                error.code in (11051, 10041) or "not subscribed" in str(error)
            )
            if not is_away or time.monotonic() > ends_at_s:
                raise
            time.sleep(0.1)


def _ends(desk: Desk) -> list[str]:
    """What became of the newest orders, and what was told of them."""
    newest = list(desk.records.orders.values())[-3:]
    ends = [f"{one.amount} {one.instrument} {one.state.value} {one.reason}" for one in newest]
    return ends + [one.text for one in desk.view.replies[-3:]]


def _state(desk: Desk, label: str) -> OrderState | None:
    report = desk.order(label)
    return None if report is None else report.state


def _is_over(desk: Desk, label: str) -> bool:
    return _state(desk, label) in (OrderState.FILLED, OrderState.REFUSED, OrderState.CANCELLED)


def _filled(desk: Desk, label: str) -> bool:
    report = desk.order(label)
    return report is not None and bool(report.filled)


def _id(desk: Desk, label: str) -> str:
    """The venue's id of an order, empty until it is known."""
    report = desk.order(label)
    return "" if report is None else report.order_id
