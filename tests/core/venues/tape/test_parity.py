"""A recorded live market, gaps and reconnects included, replays bit for bit: books, tickers,
the priced surface and the pair's signal, at the same points of the same frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.clock import ManualClock, SystemClock
from core.domain.instrument import Instrument
from core.market.board import Board
from core.market.platform import Access
from core.pricing.chain_pricing import ExpiryKey, price_market
from core.pricing.rows import option_rows
from core.pricing.service import Pricer
from core.quant.surface.fitted_slice import FittedSlice
from core.settings import PairSettings, PricingSettings, TapeSettings, VenueSettings
from core.strategies.pair.trader import KalmanPair
from core.trading.strategy import Context
from core.venues.deribit.market_link import DeribitMarket
from core.venues.tape.inspection import inspected
from core.venues.tape.lines import Batch
from core.venues.tape.player import Player
from core.venues.tape.reader import chunks
from core.venues.tape.recorder import Recorder, is_public
from tests.core.strategies.market import FakeHoldings
from tests.core.venues.simulator_child import Simulator, running_simulator
from tests.core.venues.tape.playing import digest
from tests.eventually import eventually

VENUE = VenueSettings(
    currencies=("ETH",),
    book_interval="100ms",
    linear_perpetuals=("BTC", "ETH"),
    linear_options=(),
    sockets=2,
)
PAIR = PairSettings(bar_s=0.1, warmup_bars=4, window=8, smooth=4)
TAPE = TapeSettings(state_minutes=0.02, flush_s=0.1)


class Moments:
    """What can be seen of a board at given times: the books, the surface, the signal."""

    def __init__(self, board: Board, clock: ManualClock) -> None:
        self._board, self._clock = board, clock
        self._fits: Mapping[ExpiryKey, FittedSlice] = {}
        self._pair = KalmanPair(PAIR)

    def see(self, now_ns: int) -> tuple[str, str, str]:
        """(books and tickers, surface, signal) at `now_ns`."""
        self._clock.set_ns(now_ns)
        return digest(self._board), self._surface(), self._signal()

    def _surface(self) -> str:
        rows, now_ns = option_rows(self._board.catalog), self._clock.now_ns()
        priced = price_market(self._board, rows, now_ns, self._fits)
        self._fits, view = priced.fits, priced.view
        grids = {chain: grid.iv.tobytes().hex() for chain, grid in view.surfaces.items()}
        return repr((view.at_ns, dict(view.options), dict(view.smiles), grids))

    def _signal(self) -> str:
        self._pair.on_time(Context(self._clock.now_ns(), self._board, FakeHoldings()))
        return repr(self._pair.view)


@dataclass(frozen=True)
class Moment:
    """A point of the recording: just before the next batch of every link."""

    now_ns: int
    next: frozenset[tuple[str, int]]
    """(link, receive time) of those batches."""
    seen: tuple[str, str, str]


class Holding:
    """A tap that can hold every link just before its next batch is taped and applied."""

    def __init__(self, recorder: Recorder, links: int) -> None:
        self._recorder = recorder
        self._links = links
        self._is_wanted = False
        self._round = 0
        self._held: dict[str, int] = {}
        self._condition = threading.Condition()

    def received(self, link: str, payloads: Sequence[bytes], at_ns: int) -> None:
        if self._is_wanted and any(map(is_public, payloads)):
            with self._condition:
                self._held[link] = at_ns
                self._condition.notify_all()
                here = self._round
                self._condition.wait_for(lambda: self._round != here, 10)
        self._recorder.received(link, payloads, at_ns)

    def dropped(self, link: str, at_ns: int) -> None:
        self._recorder.dropped(link, at_ns)

    def listed(
        self,
        link: str,
        instruments: Sequence[Instrument],
        shares: Mapping[str, Sequence[str]],
        at_ns: int,
    ) -> None:
        self._recorder.listed(link, instruments, shares, at_ns)

    @contextmanager
    def held(self) -> Iterator[dict[str, int]]:
        """While the block runs no link writes the board; gives each link's next receive time."""
        with self._condition:
            self._held.clear()
            self._is_wanted = True
            assert self._condition.wait_for(lambda: len(self._held) == self._links, 10)
            yield dict(self._held)
            self._is_wanted = False
            self._round += 1
            self._condition.notify_all()


