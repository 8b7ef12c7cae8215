"""Between the loop and the store: records become rows, and rows become what a restart needs."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import astuple, replace
from decimal import Decimal

from core.domain.instrument import Instrument
from core.domain.order import OrderReport
from core.domain.position import Position
from core.market.board import Board
from core.store.batch import Batch
from core.store.queries.queries import Queries
from core.store.rows.journal import (
    StoredAutomation,
    StoredBooking,
    StoredCommand,
    StoredDecision,
    StoredFill,
    StoredNote,
    StoredText,
    automation_batch,
    booking_batch,
    command_batch,
    decision_batch,
    fill_batch,
    kept_batch,
    note_batch,
    order_batch,
)
from core.store.rows.standing import parent_batch, stop_batch
from core.store.rows.strategy import StoredHedge, StoredSignal, hedge_batch, signal_batch
from core.store.writer import Writer
from core.trading.journal import (
    HISTORY,
    AutomationRecord,
    BookingRecord,
    CommandRecord,
    DecisionRecord,
    FillRecord,
    HedgeRecord,
    KeptRecord,
    Kind,
    NoteRecord,
    OrderRecord,
    ParentRecord,
    Record,
    ReplyRecord,
    Restored,
    Seen,
    SignalRecord,
    StopRecord,
)
from core.trading.ledger.holding import Holding
from core.venues.deribit.names import instrument_named

log = logging.getLogger(__name__)


class StoreJournal:
    """Hands every record of the loop to the writer; never blocks, never raises."""

    def __init__(self, writer: Writer, is_past_known: bool = True) -> None:
        """Where the past could not be read, only what happens now is kept: amounts adopted for
        want of it would count twice at the next start, and trades found now would not be asked
        for again."""
        self._writer = writer
        self._is_past_known = is_past_known
        self._is_taken = True

    @property
    def trouble(self) -> str:
        """Why records are not kept now: the disk takes nothing, or not enough."""
        return self._writer.trouble or ("" if self._is_taken else "more comes than the disk takes")

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        """Keep `payload` as of `at_ns`; the writer says on screen when it cannot."""
        if self._is_past_known or not _rests_on_the_past(payload):
            self._is_taken = self._writer.put(_batch(kind, payload, at_ns))


def _rests_on_the_past(payload: Record) -> bool:
    """True for what is only right when all that was written before is known."""
    match payload:
        case FillRecord(_, _, origin):
            return origin != "venue"
        case KeptRecord() | BookingRecord():
            return True
        case _:
            return False


def restore(queries: Queries, board: Board) -> Restored:
    """What the last run wrote down. StoreError when the database cannot be asked."""
    fills = queries.fills()
    on = frozenset(name for name, is_on in queries.automations().items() if is_on)
    kept = dict(queries.kept())
    return replace(
        books_of(fills, queries.bookings(), board),
        trades=queries.trade_ids(),
        orders=_unended(queries, fills),
        since_ns=_since_ns(kept, fills),
        automations_on=on,
        kept=tuple(kept.items()),
        parents=queries.parents(),
        stops=queries.stops(),
    )


def books_of(
    fills: tuple[StoredFill, ...], bookings: tuple[StoredBooking, ...], board: Board
) -> Restored:
    """What executions and bookings, in the order they were booked, amount to."""
    contracts = _contracts(fills, board)
    return Restored(
        lots=_lots(fills, bookings, contracts),
        totals=_totals(fills, contracts),
        trades=frozenset((row.fill.instrument, row.fill.trade_id) for row in fills),
        since_ns=max((row.fill.at_ns for row in fills if row.origin == "venue"), default=0),
        bookings=frozenset((row.currency, row.id) for row in bookings if not row.sleeve),
        funding=_running_funding(bookings),
        began_ns=_began_ns(fills, bookings),
        contracts=tuple(contracts.values()),
    )


def _began_ns(fills: tuple[StoredFill, ...], bookings: tuple[StoredBooking, ...]) -> int:
    """When the venue's books began to be taken; journals of before that know their fills only."""
    began = [row.at_ns for row in bookings if row.kind == "began"]
    return min(began or [row.fill.at_ns for row in fills], default=0)


def _running_funding(bookings: tuple[StoredBooking, ...]) -> tuple[tuple[str, Decimal], ...]:
    """(instrument, funding booked since its last settlement)."""
    running: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in bookings:
        if row.kind == "funding":
            running[row.instrument] += row.amount
        else:
            running.pop(row.instrument, None)
    return tuple(running.items())


def _since_ns(kept: Mapping[str, str], fills: tuple[StoredFill, ...]) -> int:
    """From when on the venue may have executed what was not written down."""
    if (known := kept.get(HISTORY, "")).isdecimal():
        return int(known)
    return max((row.fill.at_ns for row in fills if row.origin == "venue"), default=0)


