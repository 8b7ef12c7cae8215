"""What the journal holds after trades, funding, a settlement and expiries, against the exchange."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from core.desk.journal import StoreJournal, books_of
from core.store.queries.queries import Queries
from core.store.server.postgres import Connection, Database
from core.store.spool import Spool
from core.store.writer import Writer
from tests.core.simulator.still import FUNDS
from tests.core.store.samples import rows
from tests.core.trading.ledger.indoor_desk import CURRENCIES, IndoorDesk, indoor_desk
from tests.core.trading.ledger.test_against_the_exchange import (
    HOUR_S,
    PRINTED,
    START_HOUR,
    markets,
)

_CURRENCY = """
    CASE WHEN instrument LIKE '%\\_USDC%' THEN 'USDC' ELSE split_part(instrument, '-', 1) END
"""
_HAIRS = 40 * PRINTED
"""Every figure the exchange prints is rounded to its last digit."""


@pytest.fixture(scope="module")
def desk() -> Iterator[IndoorDesk]:
    """A day of one account: every kind of contract, three sleeves, eight o'clock passed."""
    with indoor_desk() as opened:
        for number, market in enumerate(markets(opened)):
            units = 300 if "PERPETUAL" in market.name else 5
            sign = -1 if number % 2 else 1
            opened.trade(market, sign * units, ("manual", "hedger", "pair")[number % 3])
            opened.trade(market, -sign * units // 3, "manual")
        opened.leap((24 - START_HOUR + 8) * HOUR_S)
        yield opened


@pytest.fixture(scope="module")
def stored(
    desk: IndoorDesk, dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """Its records; money twice, as when a program dies between the disk and the word of it."""
    database = Database("sums", dsn=dsn)
    writer = Writer(database, Spool(tmp_path_factory.mktemp("sums") / "spool"))
    journal, records = StoreJournal(writer), desk.journal.records
    money = [record for record in records if record[0] in ("fill", "booking")]
    for kind, payload in records + money:
        journal.record(kind, payload, desk.clock.now_ns())
    writer.start()
    assert writer.wait_until_written(60)
    assert writer.state.lost == 0
    assert writer.stop()
    connection = database.open()
    yield connection
    connection.close()


def trades(desk: IndoorDesk) -> dict[tuple[str, str], dict[str, Any]]:
    """Every execution of the account as the exchange tells it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for currency in CURRENCIES:
        page = desk.wire.call(
            "private/get_user_trades_by_currency_and_time", currency=currency, count=1_000,
            start_timestamp=0, end_timestamp=10**15 - 1, sorting="asc",
        )  # fmt: skip
        assert not page["has_more"]
        found |= {(row["instrument_name"], row["trade_id"]): row for row in page["trades"]}
    return found


def test_every_execution_is_there_once_with_its_fee(desk: IndoorDesk, stored: Connection) -> None:
    found = rows(
        stored, "SELECT instrument, trade_id, amount, fee FROM fill WHERE origin = 'venue'"
    )
    theirs = trades(desk)
    assert sorted((name, trade_id) for name, trade_id, _, _ in found) == sorted(theirs)
    for name, trade_id, amount, fee in found:
        row = theirs[name, trade_id]
        sign = 1 if row["direction"] == "buy" else -1
        assert (amount, fee) == (sign * Decimal(repr(row["amount"])), Decimal(repr(row["fee"])))


def test_amounts_and_fees_add_up_to_the_accounts(desk: IndoorDesk, stored: Connection) -> None:
    held = "SELECT instrument, sum(amount) FROM fill GROUP BY instrument HAVING sum(amount) <> 0"
    stated = {name: size for name, (size, _) in desk.stated().items()}
    assert dict(rows(stored, held)) == stated
    fees = rows(stored, f"SELECT {_CURRENCY} AS currency, sum(fee) FROM fill GROUP BY 1")
    assert dict(fees) == {name: desk.still.ann.purses[name].fees for name in CURRENCIES}
    gone = rows(stored, "SELECT DISTINCT instrument FROM fill WHERE origin = 'delivered'")
    assert gone
    assert not {name for (name,) in gone} & stated.keys()


def test_funding_is_what_the_exchange_settled_and_still_owes(
    desk: IndoorDesk, stored: Connection
) -> None:
    written = dict(rows(stored, "SELECT instrument, sum(amount) FROM funding GROUP BY 1"))
    assert written
    positions = desk.wire.call("private/get_positions", currency="any")
    running = {row["instrument_name"]: row.get("realized_funding", 0.0) for row in positions}
    for name, amount in written.items():
        of_name = [
            one.row for one in desk.still.ann.settlements if one.row["instrument_name"] == name
        ]
        settled = sum(Decimal(repr(row["funding"])) for row in of_name)
        assert abs(amount - settled - Decimal(repr(running[name]))) <= PRINTED


@pytest.mark.usefixtures("stored")
def test_what_the_journal_amounts_to_is_what_became_of_the_equity(
    desk: IndoorDesk, dsn: str
) -> None:
    database = Database("sums", dsn=dsn)
    database.open().close()
    queries = Queries(database)
    books = books_of(queries.fills(), queries.bookings(), desk.board)
    queries.close()
    currency_of = {one.name: one.settlement for one in books.contracts}
    assert {sleeve for sleeve, _ in books.lots} == {"manual", "hedger", "pair"}
    for currency in CURRENCIES:
        totals = [one for one in books.totals if currency_of[one.instrument] == currency]
        lots = [one for _, one in books.lots if currency_of[one.instrument] == currency]
        traded = sum((one.realised - one.fees for one in totals), Decimal(0))
        funding = sum((one.funding for one in lots), Decimal(0))
        # Of the running session it is written down now and then only.
        running = desk.engine.parts.ledger.earned(currency).funding - funding
        figures = desk.figures(currency)
        became = figures.equity - figures.total_pl - FUNDS[currency]
        assert abs(became - traded - funding - running) <= _HAIRS
