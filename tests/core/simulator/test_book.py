"""The book against a plain slow one: price, then time, with icebergs and the makers' quotes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from core.simulator.markets.book import ASK, BID, Book, reaches, visible

Step = tuple[str, int, int, int]
Taken = list[tuple[int, int, object]]
"""(tick, units, who) of each execution, neighbours of one party joined."""
BIDS, ASKS = range(1, 9), range(11, 19)


@dataclass(eq=False)
class Ticket:
    """A client's order."""

    tick: int
    left: int
    display: int = 0
    ahead: int = 0
    shown: int = 0


@dataclass(eq=False)
class Place:
    """One party's place in the plain book's queue; `who` is None for the makers."""

    who: Ticket | None
    shown: int
    hidden: int = 0
    display: int = 0


@dataclass
class PlainBook:
    """Every price is a list of places; nothing is clever."""

    levels: dict[tuple[int, int], list[Place]] = field(default_factory=dict)

    def add(self, side: int, ticket: Ticket) -> None:
        """To the back of the queue."""
        shown = min(ticket.display or ticket.left, ticket.left)
        place = Place(ticket, shown, ticket.left - shown, ticket.display)
        self.levels.setdefault((side, ticket.tick), []).append(place)

    def remove(self, side: int, ticket: Ticket) -> None:
        """Out of the queue."""
        queue = self.levels[side, ticket.tick]
        queue[:] = [place for place in queue if place.who is not ticket]

    def quote(self, side: int, house: dict[int, int]) -> None:
        """Less takes the youngest of the makers' units away, more goes to the back."""
        for tick in sorted({t for s, t in self.levels if s == side} | set(house)):
            queue = self.levels.setdefault((side, tick), [])
            kept = house.get(tick, 0)
            for place in queue:
                if place.who is None:
                    place.shown = min(place.shown, kept)
                    kept -= place.shown
            queue.append(Place(None, kept))

    def take(self, side: int, units: int, limit: int) -> Taken:
        """Best price first, then first come; an iceberg's next part comes last."""
        taken: Taken = []
        ticks = sorted((t for s, t in self.levels if s == side), reverse=side == BID)
        for tick in ticks:
            queue = self.levels[side, tick]
            while queue and units and reaches(side, tick, limit):
                place = queue[0]
                part = min(units, place.shown)
                units, place.shown = units - part, place.shown - part
                join(taken, tick, part, place.who)
                if place.shown == 0:
                    queue.pop(0)
                    if place.hidden:
                        place.shown = min(place.display, place.hidden)
                        place.hidden -= place.shown
                        queue.append(place)
        return taken

    def left(self, side: int, ticket: Ticket) -> int:
        """Of one order."""
        places = [p for p in self.levels.get((side, ticket.tick), []) if p.who is ticket]
        return sum(place.shown + place.hidden for place in places)

    def shown(self, side: int) -> dict[int, int]:
        """{tick: units} that everybody sees."""
        sums = {t: sum(p.shown for p in q) for (s, t), q in self.levels.items() if s == side}
        return {tick: units for tick, units in sums.items() if units}


def join(taken: Taken, tick: int, units: int, who: object) -> None:
    """Add an execution, to the last one when it is the same party."""
    if not units:
        return
    if taken and taken[-1][0] == tick and taken[-1][2] is who:
        units += taken.pop()[1]
    taken.append((tick, units, who))


def take_all(book: Book, side: int, units: int, limit: int) -> Taken:
    """What a taker gets from the real book."""
    taken: Taken = []
    while (hit := book.take(side, units, limit)) is not None:
        units -= hit.units
        join(taken, hit.tick, hit.units, hit.resting)
    return taken


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "iceberg", "cancel", "take", "take", "quote"]),
        st.sampled_from([BID, ASK]),
        st.integers(0, 7),
        st.integers(1, 40),
    ),
    max_size=60,
)


class Both:
    """The real book and the plain one, led through the same steps."""

    def __init__(self) -> None:
        self.book, self.plain = Book(), PlainBook()
        self.tickets: list[tuple[int, Ticket]] = []

    def step(self, what: str, side: int, where: int, size: int) -> None:
        """One step on both."""
        tick = (BIDS if side == BID else ASKS)[where]
        if what in ("add", "iceberg"):
            display = max(1, size // 4) if what == "iceberg" else 0
            ticket = Ticket(tick, size, display)
            self.tickets.append((side, ticket))
            self.plain.add(side, ticket)
            self.book.add(side, ticket)
        elif what == "cancel" and self.tickets:
            side, ticket = self.tickets.pop(size % len(self.tickets))
            self.plain.remove(side, ticket)
            self.book.remove(side, ticket)
        elif what == "quote":
            self._quote(where, size)
        elif what == "take":
            assert take_all(self.book, side, size, tick) == self.plain.take(side, size, tick)
        self.tickets = [(s, t) for s, t in self.tickets if t.left]

    def _quote(self, where: int, size: int) -> None:
        bids = {tick: 1 + (size * tick) % 17 for tick in reversed(BIDS) if (tick + where) % 3}
        asks = {tick: 1 + (size * tick) % 13 for tick in ASKS if (tick + where) % 3}
        self.book.requote((bids, asks))
        for side in (BID, ASK):
            self.plain.quote(side, dict(self.book.house[side]))

    def check(self) -> None:
        """Both say the same of everything that can be asked."""
        for side in (BID, ASK):
            levels = self.book.levels(side)
            assert levels == self.plain.shown(side)
            assert list(levels) == sorted(levels, reverse=side == BID)
            assert self.book.best(side) == next(iter(levels), None)
        for side, ticket in self.tickets:
            assert ticket.left == self.plain.left(side, ticket)
            assert self.book.holds(side, ticket)
            assert 0 < visible(ticket) <= (ticket.display or ticket.left)
            assert 0 <= ticket.ahead <= self.book.house[side].get(ticket.tick, 0)


@settings(max_examples=300, deadline=None)
@given(steps)
def test_the_book_fills_as_a_plain_one_does(sequence: list[Step]) -> None:
    both = Both()
    for step in sequence:
        both.step(*step)
        both.check()


@settings(max_examples=200, deadline=None)
@given(steps, st.integers(0, 100))
def test_what_stands_in_front_is_what_must_be_taken_first(sequence: list[Step], which: int) -> None:
    both = Both()
    for step in sequence:
        both.step(*step)
    if not both.tickets:
        return
    side, ticket = both.tickets[which % len(both.tickets)]
    before = both.book.in_front(side, ticket)
    taken = take_all(both.book, side, before + 1, 0 if side == BID else 99)
    assert taken[-1][2] is ticket
    assert sum(units for _, units, who in taken if who is not ticket) == before


@settings(max_examples=100, deadline=None)
@given(steps)
def test_everything_available_can_be_taken(sequence: list[Step]) -> None:
    both = Both()
    for step in sequence:
        both.step(*step)
    there = both.book.available(ASK, 15)
    taken = take_all(both.book, ASK, 10**9, 15)
    assert sum(units for _, units, _ in taken) == there
    assert [tick for tick, _, _ in taken] == sorted(tick for tick, _, _ in taken)
