"""Sessions with linked orders, trailing stops, icebergs, advanced orders and mass quotes too.

Short in the suite; VOLDESK_SOAK_SESSIONS as in `test_sessions.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from core.simulator.accounts.order import Order
from core.simulator.markets.book import ASK, BID, visible
from core.simulator.markets.market import Market
from core.simulator.markets.tickers import ticker_rows
from tests.core.simulator.test_sessions import (
    CLIENTS,
    PLACES,
    SIDES,
    STEPS_OFF,
    UNITS,
    Sessions,
)

CONDITIONS = st.sampled_from(["first_hit", "complete_fill", "incremental"])
SOURCES = st.sampled_from(["mark_price", "last_price", "index_price"])
LINKS = st.sampled_from([
    "one_triggers_other", "one_cancels_other", "one_triggers_one_cancels_other",
])  # fmt: skip
OTHER = {"buy": "sell", "sell": "buy"}


class LinkedSessions(Sessions):
    """All rules of the plain sessions and those of every special kind of order."""

    @rule(client=CLIENTS, place=PLACES, side=SIDES, units=UNITS, off=STEPS_OFF, link=LINKS,
          condition=CONDITIONS, source=SOURCES, reduce=st.booleans())  # fmt: skip
    def linked(
        self, client: str, place: int, side: str, units: int, off: int, link: str, condition: str,
        source: str, reduce: bool,
    ) -> None:  # fmt: skip
        """An entry with a stop and a target, a pair, or one order behind another."""
        market = self.market(place)
        legs_side = side if link == "one_cancels_other" else OTHER[side]
        price, near = self.price(market, side, off), self.price(market, legs_side, -2)
        far = self.price(market, side, -4)
        if price is None or near is None or far is None:
            return
        leg: dict[str, Any] = {"direction": legs_side, "reduce_only": reduce}
        target = leg | {"type": "limit", "price": near}
        stop = leg | {"type": "stop_market", "trigger": source, "trigger_price": far}
        legs = {"one_triggers_other": [stop], "one_cancels_other": [target]}
        self.ask(client, side, amount=self.amount(market, units), type="limit", price=price,
                 instrument_name=market.name, linked_order_type=link,
                 trigger_fill_condition=condition,
                 otoco_config=legs.get(link, [target, stop]))  # fmt: skip

    @rule(client=CLIENTS, place=PLACES, side=SIDES, units=UNITS, offset=st.integers(1, 60),
          source=SOURCES, reduce=st.booleans())  # fmt: skip
    def trail(
        self, client: str, place: int, side: str, units: int, offset: int, source: str, reduce: bool
    ) -> None:
        """A trailing stop some ticks behind."""
        market = self.market(place)
        self.ask(client, side, amount=self.amount(market, units), type="trailing_stop",
                 trigger=source, instrument_name=market.name, reduce_only=reduce,
                 trigger_offset=market.instrument.price_of(offset))  # fmt: skip

    @rule(client=CLIENTS, place=PLACES, side=SIDES, shown=st.integers(100, 300),
          times=st.integers(1, 20), off=STEPS_OFF)  # fmt: skip
    def iceberg(self, client: str, place: int, side: str, shown: int, times: int, off: int) -> None:
        """An order that shows a part of itself."""
        market = self.market(place)
        it, price = market.instrument, self.price(market, side, off)
        if price is not None:
            self.ask(client, side, amount=it.amount_of(shown * times), price=price,
                     display_amount=it.amount_of(shown), instrument_name=it.name)  # fmt: skip

    @rule(client=CLIENTS, place=st.integers(5, 11), side=SIDES, units=st.integers(1, 40),
          kind=st.sampled_from(["usd", "implv"]),
          share=st.sampled_from([0.8, 0.97, 1.0, 1.03]))  # fmt: skip
    def advanced(
        self, client: str, place: int, side: str, units: int, kind: str, share: float
    ) -> None:
        """An option order in volatility or USD, near what the option is worth."""
        market = self.market(place)
        one = ticker_rows([market])[0]
        value = one["mark_iv"] if kind == "implv" else one["mark_price"] * one["index_price"]
        self.ask(client, side, amount=self.amount(market, units), price=round(value * share, 2),
                 advanced=kind, instrument_name=market.name)  # fmt: skip

    @rule(client=CLIENTS, index=st.sampled_from(["btc_usd", "eth_usd"]),
          limit=st.sampled_from([0.2, 2.0, 50.0]), frozen_s=st.sampled_from([0, 1]))  # fmt: skip
    def protect(self, client: str, index: str, limit: float, frozen_s: int) -> None:
        """Set the protection of a group, which also ends a freeze."""
        self.ask(client, "set_mmp_config", index_name=index, mmp_group=index, interval=5,
                 frozen_time=frozen_s, quantity_limit=limit, max_quote_quantity=limit)  # fmt: skip
        self.ask(client, "reset_mmp", index_name=index, mmp_group=index)

    @rule(client=CLIENTS, places=st.lists(PLACES, min_size=1, max_size=3), off=STEPS_OFF,
          units=UNITS, index=st.sampled_from(["btc_usd", "eth_usd"]),
          post_only=st.booleans())  # fmt: skip
    def mass_quote(
        self, client: str, places: list[int], off: int, units: int, index: str, post_only: bool
    ) -> None:
        """Both sides in some markets of one index."""
        markets = [self.market(place) for place in places]
        markets = [m for m in markets if m.instrument.index_name == index]
        quotes = [self.quote(market, units, off, post_only) for market in markets]
        self.wires[client].cancel_on_disconnect = True
        self.ask(client, "mass_quote", mmp_group=index, quote_id="1", quotes=quotes)

    @rule(client=CLIENTS)
    def leave(self, client: str) -> None:
        """The connection breaks and takes its orders with it."""
        self.exchange.cancel_of(self.wires[client])
        self.exchange.flush_client()

    @invariant()
    def special_orders_keep_their_rules(self) -> None:
        """Links, icebergs and reduce-only orders, after every rule."""
        if hasattr(self, "exchange"):
            for order in self.live():
                check_special(order)
            for account in self.exchange.accounts:
                check_pairs([*account.closed, *account.orders.values()])

    def quote(self, market: Market, units: int, off: int, post_only: bool) -> dict[str, Any]:
        """One quote around the touch."""
        row: dict[str, Any] = {"instrument_name": market.name, "quote_set_id": "a"}
        for name, side in (("bid", "buy"), ("ask", "sell")):
            price = self.price(market, side, off)
            if price is not None:
                row[name] = {
                    "price": price, "amount": self.amount(market, units), "post_only": post_only,
                }  # fmt: skip
        return row


def check_special(order: Order) -> None:
    """What must hold of one live order."""
    it = order.market.instrument
    if order.is_held:
        assert order.primary_order_id in order.account.orders
    if order.state != "open":
        return
    assert 0 < order.left <= order.units
    assert 0 < visible(order) <= (order.display or order.left)
    if order.reduce_only:
        room = order.account.size_in(order.market) * -order.sign
        assert order.left * it.terms.min_amount <= room
    best = order.market.book.best(BID if order.side == ASK else ASK)
    assert best is None or (best - order.tick) * order.sign > 0
    assert order.filled >= Decimal(0)


def check_pairs(orders: list[Order]) -> None:
    """Of a pair that cancels each other, nothing lives on once one of them is done."""
    done = {
        o.oco_ref
        for o in orders
        if o.oco_ref is not None and o.state == "filled" and not o.is_secondary
    }
    assert not [o for o in orders if o.is_live and o.oco_ref in done]


TestLinkedSessions = LinkedSessions.TestCase
TestLinkedSessions.settings = Sessions.TestCase.settings
