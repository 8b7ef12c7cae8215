"""Which instruments exist at a time: perpetuals, dated futures, and chains around the forward."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from core.simulator.world.listing.calendar import (
    DAY_MS,
    FOREVER_MS,
    Expiry,
    expiries,
    listed_since_ms,
)
from core.simulator.world.listing.chains import Chain, chain_strikes
from core.simulator.world.listing.combos import Part, combo, standard_combos
from core.simulator.world.listing.instruments import Instrument, OptionType
from core.simulator.world.listing.terms import INVERSE_PERPETUAL, SPOT, terms_of
from core.simulator.world.size import DEFAULT, MarketSize

Forward = Callable[[str, int], float]
"""(index name, expiry in ms) -> forward in USD."""
Vol = Callable[[str, int], float]
"""(coin, expiry in ms) -> at-the-money total volatility, that is vol * sqrt(tau)."""


class Lister:
    """Makes instruments; ids are handed out in order and never again."""

    def __init__(self, next_id: int = 210_838, size: MarketSize = DEFAULT) -> None:
        self.next_id = next_id
        self._size = size

    def perpetuals(self, now_ms: int) -> Iterator[Instrument]:
        """The two inverse perpetuals and one linear per coin, listed long ago."""
        for coin in INVERSE_PERPETUAL:
            yield self._perpetual(f"{coin}-PERPETUAL", coin, coin, now_ms)
        for one in self._size.coins:
            yield self._perpetual(f"{one.name}_USDC-PERPETUAL", one.name, "USDC", now_ms)

    def spots(self, now_ms: int, known: Container[str] = ()) -> Iterator[Instrument]:
        """The pairs of which the exchange has both currencies, listed long ago."""
        for (base, quote), terms in SPOT.items():
            name = f"{base}_{quote}"
            if name not in known:
                yield Instrument(
                    name, self._id(), "spot", base, quote, name.lower(), FOREVER_MS, "perpetual",
                    now_ms - 900 * DAY_MS, terms,
                )  # fmt: skip

    def combos(
        self, now_ms: int, listed: Iterable[Instrument], known: Container[str] = ()
    ) -> Iterator[Instrument]:
        """The standard combos of what is listed that are not `known`."""
        for name, legs in standard_combos(listed):
            if name not in known:
                yield combo(name, legs, self._id(), now_ms)

    def combo(self, name: str, legs: Sequence[Part], now_ms: int) -> Instrument:
        """One combo that was asked for."""
        return combo(name, legs, self._id(), now_ms)

    def dated(
        self, now_ms: int, forward: Forward, total_vol: Vol, known: Container[str] = (),
        is_opening: bool = False,
    ) -> Iterator[Instrument]:  # fmt: skip
        """Every dated future and option the calendar wants at `now_ms` that is not `known`.

        At an opening they are as old as their expiries, else they are new.
        """
        for chain in self._size.chains:
            for nth, expiry in enumerate(expiries(now_ms, chain.depth)):
                created_ms = listed_since_ms(expiry, now_ms, chain.depth) if is_opening else now_ms
                if _has_future(chain, expiry, nth):
                    yield from self._future(chain, expiry, created_ms, known)
                middle = forward(chain.index_name, expiry.at_ms)
                strikes = chain_strikes(middle, total_vol(chain.coin, expiry.at_ms), chain.reach)
                nearest = sorted(strikes, key=lambda k, f=middle: abs(k - f))  # type: ignore[misc]
                for strike in sorted(nearest[: chain.most_strikes]):
                    yield from self._options(chain, expiry, strike, created_ms, known)

    def _options(
        self, chain: Chain, expiry: Expiry, strike: float, created_ms: int, known: Container[str]
    ) -> Iterator[Instrument]:
        types: tuple[tuple[str, OptionType], ...] = (("C", "call"), ("P", "put"))
        terms = terms_of(chain.coin, "option", chain.settlement, expiry.period)
        for letter, option_type in types:
            name = f"{chain.name}-{expiry.code}-{_digits(strike)}-{letter}"
            if name not in known:
                yield Instrument(
                    name, self._id(), "option", chain.coin, chain.settlement, chain.index_name,
                    expiry.at_ms, expiry.period, created_ms, terms, strike, option_type,
                )  # fmt: skip

    def _future(
        self, chain: Chain, expiry: Expiry, created_ms: int, known: Container[str]
    ) -> Iterator[Instrument]:
        name = f"{chain.name}-{expiry.code}"
        if name not in known:
            terms = terms_of(chain.coin, "future", chain.settlement, expiry.period)
            yield Instrument(
                name, self._id(), "future", chain.coin, chain.settlement, chain.index_name,
                expiry.at_ms, expiry.period, created_ms, terms,
            )  # fmt: skip

    def _perpetual(self, name: str, coin: str, settlement: str, now_ms: int) -> Instrument:
        index = f"{coin.lower()}_{'usdc' if settlement == 'USDC' else 'usd'}"
        return Instrument(
            name, self._id(), "future", coin, settlement, index, FOREVER_MS, "perpetual",
            now_ms - 900 * DAY_MS, terms_of(coin, "future", settlement, "perpetual"),
        )  # fmt: skip

    def _id(self) -> int:
        self.next_id += 1
        return self.next_id


def _has_future(chain: Chain, expiry: Expiry, nth: int) -> bool:
    return chain.has_futures and (expiry.period != "day" or nth < chain.future_dailies)


def _digits(strike: float) -> str:
    """A strike as in names: `d` is the decimal point."""
    return f"{strike:.8f}".rstrip("0").rstrip(".").replace(".", "d")
