"""Between the loop and the store: records become rows, and rows become what a restart needs."""

from __future__ import annotations

import logging
from collections import defaultdict

from core.domain.position import Position
from core.market.board import Board
from core.store.batch import Batch
from core.store.queries import Queries
from core.store.rows import (
    StoredAutomation,
    StoredCommand,
    StoredDecision,
    StoredFill,
    StoredNote,
    automation_batch,
    command_batch,
    decision_batch,
    fill_batch,
    note_batch,
    order_batch,
)
from core.store.writer import Writer
from core.trading.journal import (
    AutomationRecord,
    CommandRecord,
    DecisionRecord,
    FillRecord,
    Kind,
    NoteRecord,
    OrderRecord,
    Record,
    ReplyRecord,
    Restored,
)
from core.trading.ledger.holding import Holding

log = logging.getLogger(__name__)


class StoreJournal:
    """Hands every record of the loop to the writer; never blocks, never raises."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def record(self, kind: Kind, payload: Record, at_ns: int) -> None:
        """Keep `payload` as of `at_ns`; the writer says on screen when it cannot."""
        self._writer.put(_batch(kind, payload, at_ns))


def restore(queries: Queries, board: Board) -> Restored:
    """What the last run wrote down. StoreError when the database cannot be asked."""
    fills = queries.fills()
    on = frozenset(name for name, is_on in queries.automations().items() if is_on)
    return Restored(
        lots=_lots(fills, board),
        trades=queries.trade_ids(),
        since_ns=max((row.fill.at_ns for row in fills if row.origin == "venue"), default=0),
        automations_on=on,
    )


def _lots(fills: tuple[StoredFill, ...], board: Board) -> tuple[tuple[str, Position], ...]:
    holdings: defaultdict[tuple[str, str], Holding] = defaultdict(Holding)
    for row in fills:
        name = row.fill.instrument
        holdings[row.sleeve, name].take(board.instrument(name), row.fill)
    lots = [(sleeve, lot.position(name)) for (sleeve, name), lot in holdings.items()]
    return tuple((sleeve, lot) for sleeve, lot in lots if not lot.is_flat)


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
        case AutomationRecord(name, is_on):
            return automation_batch([StoredAutomation(name, is_on, at_ns)])
        case DecisionRecord(sleeve, instrument, target, held, why):
            decision = StoredDecision(at_ns, sleeve, instrument, target, held, why)
            return decision_batch([decision])
        case NoteRecord(source, text):
            return note_batch([StoredNote(at_ns, source or kind, text)])
