from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.clock import SystemClock
from core.market.board import Board
from core.settings import VenueSettings
from core.venues.deribit.endpoints import Credentials, Secret
from core.venues.deribit.market_link import DeribitMarket
from tests.core.venues.fake_deribit import NO_REPLY, FakeDeribit
from tests.eventually import eventually

PERPETUAL = "BTC-PERPETUAL"
CALL = "BTC-25DEC26-90000-C"
PUT = "BTC-25DEC26-90000-P"


def listed(name: str, **changes: Any) -> dict[str, Any]:
    is_option = name.endswith(("-C", "-P"))
    row = {
        "instrument_name": name,
        "kind": "option" if is_option else "future",
        "instrument_type": "reversed",
        "base_currency": "BTC",
        "quote_currency": "BTC" if is_option else "USD",
        "settlement_currency": "BTC",
        "settlement_period": "month" if is_option else "perpetual",
        "price_index": "btc_usd",
        "contract_size": 1.0,
        "min_trade_amount": 0.1,
        "tick_size": 0.0001,
        "expiration_timestamp": 1798185600000,
        "is_active": True,
        "state": "open",
    }
    if is_option:
        row |= {"strike": 90000.0, "option_type": "call" if name.endswith("-C") else "put"}
    return row | changes


def book(name: str, change_id: int, parent: int | None = None, **sides: Any) -> dict[str, Any]:
    frame = {
        "timestamp": 1,
        "type": "snapshot" if parent is None else "change",
        "instrument_name": name,
        "change_id": change_id,
        "bids": sides.get("bids", []),
        "asks": sides.get("asks", []),
    }
    return frame if parent is None else frame | {"prev_change_id": parent}


def first_data(channel: str) -> Any:
    """What the venue sends for a new subscription."""
    kind, _, rest = channel.partition(".")
    name = rest.rpartition(".")[0]
    if kind == "book":
        return book(name, 100, bids=[["new", 10.0, 1.0]], asks=[["new", 11.0, 2.0]])
    if kind == "ticker":
        return {"instrument_name": name, "timestamp": 1, "mark_price": 10.5, "state": "open"}
    if kind == "deribit_price_index":
        return {"index_name": rest, "price": 80000.0, "timestamp": 1}
    return None


@pytest.fixture
def venue() -> Iterator[FakeDeribit]:
    fake = FakeDeribit()
    fake.instruments = [listed(PERPETUAL), listed(CALL), listed(PUT)]
    fake.first_data = first_data
    with fake.running():
        yield fake


SETTINGS = VenueSettings(
    currencies=("BTC",), linear_perpetuals=(), linear_options=(), sockets=2, silence_s=5.0
)


class Desk:
    """A board and the link that fills it."""

    def __init__(self, venue: FakeDeribit, settings: VenueSettings = SETTINGS, **options: Any):
        self.board = Board(SystemClock(), settings.stale_after_s)
        self.market = DeribitMarket(venue.url, settings, self.board, SystemClock(), **options)

    def __enter__(self) -> Desk:
        self.market.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.market.stop()

    def is_live(self, *names: str) -> bool:
        return all(not self.board.is_stale(name) for name in names)

    def total(self, what: str) -> int:
        return sum(getattr(state, what) for state in self.market.states())


