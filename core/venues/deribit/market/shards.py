"""Which connection carries which instrument, and the channels an instrument needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain.instrument import Instrument, Kind

STATE_CHANNEL: Final = "instrument.state.any.any"
VOLATILITY_INDICES: Final = frozenset({"btc_usd", "eth_usd"})
"""Price indices beside which the venue publishes a volatility index."""
MOST_CONNECTIONS: Final = 24
"""Of the 32 the venue allows an address: the trading link and the HTTP requests of this and
another desk need some. Logins by connection are not counted against the 16 sessions of a key
(docs.deribit.com/articles/connection-management-best-practices)."""
MOST_INSTRUMENTS: Final = 1_000
"""On one connection. The venue publishes no number; it cuts a reader that is too slow, and one
burst of so many books is still read in a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one connection should carry."""

    names: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    has_states: bool = False
    """It also hears which instruments open and close."""

    def channels(self, interval: str) -> list[str]:
        """In the order they are asked for."""
        found = [STATE_CHANNEL] if self.has_states else []
        found += [f"deribit_price_index.{one}" for one in self.indices]
        if self.has_states:
            with_vol = (one for one in self.indices if one in VOLATILITY_INDICES)
            found += [f"deribit_volatility_index.{one}" for one in with_vol]
        for name in self.names:
            found += [f"ticker.{name}.{_ticker_interval(interval)}", book_channel(name, interval)]
        return found


def book_channel(name: str, interval: str) -> str:
    """The incremental book of one instrument."""
    return f"book.{name}.{interval}"


def _ticker_interval(interval: str) -> str:
    """Tickers stay at 100ms beside raw books: greeks and marks are no faster for being raw."""
    return "100ms" if interval == "raw" else interval


def connections(instruments: int, wish: int) -> int:
    """How many connections so many instruments need; at least the wish, within the limits."""
    return min(MOST_CONNECTIONS, max(wish, -(-instruments // MOST_INSTRUMENTS)))


def plans(
    instruments: Iterable[Instrument], sockets: int, carried: Mapping[str, int]
) -> tuple[Plan, ...]:
    """One plan per connection; `carried` names stay where they are, new ones go to the emptiest.

    Futures come first, then options by expiry. Every connection also gets a price index, one
    message a second, so that its silence always means something.
    """
    ordered = sorted(instruments, key=_display_order)
    placed = _placed([one.name for one in ordered], sockets, carried)
    indices = tuple(sorted({one.index for one in ordered}))
    return tuple(_plan(number, ordered, placed, indices) for number in range(sockets))


def _plan(
    number: int,
    ordered: Sequence[Instrument],
    placed: Mapping[str, int],
    indices: tuple[str, ...],
) -> Plan:
    names = tuple(one.name for one in ordered if placed[one.name] == number)
    is_first = number == 0
    return Plan(names, indices if is_first else indices[:1], is_first)


def _placed(names: Sequence[str], sockets: int, carried: Mapping[str, int]) -> dict[str, int]:
    placed: dict[str, int] = {}
    load: Counter[int] = Counter()
    for name in names:
        number = carried.get(name, sockets)
        if number < sockets and load[number] < MOST_INSTRUMENTS:
            placed[name] = number
            load[number] += 1
    for name in names:
        if name not in placed:
            placed[name] = min(range(sockets), key=lambda number: (load[number], number))
            load[placed[name]] += 1
    return placed


def _display_order(instrument: Instrument) -> tuple[bool, int, str]:
    is_option = instrument.kind is Kind.OPTION
    return is_option, instrument.expiry_ns or 0, instrument.name