def _unended(
    queries: Queries, fills: tuple[StoredFill, ...]
) -> tuple[tuple[OrderReport, Decimal], ...]:
    """Orders whose end was not written down, with what of their fills was."""
    traded: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in fills:
        traded[row.fill.label] += abs(row.fill.amount)
    found = queries.unended_orders()
    named = {one.label for one in found if one.order_id}
    chosen = {
        (one.label, one.order_id): one for one in found if one.order_id or one.label not in named
    }
    return tuple((one, traded[one.label]) for one in chosen.values())


def _contracts(fills: tuple[StoredFill, ...], board: Board) -> dict[str, Instrument]:
    """Listed contracts, and by their names those that are not listed yet or no more."""
    names = {row.fill.instrument for row in fills}
    found = {name: board.instrument(name) or instrument_named(name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _lots(
    fills: tuple[StoredFill, ...],
    bookings: tuple[StoredBooking, ...],
    contracts: Mapping[str, Instrument],
) -> tuple[tuple[str, Position], ...]:
    """What every sleeve holds and has earned; what it earned in flat contracts counts on."""
    holdings: defaultdict[tuple[str, str], Holding] = defaultdict(Holding)
    for row in fills:
        name = row.fill.instrument
        is_found = row.origin == "adopted"
        holdings[row.sleeve, name].take(contracts.get(name), row.fill, is_found)
    for booked in bookings:
        if booked.kind == "funding":
            holdings[booked.sleeve, booked.instrument].funding += booked.amount
    return tuple((sleeve, lot.position(name)) for (sleeve, name), lot in holdings.items())


def _totals(
    fills: tuple[StoredFill, ...], contracts: Mapping[str, Instrument]
) -> tuple[Position, ...]:
    """All sleeves together, trade by trade: what one sleeve sold to the other never happened."""
    totals: defaultdict[str, Holding] = defaultdict(Holding)
    for row in _deliveries_whole(fills):
        if row.origin != "transfer":
            name = row.fill.instrument
            totals[name].take(contracts.get(name), row.fill, row.origin == "adopted")
    return tuple(one.position(name) for name, one in totals.items())


def _deliveries_whole(fills: tuple[StoredFill, ...]) -> Iterator[StoredFill]:
    """Each delivery as one booking: sleeve by sleeve it would pass through the opposite position,
    and one that was opened for nothing has no average price."""
    groups: defaultdict[object, list[StoredFill]] = defaultdict(list)
    for row in fills:
        one = row.fill
        is_delivered = row.origin == "delivered"
        groups[one.instrument, one.at_ns if is_delivered else one.trade_id].append(row)
    for first, *rest in groups.values():
        if whole := sum((row.fill.amount for row in rest), first.fill.amount):
            fee = sum((row.fill.fee for row in rest), first.fill.fee)
            profit = sum((row.fill.profit for row in rest), first.fill.profit)
            yield replace(first, fill=replace(first.fill, amount=whole, fee=fee, profit=profit))


def _batch(kind: Kind, payload: Record, at_ns: int) -> Batch:
    match payload:
        case FillRecord(sleeve, fill, origin):
            return fill_batch([StoredFill(sleeve, fill, origin)])
        case OrderRecord(report):
            return order_batch([report])
        case CommandRecord(number, text, request):
            return command_batch([StoredCommand(at_ns, number, text, request)])
        case ReplyRecord(number, is_ok, text):
            return command_batch([StoredCommand(at_ns, number, "", "", is_ok, text)])
        case BookingRecord(sleeve, booked, id_, currency, instrument, amount):
            row = StoredBooking(at_ns, sleeve, booked, id_, currency, instrument, amount)
            return booking_batch([row])
        case AutomationRecord(name, is_on):
            return automation_batch([StoredAutomation(name, is_on, at_ns)])
        case DecisionRecord(sleeve, instrument, target, held, why):
            decision = StoredDecision(at_ns, sleeve, instrument, target, held, why)
            return decision_batch([decision])
        case HedgeRecord() | SignalRecord():
            return _seen_batch(payload, at_ns)
        case ParentRecord(parent):
            return parent_batch([parent])
        case StopRecord(stop):
            return stop_batch([stop])
        case NoteRecord(source, text):
            return note_batch([StoredNote(at_ns, source or kind, text)])
        case KeptRecord(name, text):
            return kept_batch([StoredText(name, text, at_ns)])


def _seen_batch(seen: Seen, at_ns: int) -> Batch:
    if isinstance(seen, HedgeRecord):
        return hedge_batch([StoredHedge(at_ns, *astuple(seen))])
    sleeve, pair, closed_ns, *figures = astuple(seen)
    return signal_batch([StoredSignal(closed_ns, sleeve, pair, *figures)])
