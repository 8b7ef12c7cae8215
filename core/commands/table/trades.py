"""Orders: tickets, the short orders of the left hand, sentences."""

from __future__ import annotations

import re

from core.commands.grammar import controls, shorthand
from core.commands.grammar.amounts import NUMBER, PRICE
from core.commands.grammar.sentence import sentence
from core.commands.table.entry import Entry

_AT = rf" (?P<price>{PRICE})"


def _trade(letters: str = "(?P<side>[ad])", tail: str = "") -> re.Pattern[str]:
    """A short order: letters, amount, what follows, and the `c` that makes it dry."""
    return re.compile(rf"{letters} ?(?P<amount>{NUMBER}){tail} ?(?P<dry>c)?")


TRADES: tuple[Entry, ...] = (
    Entry(
        "trade.buy",
        "trade",
        "Open the ticket to buy the chosen instrument.",
        key="b",
        label="buy",
        title="Buy ticket",
    ),
    Entry(
        "trade.sell",
        "trade",
        "Open the ticket to sell the chosen instrument.",
        key="s",
        label="sell",
        title="Sell ticket",
    ),
    Entry(
        "trade.once",
        "trade",
        "Buy or sell at once: limit 0.1 % beyond the touch, what is not filled is cancelled.",
        ("aN", "dN"),
        _trade(),
        shorthand.at_once,
    ),
    Entry(
        "trade.join",
        "trade",
        "Post-only: buy at the bid, sell at the ask.",
        ("asN", "dwN"),
        _trade("(?P<side>a(?=s)|d(?=w))[sw]"),
        shorthand.join,
    ),
    Entry(
        "trade.cross",
        "trade",
        "Buy at the ask, sell at the bid; what is not filled rests there.",
        ("awN", "dsN"),
        _trade("(?P<side>a(?=w)|d(?=s))[sw]"),
        shorthand.cross,
    ),
    Entry(
        "trade.limit",
        "trade",
        "Post-only limit at P; options take a price in coin, $USD or a volatility such as 55v.",
        ("aN P", "dN P"),
        _trade(tail=_AT),
        shorthand.at_price,
    ),
    Entry(
        "trade.stop",
        "trade",
        "Reduce-only stop-market when mark reaches P; refused when it would fire at once.",
        ("aN Ps", "dN Ps"),
        _trade(tail=rf"{_AT}s"),
        shorthand.stop_at,
    ),
    Entry(
        "trade.ladder",
        "trade",
        "K post-only orders of N each, the first and the last exactly on the two bounds.",
        ("aN P1 P2 K", "dN P1 P2 K"),
        _trade(tail=rf"{_AT} (?P<other>{PRICE}) (?P<count>[0-9]{{1,4}})"),
        shorthand.ladder,
    ),
    Entry(
        "trade.words",
        "trade",
        "The same in words, in any order; post, reduce, ioc, fok, day, market, stop P may follow;"
        " without a price it acts at once as aN does.",
        (
            "buy N NAME @ P",
            "sell N NAME @ P",
            "buy 5 25dec 70000c @ .0375 post",
            "sell 5 25dec 70000c @ $1200",
            "buy 5 25dec 70000p @ 55v",
        ),
        re.compile("(?P<side>buy|sell) (?P<rest>.+)"),
        sentence,
    ),
    Entry(
        "trade.dry",
        "trade",
        "Any order text that ends in c sends nothing: it only shows what it means (ioc and gtc are"
        " words of their own).",
        ("aNc", "dN P c", "aN P1 P2 Kc", "buy N NAME @ P c"),
    ),
    Entry(
        "order.amend",
        "trade",
        "Change amount and price of a working order; ID is its line in the orders pane or its id.",
        ("amend ID AMOUNT", "amend ID AMOUNT P"),
        re.compile(rf"amend (?P<id>\S+) (?P<amount>{NUMBER})(?: @? ?(?P<price>{PRICE}))?"),
        controls.amend,
        key="e",
        label="edit",
        title="Edit the chosen order",
    ),
)