def test_it_lists_subscribes_and_replicates(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        quote = desk.board.quote(CALL)
        eventually(lambda: desk.board.index_price("btc_usd") == 80000.0)
        assert (quote.bid, quote.ask, quote.ask_amount) == (10.0, 11.0, 2.0)
        eventually(lambda: desk.board.quote(PUT).mark == 10.5)
        eventually(lambda: all(state.is_up for state in desk.market.states()))
        assert len(venue.clients) == 2
        carried = [{one for one in client.channels if "book" in one} for client in venue.clients]
        assert sorted(map(len, carried)) == [1, 2]
    eventually(lambda: not venue.clients)
    assert desk.board.is_stale(PERPETUAL)


def test_every_connection_has_an_index_so_that_silence_means_something(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        for client in venue.clients:
            assert "deribit_price_index.btc_usd" in client.channels


def test_changes_are_applied(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(CALL))
        venue.push(f"book.{CALL}.100ms", book(CALL, 101, 100, bids=[["new", 10.5, 3.0]]))
        eventually(lambda: desk.board.quote(CALL).bid == 10.5)


def test_a_gap_makes_one_book_stale_and_it_recovers_alone(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        before = len(venue.asked("public/subscribe"))
        venue.handlers["public/unsubscribe"] = lambda *_: NO_REPLY
        venue.push(f"book.{CALL}.100ms", book(CALL, 107, 105))
        eventually(lambda: desk.board.is_stale(CALL))
        assert desk.is_live(PERPETUAL, PUT)
        eventually(lambda: venue.asked("public/unsubscribe"))
        assert venue.asked("public/unsubscribe") == [{"channels": [f"book.{CALL}.100ms"]}]
        assert len(venue.asked("public/subscribe")) == before


def test_after_a_gap_a_fresh_snapshot_makes_the_book_live_again(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        venue.push(f"book.{CALL}.100ms", book(CALL, 107, 105))
        eventually(lambda: desk.total("resyncs") == 1)
        eventually(lambda: desk.is_live(CALL))
        assert (desk.total("gaps"), desk.total("reconnects")) == (1, 0)
        assert venue.asked("public/subscribe")[-1] == {"channels": [f"book.{CALL}.100ms"]}


def test_a_cut_link_turns_stale_at_once_and_resubscribes_everything(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        channels = [set(client.channels) for client in venue.clients]
        venue.cut()
        eventually(lambda: not desk.is_live(PERPETUAL), within_s=1)
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        eventually(lambda: desk.total("reconnects") == 2)
        assert sorted(map(len, channels)) == sorted(len(c.channels) for c in venue.clients)


def test_a_silent_socket_is_cut_and_made_anew(venue: FakeDeribit) -> None:
    settings = replace(SETTINGS, silence_s=0.6, sockets=1)
    venue.handlers["public/test"] = lambda *_: NO_REPLY
    with Desk(venue, settings) as desk:
        eventually(lambda: desk.is_live(PERPETUAL))
        eventually(lambda: desk.total("reconnects") >= 1, within_s=3)


def test_a_new_listing_appears_and_an_expired_one_vanishes(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        new = "BTC-26MAR27-90000-C"
        venue.instruments = [listed(PERPETUAL), listed(PUT), listed(new)]
        state = {"timestamp": 1, "state": "open", "instrument_name": new}
        for _ in range(20):
            venue.push("instrument.state.any.any", state)
        eventually(lambda: desk.is_live(new))
        assert desk.board.instrument(CALL) is None
        assert desk.is_live(PERPETUAL, PUT)
        eventually(lambda: {"channels": _both(CALL)} in venue.asked("public/unsubscribe"))
        assert len(venue.asked("public/get_instruments")) == 2
        assert desk.total("gaps") == 0


def _both(name: str) -> list[str]:
    return [f"book.{name}.100ms", f"ticker.{name}.100ms"]


def test_inactive_contracts_combos_and_strange_coins_are_left_out(venue: FakeDeribit) -> None:
    venue.instruments += [
        listed("BTC-25DEC26-95000-C", is_active=False, state="archivized"),
        listed("BTC-FS-25DEC26_PERP", kind="future_combo"),
        listed("SOL_USDC-PERPETUAL", instrument_type="linear", settlement_currency="USDC"),
        listed("BTC_USDC-30OCT26-90000-C", instrument_type="linear"),
    ]
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        assert set(desk.board.catalog.by_name) == {PERPETUAL, CALL, PUT}


def test_channels_the_venue_does_not_know_leave_the_rest_alone(venue: FakeDeribit) -> None:
    def subscribe(client: Any, params: dict[str, Any]) -> list[str]:
        known = [one for one in params["channels"] if CALL not in one]
        return venue._subscribe(client, {"channels": known})

    venue.handlers["public/subscribe"] = subscribe
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, PUT))
        eventually(lambda: all(state.is_up for state in desk.market.states()))
        assert desk.board.is_stale(CALL)


def test_raw_books_are_asked_for_after_a_login(venue: FakeDeribit) -> None:
    key = Credentials("demo", Secret("demo"))
    with Desk(venue, replace(SETTINGS, book_interval="raw"), credentials=key) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        methods = [method for method, _ in venue.requests]
        assert methods.index("public/auth") < methods.index("public/subscribe")


def test_malformed_frames_do_no_harm(venue: FakeDeribit) -> None:
    with Desk(venue) as desk:
        eventually(lambda: desk.is_live(PERPETUAL, CALL, PUT))
        venue.say('{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.')
        venue.say('{"jsonrpc":"2.0","error":{"code":11050,"message":"bad_request"}}')
        venue.push(f"book.{CALL}.100ms", book(CALL, 101, 100, bids=[["new", 10.5, 3.0]]))
        eventually(lambda: desk.board.quote(CALL).bid == 10.5)
        assert desk.total("reconnects") == 0


def test_it_starts_and_stops_twice(venue: FakeDeribit) -> None:
    desk = Desk(venue)
    for _ in range(2):
        desk.market.start()
        desk.market.start()
        eventually(lambda: desk.is_live(PERPETUAL))
        assert desk.market.stop()
        assert desk.market.stop()


def test_nobody_at_the_address_is_said_in_words() -> None:
    board = Board(SystemClock())
    market = DeribitMarket("ws://127.0.0.1:9/ws/api/v2", SETTINGS, board, SystemClock())
    market.start()
    eventually(lambda: market.states()[0].status == "down: nobody listens at the venue's address")
    assert not market.states()[0].is_up
    assert market.stop()
