"""The ledger against a plain slow one: every sleeve and the total, whatever is traded."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.domain.fill import Fill
from core.domain.instrument import Instrument
from core.domain.position import Position
from core.trading.journal import Restored
from core.trading.ledger.ledger import Delivery, Ledger
from tests.core.trading.ledger.slow_ledger import Standing, Trade, replay
from tests.core.trading.market import INSTRUMENTS, PERP
from tests.core.trading.rig import MemoryJournal

NAMES = {one.name: one for one in INSTRUMENTS}
SLEEVES = ("manual", "hedger", "pair")
HAIR = Fraction(1, 10**13)
"""Relative; the venue prints 8 decimals."""
Step = tuple[str, str, int, Decimal, Decimal, int]
"""(sleeve, instrument, amount, price, fee, trade number)."""

steps = st.lists(
    st.tuples(
        st.sampled_from(SLEEVES),
        st.sampled_from(sorted(NAMES)),
        st.integers(-300, 300).filter(bool),
        st.integers(1, 2_000_000).map(lambda ticks: Decimal(ticks) / 20),
        st.decimals(0, 1, places=8),
        st.integers(1, 40),
    ),
    max_size=40,
)


def ledger_after(trades: list[Step]) -> tuple[Ledger, dict[tuple[str, str], list[Trade]]]:
    """The ledger, and for the slow one what each sleeve and the total ("") traded."""
    ledger = Ledger(NAMES.get, MemoryJournal(), Restored())
    told: defaultdict[tuple[str, str], list[Trade]] = defaultdict(list)
    seen: set[tuple[str, int]] = set()
    for sleeve, name, amount, price, fee, number in trades:
        size = Decimal(amount)
        fill = Fill(name, f"t-{number}", "o", "", size, price, fee, 1)
        assert ledger.take(fill, sleeve, 1) == ((name, number) not in seen)
        if (name, number) not in seen:
            seen.add((name, number))
            told["", name].append((size, price))
            told[sleeve, name].append((size, price))
    return ledger, told


@given(steps)
def test_every_sleeve_and_the_total_equal_the_slow_ledger(trades: list[Step]) -> None:
    ledger, told = ledger_after(trades)
    for (sleeve, name), own in told.items():
        right = replay(own, is_harmonic=name == PERP)
        position = _of(ledger, sleeve, name)
        amount = ledger.held(sleeve, name) if sleeve else ledger.total(name)
        assert Fraction(amount) == right.amount
        if position is not None:
            _check(position, right)


@given(steps)
def test_the_sleeves_sum_up_to_the_total_in_everything(trades: list[Step]) -> None:
    ledger, _ = ledger_after(trades)
    _check_sums(ledger)
    for listed in INSTRUMENTS:
        ledger.earn(listed.name, Decimal("0.00012345"))
    _check_sums(ledger)
    for listed in INSTRUMENTS:
        ledger.adopt(listed.name, Decimal(-77), Decimal(700), 2)
        ledger.restate(listed.name, Decimal(800))
    _check_sums(ledger)
    for listed in INSTRUMENTS:
        ledger.deliver(Delivery(listed.name, Decimal(900), Decimal("0.0001")), 3)
    assert not ledger.positions()
    assert not ledger.sleeves()
    _check_sums(ledger)


def _of(ledger: Ledger, sleeve: str, name: str) -> Position | None:
    held = [("", one) for one in ledger.positions()] if not sleeve else ledger.sleeves()
    return next((one for own, one in held if (own, one.instrument) == (sleeve, name)), None)


def _check(position: Position, right: Standing) -> None:
    assert _near(Fraction(position.average_price), right.average)
    assert _near(Fraction(position.realised), right.realised)


def _check_sums(ledger: Ledger) -> None:
    """Amounts, fees and funding exactly; profit at any mark as exactly as averages are kept."""
    for listed in INSTRUMENTS:
        held = sum(amount for _, amount in ledger.sleeves_in(listed.name))
        assert held == ledger.total(listed.name)
    for currency in {one.settlement for one in INSTRUMENTS}:
        parts = [one for one in ledger.results() if one.currency == currency]
        whole = ledger.earned(currency)
        assert sum(one.fees for one in parts) == whole.fees
        assert sum(one.funding for one in parts) == whole.funding
        ours = Fraction(whole.realised) + _open(ledger.positions(), currency)
        lots = [one for _, one in ledger.sleeves()]
        theirs = sum(Fraction(one.realised) for one in parts) + _open(lots, currency)
        assert _near(ours, theirs)


def _open(positions: list[Position] | tuple[Position, ...], currency: str) -> Fraction:
    """Open profit of contracts settled in `currency` at a mark of 1,000, in fractions."""
    total = Fraction(0)
    for one in positions:
        listed = NAMES[one.instrument]
        if listed.settlement == currency:
            total += _profit(listed, Fraction(one.amount), Fraction(one.average_price))
    return total


def _profit(listed: Instrument, amount: Fraction, average: Fraction) -> Fraction:
    if listed.name == PERP:
        return amount * (1 / average - Fraction(1, 1_000))
    return amount * (1_000 - average)


def _near(ours: Fraction, right: Fraction) -> bool:
    return abs(ours - right) <= HAIR * (1 + abs(right))
