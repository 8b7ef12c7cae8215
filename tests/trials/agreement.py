"""What must hold once trouble is over: the desk and the venue say the same."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from core.domain.order import OrderReport, OrderState
from core.market.board import Board
from core.market.book import BookState, Level
from tests.trials.desk import Desk
from tests.trials.exchange import Exchange

PLACES = Decimal("1e-8")
"""The venue prints averages and fees to so many places."""
AT_ONCE = 25
"""Books asked for together: few enough to be compared before they move on."""
SETTLING_S = 2.0
"""On a busy machine what the venue answered reaches the feed so much later."""
AskBooks = Callable[[list[str]], dict[str, dict[str, Any]]]
"""Instruments to whole books with their change ids."""
_OF_VENUE = {
    "open": OrderState.OPEN,
    "filled": OrderState.FILLED,
    "cancelled": OrderState.CANCELLED,
    "rejected": OrderState.REFUSED,
    "untriggered": OrderState.UNTRIGGERED,
}


def disagreements(exchange: Exchange, desk: Desk) -> list[str]:
    """Everything that differs now; empty when all is well. Books are compared by `wrong_books`."""
    if not desk.is_up:
        return [f"not up: {_why_down(desk)}"]
    found = [
        *desk.threads(),
        *wrong_orders(exchange.orders(desk.account), desk.records.orders.values()),
        *wrong_fills(exchange.trades(desk.account), desk),
        *wrong_positions(exchange, desk),
    ]
    return found + list(desk.view.alarms)


def wrong_orders(rows: Iterable[dict[str, Any]], reports: Iterable[OrderReport]) -> list[str]:
    """Orders of the desk that are not once at the venue, in the state the desk believes."""
    at_venue: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        at_venue[row["label"]].append(row)
    found = []
    for report in reports:
        mine = at_venue.pop(report.label, [])
        if report.state is OrderState.REFUSED and not mine:
            continue
        if len(mine) != 1:
            found.append(f"{report.label} ({report.state.value}) is {len(mine)} times at the venue")
            continue
        found += _wrong_order(report, mine[0])
    return found + [f"the desk knows nothing of {label}" for label in at_venue]


def _wrong_order(report: OrderReport, row: dict[str, Any]) -> list[str]:
    state = _OF_VENUE.get(row["order_state"])
    if state is OrderState.OPEN and row["filled_amount"]:
        state = OrderState.PARTIAL
    ours = (report.order_id, report.state, report.filled, report.amount)
    theirs = (row["order_id"], state, Decimal(row["filled_amount"]), Decimal(row["amount"]))
    return [] if ours == theirs else [f"order {report.label}: ours {ours}, the venue's {theirs}"]


def wrong_fills(rows: Iterable[dict[str, Any]], desk: Desk) -> list[str]:
    """Executions that were not booked exactly once, with the venue's figures, where they belong."""
    theirs = Counter(
        (
            row["instrument_name"], row["trade_id"], row["label"].partition(":")[0],
            Decimal(row["amount"]) * (1 if row["direction"] == "buy" else -1),
            Decimal(row["price"]), Decimal(row["fee"]),
        )
        for row in rows
    )  # fmt: skip
    ours = Counter(
        (one.instrument, one.trade_id, sleeve, one.amount, one.price, one.fee)
        for sleeve, one in desk.records.fills
    )
    lost = [f"lost fill {one}" for one in (theirs - ours).elements()]
    return lost + [f"fill too many {one}" for one in (ours - theirs).elements()]


def wrong_positions(exchange: Exchange, desk: Desk) -> list[str]:
    """Positions and averages that differ, and sleeves that do not add up to their total."""
    theirs = exchange.positions(desk.account)
    view = desk.view
    ours = {one.instrument: one for one in view.positions}
    found = [f"{name}: unknown to the desk" for name in theirs.keys() - ours.keys()]
    for name, one in ours.items():
        stated = theirs.get(name)
        if stated is None or stated.amount != one.amount:
            found.append(f"{name}: the desk holds {one.amount}, the venue says {stated}")
        elif abs(stated.average - one.average_price) > PLACES:
            found.append(f"{name}: average {one.average_price}, the venue's {stated.average}")
        sleeves = sum(lot.amount for _, lot in view.sleeves if lot.instrument == name)
        if sleeves != one.amount:
            found.append(f"{name}: the sleeves hold {sleeves} of {one.amount}")
    return found


def wrong_books(
    ask: AskBooks, board: Board, names: Iterable[str], within_s: float = 40.0
) -> list[str]:
    """Books that differ from the venue's at the same change, or never stand at the same one."""
    waiting, compared = sorted(set(names)), dict[str, bool]()
    ends_at_s = time.monotonic() + within_s
    while waiting and time.monotonic() < ends_at_s:
        for start in range(0, len(waiting), AT_ONCE):
            asked = waiting[start : start + AT_ONCE]
            compared |= _compared(board, ask(asked))
        waiting = [name for name in waiting if name not in compared]
    wrong = [name for name, is_same in compared.items() if not is_same]
    seen = _seen(board, ask(waiting[:3])) if waiting else []
    return _named("wrong", wrong) + _named("never at the venue's change", waiting) + seen


def _compared(board: Board, rows: dict[str, dict[str, Any]]) -> dict[str, bool]:
    """Whether ours equals the venue's, of those that came to stand at the same change."""
    found: dict[str, bool] = {}
    ends_at_s = time.monotonic() + SETTLING_S
    while rows and time.monotonic() < ends_at_s:
        for name, row in list(rows.items()):
            ours = board.levels(name, 100_000)
            if ours is None or ours.change_id > row["change_id"]:
                del rows[name]
            elif ours.change_id == row["change_id"] and ours.state is BookState.LIVE:
                del rows[name]
                found[name] = (_levels(row["bids"]), _levels(row["asks"])) == (ours.bids, ours.asks)
        time.sleep(0.002)
    return found


def _seen(board: Board, rows: dict[str, dict[str, Any]]) -> list[str]:
    """Where ours and the venue's stand."""
    found = []
    for name, row in rows.items():
        ours = board.levels(name, 1)
        state = None if ours is None else (ours.state.value, ours.change_id)
        found.append(f"{name}: ours {state}, stale {board.is_stale(name)}, not {row['change_id']}")
    return found


def _named(what: str, names: list[str]) -> list[str]:
    """One sentence for a crowd of books."""
    return [f"{len(names)} books {what}, as {', '.join(names[:3])}"] if names else []


def _levels(rows: Iterable[tuple[float, float]]) -> tuple[Level, ...]:
    return tuple(Level(float(price), float(amount)) for price, amount in rows)


def _why_down(desk: Desk) -> str:
    stale = [name for name in desk.board.catalog.by_name if desk.board.is_stale(name)]
    links = (*desk.market.states(), desk.link.state())
    words = [f"{one.name} {one.status}" for one in links if not one.is_up]
    words += [desk.view.gate.reason] if not desk.view.gate.is_open else []
    return "; ".join([*words, f"{len(stale)} books stale"])
