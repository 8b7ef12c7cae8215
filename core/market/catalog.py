"""What is listed now: an immutable index of instruments by name, chain and expiry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

from core.domain.instrument import Instrument, Kind


@dataclass(frozen=True, slots=True)
class StrikePair:
    """The call and the put of one strike; None where one is not listed."""

    strike: float
    call: Instrument | None
    put: Instrument | None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every listed instrument. Replaced whole when the venue lists or expires something."""

    by_name: MappingProxyType[str, Instrument] = field(default_factory=lambda: MappingProxyType({}))
    chains: tuple[str, ...] = ()
    """Option chains in display order: BTC, ETH, BTC_USDC, ..."""
    expiries: MappingProxyType[str, tuple[int, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Chain to expiries with options, ascending, nanoseconds."""
    strikes: MappingProxyType[tuple[str, int], tuple[StrikePair, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """(chain, expiry) to strikes, ascending."""
    futures: tuple[Instrument, ...] = ()
    """Perpetuals and dated futures, perpetual first within a chain, then by expiry."""

    def get(self, name: str) -> Instrument | None:
        """The instrument called `name`, or None when it is not listed."""
        return self.by_name.get(name)

    def future_at(self, chain: str, expiry_ns: int) -> Instrument | None:
        """The dated future of `chain` that expires at `expiry_ns`, if one is listed."""
        for future in self.futures:
            if future.chain == chain and future.expiry_ns == expiry_ns:
                return future
        return None

    def perpetual_of(self, chain: str) -> Instrument | None:
        """The perpetual of `chain`, if one is listed."""
        return self.by_name.get(f"{chain}-PERPETUAL")


def catalog_of(instruments: Iterable[Instrument]) -> Catalog:
    """The index of the active ones among `instruments`."""
    active = [one for one in instruments if one.is_active]
    options = [one for one in active if one.kind is Kind.OPTION]
    futures = sorted(
        (one for one in active if one.kind is not Kind.OPTION),
        key=lambda one: (_rank(one.chain), one.chain, one.expiry_ns or 0),
    )
    strikes = _strikes(options)
    expiries: defaultdict[str, list[int]] = defaultdict(list)
    for chain, expiry_ns in sorted(strikes):
        expiries[chain].append(expiry_ns)
    chains = sorted(expiries, key=lambda chain: (_rank(chain), chain))
    return Catalog(
        MappingProxyType({one.name: one for one in active}),
        tuple(chains),
        MappingProxyType({chain: tuple(expiries[chain]) for chain in chains}),
        MappingProxyType(strikes),
        tuple(futures),
    )


def _strikes(options: list[Instrument]) -> dict[tuple[str, int], tuple[StrikePair, ...]]:
    found: defaultdict[tuple[str, int], dict[float, list[Instrument | None]]] = defaultdict(dict)
    for option in options:
        if option.expiry_ns is None or option.strike is None:
            continue
        pair = found[option.chain, option.expiry_ns].setdefault(option.strike, [None, None])
        pair[0 if option.is_call else 1] = option
    return {
        key: tuple(StrikePair(strike, *by_strike[strike]) for strike in sorted(by_strike))
        for key, by_strike in found.items()
    }


def _rank(chain: str) -> int:
    order = ("BTC", "ETH", "BTC_USDC", "ETH_USDC")
    return order.index(chain) if chain in order else len(order)
