"""The trading floor: every listed market, the boards that quote them, and time moving them on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import numpy as np

from core.quant.types import FloatArray, IndexArray
from core.simulator.markets.bars import (
    HOUR_MS,
    PAST_HOURS,
    PAST_MINUTES,
    SAMPLES_A_MINUTE,
    SAMPLES_AN_HOUR,
    Bars,
    hour_ticks,
    minute_ticks,
    past_bars,
)
from core.simulator.markets.interest import Interest, NoInterest
from core.simulator.markets.market import Board, Market, Markets
from core.simulator.markets.past import Past
from core.simulator.markets.tape import Tape
from core.simulator.world.listing.calendar import last_settlement_ms
from core.simulator.world.listing.combos import Part
from core.simulator.world.listing.instruments import Instrument
from core.simulator.world.listing.lister import Forward, Lister, Vol
from core.simulator.world.makers.combos import ComboBoard, LegPlace
from core.simulator.world.makers.futures import FutureBoard
from core.simulator.world.makers.options import SIZES, OptionBoard
from core.simulator.world.makers.spots import SpotBoard
from core.simulator.world.prices.carry import funding_cap, funding_rate, years
from core.simulator.world.prices.coins import NAMES
from core.simulator.world.prices.delivery import DeliveryAverage
from core.simulator.world.prices.model import World

TURNOVER_USD = {"BTC": 900_000.0, "ETH": 600_000.0}
OTHER_TURNOVER_USD = 40_000.0
QUIET_TURNOVER_USD = 3_000.0
"""A minute's, of a coin that only the full market has."""
THIN_SIDE = 8
"""Strikes on one side of the forward below which a chain is extended."""
INTEREST_SIZES = 20.0
"""Open interest of a typical option, in its typical sizes at the best price."""
SAMPLE_S = 60.0 / SAMPLES_A_MINUTE