class Live:
    """A market link to the simulator that is recorded and looked at."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        # The board's clock is told the time of each moment: ages are then the tape's own.
        self.clock = ManualClock()
        self.board = Board(self.clock)
        self.recorder = Recorder(folder, TAPE, self.board, SystemClock())
        self.tap = Holding(self.recorder, VENUE.sockets)
        url = simulator.at.socket_url
        self.link = DeribitMarket(url, VENUE, self.board, SystemClock(), None, self.tap)
        self.moments: list[Moment] = []
        self._looks = Moments(self.board, self.clock)

    def total(self, what: str) -> int:
        return sum(getattr(state, what) for state in self.link.states())

    def wait_live(self) -> None:
        eventually(self._is_live, within_s=30, every_s=0.05)

    def _is_live(self) -> bool:
        names = list(self.board.catalog.by_name)
        self.clock.set_ns(SystemClock().now_ns())
        return bool(names) and not any(self.board.is_stale(name) for name in names)

    def look(self, times: int) -> None:
        """Hold the links and see, `times` times."""
        for _ in range(times):
            with self.tap.held() as held:
                now_ns = max(held.values())
                seen = self._looks.see(now_ns)
                self.moments.append(Moment(now_ns, frozenset(held.items()), seen))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Live]:
    """Some seconds of a market with lost frames and a cut connection."""
    folder = tmp_path_factory.mktemp("tape")
    with running_simulator() as simulator:
        live = Live(simulator, folder)
        live.recorder.start()
        live.link.start()
        live.wait_live()
        live.look(3)
        simulator.fault("gap", count=5)
        live.look(2)
        eventually(lambda: live.total("resyncs") >= 1, 30)
        live.look(2)
        simulator.fault("cut")
        eventually(lambda: live.total("reconnects") >= 2, 30)
        live.wait_live()
        live.look(3)
        assert live.link.stop()
        assert live.recorder.stop()
    return folder, live


def replayed(folder: Path, moments: Sequence[Moment]) -> tuple[list[tuple[str, str, str]], Player]:
    """What is seen at the same points of a replay."""
    clock = ManualClock()
    board = Board(clock)
    player, looks = Player(board, clock), Moments(board, clock)
    waiting, seen = list(moments), []
    for chunk in chunks(folder):
        for at_ns, record in player.steps(chunk):
            if waiting and isinstance(record, Batch) and (record.link, at_ns) in waiting[0].next:
                seen.append(looks.see(waiting.pop(0).now_ns))
            assert at_ns is not None
            player.pass_to(at_ns)
            player.take(record)
    return [*seen, (digest(board), repr(board.platform), "")], player


def test_books_surface_and_signal_are_those_seen_live(recorded: tuple[Path, Live]) -> None:
    folder, live = recorded
    seen, player = replayed(folder, live.moments)
    assert len(seen) == len(live.moments) + 1 == 11
    for number, (ours, moment) in enumerate(zip(seen, live.moments, strict=False)):
        assert ours[0] == moment.seen[0], f"books at moment {number}"
        assert ours[1] == moment.seen[1], f"surface at moment {number}"
        assert ours[2] == moment.seen[2], f"signal at moment {number}"
    assert seen[-1] == (digest(live.board), repr(live.board.platform), "")
    assert live.board.platform.access is Access.OPEN
    assert len({one[0] for one in seen}) == len(seen), "the market stood still"
    assert live.recorder.frames == player.messages
    assert (player.gaps, player.different) == (live.total("gaps"), 0)


def test_the_moments_say_something(recorded: tuple[Path, Live]) -> None:
    _, live = recorded
    last = live.moments[-1].seen
    assert "mid_iv=0." in last[1]
    assert "bars=" in last[2]
    assert live.moments[0].seen[2] != last[2]


def test_two_replays_are_one(recorded: tuple[Path, Live]) -> None:
    folder, live = recorded
    assert replayed(folder, live.moments)[0] == replayed(folder, live.moments)[0]


def priced(folder: Path, is_asked_often: bool) -> list[str]:
    """The venue's time and the market priced at it, at every 10th step of a replay."""
    clock = ManualClock()
    board = Board(clock)
    player, pricing = Player(board, clock), Pricer(board, clock, PricingSettings())
    found = []
    steps = (step for chunk in chunks(folder) for step in player.steps(chunk))
    for number, (at_ns, record) in enumerate(steps):
        player.pass_to(at_ns or 0)
        player.take(record)
        if number % 10 == 0:
            turn = pricing.turn()
            view = replace(turn, took_ms=0.0, options=dict(turn.options))
            found.append(repr((board.venue_now_ns(), view)))
        elif is_asked_often:
            board.venue_now_ns()
    return found


def test_pricing_at_the_venues_time_does_not_depend_on_who_asked_before(
    recorded: tuple[Path, Live],
) -> None:
    folder, _ = recorded
    often, seldom = priced(folder, is_asked_often=True), priced(folder, is_asked_often=False)
    assert len(often) > 5
    assert often == seldom


def test_every_full_state_on_the_tape_is_the_replays_own(recorded: tuple[Path, Live]) -> None:
    folder, live = recorded
    (contents,) = inspected(folder)
    assert contents.states >= 2 * len(live.board.catalog.by_name)
    assert contents.different == 0
    assert contents.drops >= 2
    assert contents.gaps == live.total("gaps") >= 1
    assert contents.lost == 0
