"""Whether the account can carry an order: the venue's check of funds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.domain.instrument import Instrument
from core.venues.paper.matching.checks import refused
from core.venues.paper.matching.orders import Working
from core.venues.paper.money.account import Account, OpenAmount
from core.venues.paper.money.contracts import ZERO, trade_fee, worth
from core.venues.paper.money.marks import Marks, MarksOf

Takes = Sequence[tuple[Decimal, Decimal]]
"""(price, amount) of what an order would take now."""


def check_funds(
    account: Account, marks_of: MarksOf, order: Working, takes: Takes, others: list[OpenAmount]
) -> None:
    """Refuse (10009) what the margin cannot carry, fees and the loss to the mark included."""
    it = order.instrument
    marks = marks_of(it)
    if marks is None or order.report.reduce_only:
        return
    probe = OpenAmount(it, order.left * order.side.sign, _average(order, takes))
    before = account.funds(it.settlement, others)
    after = account.funds(it.settlement, [*others, probe])
    left = after.available - _cost(it, order.side.sign, takes, marks)
    if left < 0 and after.initial > before.initial:
        raise refused(10009, "not_enough_funds")


def _average(order: Working, takes: Takes) -> Decimal:
    """What a unit costs a buyer on average; the part that rests at its limit."""
    if order.side.sign < 0 or not takes:
        return order.price
    taken = sum((amount for _, amount in takes), ZERO)
    paid = sum((price * amount for price, amount in takes), ZERO)
    return (paid + (order.left - taken) * order.price) / order.left


def _cost(it: Instrument, sign: int, takes: Takes, marks: Marks) -> Decimal:
    """Fees of what would be taken, and with futures what the mark makes it lose at once."""
    total = ZERO
    for price, amount in takes:
        total += trade_fee(it, amount, price, marks.index, is_maker=False)
        if not it.is_option:
            size = sign * amount
            total += max(ZERO, worth(it, size, price) - worth(it, size, marks.mark))
    return total