class Floor:
    """Boards and markets, kept in step. The exchange's loop is the only caller."""

    def __init__(self, world: World, lister: Lister | None = None) -> None:
        self.world = world
        self.lister = lister or Lister(size=world.size)
        self.markets = Markets()
        self.past = Past(world)
        self.delivery = DeliveryAverage()
        self.options = OptionBoard([], world)
        self.futures = FutureBoard([], world)
        self.spots = SpotBoard([], world)
        self.combos = ComboBoard([], [])
        self._option_markets: list[Market] = []
        self._future_markets: list[Market] = []
        self._spot_markets: list[Market] = []
        self._combo_markets: list[Market] = []

    def open_first(self, now_ms: int) -> None:
        """List everything the calendar wants and make up a past that ends now."""
        forward, total_vol = self.forward_at(now_ms), self.total_vol_at(now_ms)
        wanted = self.lister.dated(now_ms, forward, total_vol, is_opening=True)
        endless = self.lister.perpetuals(now_ms)
        contracts = [*endless, *wanted]
        spots, combos = self.lister.spots(now_ms), self.lister.combos(now_ms, contracts)
        self.list_new([*contracts, *spots, *combos], now_ms)
        self.draw_past(now_ms)
        settled_ms = last_settlement_ms(now_ms)
        for market in self.markets:
            if market.instrument.creation_ms < settled_ms:
                market.settlement_mark = market.mark
        self.accrue_funding(0.0)

    def list_new(self, instruments: list[Instrument], now_ms: int) -> list[Market]:
        """Open markets for new instruments and rebuild the boards."""
        opened = [self.admit(it) for it in instruments]
        self.rebuild(now_ms)
        return opened

    def list_missing(self, now_ms: int) -> list[Market]:
        """Open what the calendar wants and is not listed yet; chains only where spot ran away."""
        spans = self._spans(now_ms)
        wanted = self.lister.dated(
            now_ms, self.forward_at(now_ms), self.total_vol_at(now_ms), self.markets
        )
        fresh = [it for it in wanted if _is_wanted(it, spans.get((it.chain, it.expiry_ms)))]
        fresh += self.lister.spots(now_ms, self.markets)
        fresh += self._missing_combos(fresh, now_ms)
        return self.list_new(fresh, now_ms) if fresh else []

    def list_combo(self, name: str, legs: Sequence[Part], now_ms: int) -> Market:
        """Open a combo somebody asked for; the other boards stay as they are."""
        market = self.admit(self.lister.combo(name, legs, now_ms))
        self._rebuild_combos(now_ms)
        return market

    def _missing_combos(self, fresh: list[Instrument], now_ms: int) -> list[Instrument]:
        """Spreads of futures as soon as they are there, of options once for each expiry."""
        listed = [*(market.instrument for market in self.markets), *fresh]
        done = {(it.base, it.expiry_ms) for it in listed if it.kind == "option_combo"}
        wanted = self.lister.combos(now_ms, listed, self.markets)
        return [
            it for it in wanted
            if it.kind == "future_combo" or (it.base, it.expiry_ms) not in done
        ]  # fmt: skip

    def _spans(self, now_ms: int) -> dict[tuple[str, int], tuple[float, float]]:
        """What each listed chain covers; an edge that became thin counts as open."""
        index_of = {chain.name: chain.index_name for chain in self.world.size.chains}
        strikes: defaultdict[tuple[str, int], set[float]] = defaultdict(set)
        for market in self._option_markets:
            it = market.instrument
            strikes[it.chain, it.expiry_ms].add(it.strike)
        spans = {}
        forward_at = self.forward_at(now_ms)
        for (chain, expiry_ms), listed in strikes.items():
            forward = forward_at(index_of[chain], expiry_ms)
            below = sum(strike < forward for strike in listed)
            low = min(listed) if below < THIN_SIDE else 0.0
            high = max(listed) if len(listed) - below < THIN_SIDE else np.inf
            spans[chain, expiry_ms] = (low, high)
        return spans

    def future_at(self, row: int) -> Market:
        """The market on a row of the futures board."""
        return self._future_markets[row]

    def spot_at(self, row: int) -> Market:
        """The market on a row of the spot board."""
        return self._spot_markets[row]

    def option_at(self, row: int) -> Market:
        """The market on a row of the options board."""
        return self._option_markets[row]

    def rebuild(self, now_ms: int) -> None:
        """Make boards for what is listed now; everything is repriced."""
        options = [m for m in self.markets if m.instrument.kind == "option"]
        futures = [m for m in self.markets if m.instrument.kind == "future"]
        spots = [m for m in self.markets if m.instrument.is_spot]
        names = {m.name for m in futures}
        self.options = OptionBoard(
            [m.instrument for m in options], self.world, names, self.delivery
        )
        self.futures = FutureBoard([m.instrument for m in futures], self.world)
        self.spots = SpotBoard([m.instrument for m in spots], self.world)
        boards: tuple[tuple[Board, list[Market]], ...] = (
            (self.options, options), (self.futures, futures), (self.spots, spots),
        )  # fmt: skip
        for board, markets in boards:
            for row, market in enumerate(markets):
                market.place_on(board, row)
        self._option_markets, self._future_markets = options, futures
        self._spot_markets = spots
        self.options.reprice(np.arange(len(options)), now_ms)
        self.futures.reprice(now_ms)
        self.spots.reprice(now_ms)
        self._rebuild_combos(now_ms)

    def _rebuild_combos(self, now_ms: int) -> None:
        """A board for the combos, which are quoted off the other boards."""
        combos = [m for m in self.markets if m.instrument.legs]
        for market in combos:
            market.legs = tuple((self._leg(name), sign) for name, sign in market.instrument.legs)
        places = [tuple(_place(leg, sign) for leg, sign in m.legs) for m in combos]
        self.combos, self._combo_markets = (
            ComboBoard([m.instrument for m in combos], places),
            combos,
        )
        for row, market in enumerate(combos):
            market.place_on(self.combos, row)
        self.combos.reprice(np.arange(len(combos)), now_ms)

    def _leg(self, name: str) -> Market:
        """A leg is listed as long as its combo."""
        leg = self.markets.find(name)
        if leg is None:
            raise ValueError(f"{name} is the leg of a combo and not listed")
        return leg

    def reprice(self, now_ms: int, slot: int, slots: int) -> tuple[list[Market], list[Market]]:
        """Reprice futures, spot, and every `slots`-th option and combo from `slot` on.

        Returns (every market repriced, those of them whose quotes changed).
        """
        rows = np.arange(slot % slots, len(self.options), slots)
        changed_options = self.options.reprice(rows, now_ms)
        changed_futures = self.futures.reprice(now_ms)
        changed_spots = self.spots.reprice(now_ms)
        combo_rows = np.arange(slot % slots, len(self.combos), slots)
        changed_combos = self.combos.reprice(combo_rows, now_ms)
        repriced = self._markets(self._option_markets, rows) + self._future_markets
        repriced += self._spot_markets + self._markets(self._combo_markets, combo_rows)
        changed = self._markets(self._option_markets, changed_options)
        changed += self._markets(self._future_markets, changed_futures)
        changed += self._markets(self._spot_markets, changed_spots)
        changed += self._markets(self._combo_markets, changed_combos)
        for market in changed:
            market.stale = True
        return repriced, changed

    def accrue_funding(self, dt_s: float) -> None:
        """Let funding of the perpetuals run for `dt_s` seconds."""
        for market in self._future_markets:
            it = market.instrument
            if it.is_perpetual:
                premium = float(self.futures.premium[market.row])
                rate = funding_rate(premium, funding_cap(it.settlement))
                worth = market.index if it.is_linear else 1.0 / market.index
                market.funding.accrue(rate, worth, dt_s)

    def forward_at(self, now_ms: int) -> Forward:
        """(index name, expiry) -> forward, as of `now_ms`."""
        return lambda index, at_ms: self.world.forward(index, float(years(now_ms, at_ms)))

    def total_vol_at(self, now_ms: int) -> Vol:
        """(coin, expiry) -> vol * sqrt(tau), as of `now_ms`; at least half a day's."""
        return lambda coin, at_ms: self.world.total_vol(
            coin, max(float(years(now_ms, at_ms)), 0.5 / 365.0)
        )

    def options_of(self, chain: str) -> list[Market]:
        """The listed options of one chain: BTC the inverse ones, BTC_USDC the linear ones."""
        return [market for market in self._option_markets if market.instrument.chain == chain]

    def estimated_delivery(self, index: str) -> float:
        """The index, or its average so far in the last half hour before 08:00."""
        return self._delivery(index, self.world.indices[index])

    def _delivery(self, index: str, present: float) -> float:
        return self.delivery.price(index, present)

    def admit(self, it: Instrument) -> Market:
        """Make a market; it has no board until the next `rebuild`."""
        market = Market(
            it, Tape(it, Bars()), partial(self._delivery, it.index_name),
            self._interest(it),
        )  # fmt: skip
        self.markets.add(market)
        return market

    def _interest(self, it: Instrument) -> Interest:
        if not it.is_held:
            return NoInterest(0, 0, self.world.spot_rng)
        held = _first_interest(it, np.random.default_rng(it.instrument_id), self.world)
        return Interest(held, held, self.world.flow_rng)

    def draw_past(self, now_ms: int) -> None:
        """A past of the indices that ends in the world's present state, and candles out of it."""
        rng, steps = self.world.history_rng, PAST_MINUTES * SAMPLES_A_MINUTE
        samples = np.exp(self.world.coins.past(rng, steps, SAMPLE_S))
        older = self._older(samples)
        self.past.draw(samples, older, now_ms, rng)
        for market in (*self._future_markets, *self._spot_markets):
            path, before = (self._path(market.instrument, one) for one in (samples, older))
            self._give_past(market, path, before, now_ms)

    def _older(self, samples: FloatArray) -> FloatArray:
        """What came before `samples`, a sample every five minutes, ending with their first."""
        rng, steps = self.world.history_rng.spawn(1)[0], PAST_HOURS * SAMPLES_AN_HOUR
        path = self.world.coins.past(rng, steps, HOUR_MS / 1000.0 / SAMPLES_AN_HOUR)
        return np.asarray(samples[0] * np.exp(path - path[-1]))

    def _path(self, it: Instrument, samples: FloatArray) -> FloatArray:
        """The index of an instrument out of those of the coins in USD."""
        row = self.world.coins.row
        path = samples[:, row[it.base]]
        is_cross = it.is_spot and it.settlement in row
        return np.asarray(path / samples[:, row[it.settlement]] if is_cross else path)

    def _give_past(
        self, market: Market, index: FloatArray, before: FloatArray, now_ms: int
    ) -> None:
        it, tape = market.instrument, market.tape
        turnover = _turnover_usd(it.base)
        if it.is_spot:
            turnover /= self.spots.quote_usd(market.row)
        share = 1.0 if it.is_perpetual else 0.05
        premium = 0.0 if it.is_spot else float(self.futures.premium[market.row])
        digits = max(0, -int(it.terms.tick.as_tuple().exponent))
        minutes, hours = (
            past_bars(
                prices * (1.0 + premium), ticks, float(it.terms.tick), digits,
                turnover * share * length, rng, float(it.terms.min_amount),
                not (it.is_linear or it.is_spot), is_sparse=length > 1.0,
            )
            for prices, ticks, length, rng in (
                (index, minute_ticks(now_ms), 1.0, self.world.history_rng),
                (before, hour_ticks(now_ms), 60.0, np.random.default_rng(it.instrument_id)),
            )
        )  # fmt: skip
        rows = np.vstack([hours, minutes])
        rows = rows[rows[:, 0] >= it.creation_ms]
        tape.bars = Bars(rows)
        tape.refresh_day(now_ms)
        if not len(rows):
            return
        tape.last_tick = round(float(rows[-1, 4]) / float(it.terms.tick))

    @staticmethod
    def _markets(board: list[Market], rows: IndexArray) -> list[Market]:
        return [board[row] for row in rows.tolist()]


def _place(leg: Market, sign: int) -> LegPlace:
    board = leg.board
    assert isinstance(board, FutureBoard | OptionBoard)
    return board, leg.row, sign


def _is_wanted(it: Instrument, span: tuple[float, float] | None) -> bool:
    """New chains are listed whole; old ones only beyond an edge that became thin."""
    if span is None or not it.is_option:
        return True
    low, high = span
    return it.strike < low or it.strike > high


def _turnover_usd(coin: str) -> float:
    """What a coin's perpetual turns over in a minute."""
    return TURNOVER_USD.get(coin, OTHER_TURNOVER_USD if coin in NAMES else QUIET_TURNOVER_USD)


def _first_interest(it: Instrument, rng: np.random.Generator, world: World) -> int:
    """What strangers hold from before the start, in smallest orders."""
    lot = float(it.terms.min_amount)
    if it.is_option:
        return round(INTEREST_SIZES * SIZES[it.chain] * float(rng.gamma(0.5, 2.0)) / lot)
    usd = _turnover_usd(it.base) * (600.0 if it.is_perpetual else 60.0)
    amount = usd / world.indices[it.index_name] if it.is_linear else usd
    return round(amount / lot)
