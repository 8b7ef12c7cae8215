"""A user frame may say anything: it never raises, and what is unreadable is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.events import AccountChanged, Filled, OrderChanged
from tests.core.venues.deribit.account.talk import Talk, order_row, trade_row

PORTFOLIO = {
    "currency": "BTC",
    **dict.fromkeys(
        ("equity", "balance", "available_funds", "initial_margin", "maintenance_margin"), 1.5
    ),
}
ROWS: dict[str, dict[str, Any]] = {
    "user.orders.any.any.raw": order_row(),
    "user.trades.any.any.raw": trade_row(),
    "user.portfolio.btc": PORTFOLIO,
}
NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "NaN", "sNaN", "-Infinity", "1e999999999", "-1e-999999999", "buy", "ж"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def up() -> Talk:
    talk = Talk()
    talk.come_up()
    talk.answer_all()
    talk.all_facts().clear()
    return talk


@settings(deadline=None)
@given(st.sampled_from(sorted(ROWS)), st.data())
def test_a_frame_with_any_nonsense_in_it_is_a_fact_or_leads_to_reconciliation(
    channel: str, data: st.DataObject
) -> None:
    row = dict(ROWS[channel])
    for key in data.draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=4)):
        if data.draw(st.booleans()):
            row[key] = data.draw(NONSENSE)
        else:
            row.pop(key, None)
    is_list = channel.startswith("user.trades") or data.draw(st.booleans())
    talk = up()
    talk.notify(channel, [row] if is_list and "portfolio" not in channel else row)
    asked = [one["method"] for one in talk.sent()]
    told = talk.all_facts()
    assert told or "private/get_positions" in asked
    assert all(map(_is_sound, told))


def _is_sound(fact: object) -> bool:
    """Every number is one: nothing that raises when it is compared."""
    values: list[object] = []
    if isinstance(fact, OrderChanged):
        report = fact.report
        values = [report.amount, report.filled, report.price, report.average_price]
    elif isinstance(fact, Filled):
        values = [fact.fill.amount, fact.fill.price, fact.fill.fee, fact.fill.profit]
    elif isinstance(fact, AccountChanged):
        values = [fact.figures.equity, fact.figures.delta_total]
    return all(one.is_finite() for one in values if isinstance(one, Decimal))


@settings(deadline=None)
@given(st.sampled_from(sorted(ROWS)), NONSENSE)
def test_a_frame_that_is_nonsense_leads_to_reconciliation(channel: str, data: object) -> None:
    talk = up()
    talk.notify(channel, data)
    if data != []:
        assert "private/get_positions" in [one["method"] for one in talk.sent()]


@pytest.mark.parametrize("channel", ["user.", "user", "", "user.orders", "user.x.y"])
def test_a_channel_nobody_asked_for_does_no_harm(channel: str) -> None:
    talk = up()
    talk.notify(channel, {"some": "thing"})
    assert talk.all_facts() == []
