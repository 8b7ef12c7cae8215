"""What a desk that starts must know of the runs before it."""

from __future__ import annotations

from core.domain.fill import Fill
from core.domain.order import OrderReport, OrderState, OrderType, Side, TimeInForce
from core.domain.parent import ParentOrder
from core.domain.stop import LotStop
from core.store.queries.reader import Reader, Row, ns
from core.store.rows.journal import StoredBooking, StoredFill
from core.store.rows.standing import PARENTS, STOPS, parent_of, stop_of

FILL_COLUMNS = """
    sleeve, instrument, trade_id, order_id, label, amount, price, fee, at, is_maker,
    index_price, profit, origin
"""
ORDER_COLUMNS = """
    order_id, label, instrument, side, amount, filled, average_price, price, type, state,
    time_in_force, post_only, reduce_only, trigger_price, reason, created, updated
"""
_FILLS = f"SELECT {FILL_COLUMNS} FROM fill ORDER BY id"
_BOOKINGS = """
    SELECT at, sleeve, kind, booking_id, currency, instrument, amount FROM booking ORDER BY id
"""
_UNENDED = f"""
    SELECT {ORDER_COLUMNS}
    FROM order_event AS seen
    WHERE updated > now() - interval '2 days' AND label <> '' AND NOT EXISTS (
        SELECT FROM order_event AS ended
        WHERE ended.label = seen.label AND ended.state IN ('filled', 'cancelled', 'refused')
            AND (ended.order_id = seen.order_id OR seen.order_id = ''))
    ORDER BY updated, filled
"""


class JournalQueries(Reader):
    """Fills, bookings, orders and switches of the runs before."""

    def fills(self) -> tuple[StoredFill, ...]:
        """Every execution with its sleeve, in the order they were booked."""
        return tuple(stored_fill(row) for row in self._rows(_FILLS))

    def bookings(self) -> tuple[StoredBooking, ...]:
        """Everything that moved money without a trade, in the order it was booked."""
        return tuple(StoredBooking(ns(at), *rest) for at, *rest in self._rows(_BOOKINGS))

    def unended_orders(self) -> tuple[OrderReport, ...]:
        """Every state of orders of the last days of which no end is stored, oldest first."""
        return tuple(stored_order(row) for row in self._rows(_UNENDED))

    def trade_ids(self) -> frozenset[tuple[str, str]]:
        """(instrument, trade id) of every execution that is stored."""
        return frozenset(self._rows("SELECT instrument, trade_id FROM fill"))

    def automations(self) -> dict[str, bool]:
        """Strategy to whether it was switched on last."""
        return dict(self._rows("SELECT name, is_on FROM automation"))

    def kept(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of every small state."""
        return tuple(self._rows("SELECT name, text FROM kept ORDER BY name"))

    def parents(self) -> tuple[ParentOrder, ...]:
        """Parent orders that were not over, oldest first."""
        return tuple(parent_of(row) for row in self._rows(PARENTS))

    def stops(self) -> tuple[LotStop, ...]:
        """Stops that stood, armed or fired, oldest first."""
        return tuple(stop_of(row) for row in self._rows(STOPS))


def stored_fill(row: Row) -> StoredFill:
    """One row of FILL_COLUMNS."""
    sleeve, instrument, trade_id, order_id, label, amount, price, fee, at, *rest = row
    is_maker, index_price, profit, origin = rest
    fill = Fill(
        instrument=instrument,
        trade_id=trade_id,
        order_id=order_id,
        label=label,
        amount=amount,
        price=price,
        fee=fee,
        at_ns=ns(at),
        is_maker=is_maker,
        index_price=index_price,
        profit=profit,
    )
    return StoredFill(sleeve, fill, origin)


def stored_order(row: Row) -> OrderReport:
    """One row of ORDER_COLUMNS."""
    order_id, label, instrument, side, amount, filled, average, price, kind, state, *rest = row
    time_in_force, post_only, reduce_only, trigger_price, reason, created, updated = rest
    return OrderReport(
        order_id,
        label,
        instrument,
        Side(side),
        amount,
        filled,
        average,
        price,
        OrderType(kind),
        OrderState(state),
        TimeInForce(time_in_force),
        post_only,
        reduce_only,
        trigger_price,
        reason,
        ns(created),
        ns(updated),
    )
