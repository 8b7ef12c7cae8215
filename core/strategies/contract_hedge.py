"""One currency's hedge: what its options and its contract add up to, and what follows."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from math import nan

from core.clock import NS_PER_S
from core.domain.instrument import Instrument
from core.domain.label import HEDGER
from core.domain.money import amount_of_coin, coin_of_amount, decimal_of
from core.quant.hedge_band import HedgeTarget, hedge_order, linear_hedge_order, whalley_wilmott
from core.settings import HedgerSettings
from core.strategies.option_delta import OptionDelta, option_delta
from core.strategies.views import HedgeView
from core.trading.journal import HedgeRecord
from core.trading.strategy import Context, Execution, Target

log = logging.getLogger(__name__)
MAX_TICKER_AGE_S = 10.0
"""An option whose ticker is older stops the hedge."""
PAIR = "pair"
"""The sleeve whose position in the hedge contract is no hedge."""
REPEAT_NS = 60 * NS_PER_S
"""A decision that changes nothing, say because the gate is closed, is written down so often."""
NO_AMOUNT = Decimal(0)
UNSEEN = OptionDelta(nan, nan)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at the books, tickers and positions found."""

    option: OptionDelta = UNSEEN
    mid: float = nan
    hedge_coin: float = nan
    """Coins behind the hedge position, pair sleeves left out."""
    band: float = nan
    order: Decimal = NO_AMOUNT
    """Signed venue amount that would bring the mismatch back, capped; 0 inside the band."""
    unit: str = "USD"
    """What `order` counts: USD for inverse contracts, the coin otherwise."""
    problem: str = ""
    """Why there is no order, in words that name the instrument."""

    @property
    def mismatch(self) -> float:
        """Option delta plus hedge delta, coin."""
        return self.option.coin + self.hedge_coin


class ContractHedge:
    """Keeps one contract against the options of its chain; only the loop thread calls it.

    A decision stands as a target until the sleeve holds it or its time is over; while it stands,
    or an order of the sleeve is in flight, nothing new is decided.
    """

    def __init__(self, settings: HedgerSettings, contract: str) -> None:
        self._settings = settings
        self.contract = contract
        self.chain = contract.partition("-")[0]
        self.status = "off"
        self._target: Target | None = None
        self._stands_until_ns = 0
        self._quiet_until_ns = 0
        self._gone_since_ns: int | None = None
        self._said: Decimal | None = None
        """What the sleeve held when the last decision was logged."""
        self._mood = ""
        """acts, stopped or rests, as it was written down last."""
        self._told_ns = 0

    def reset(self) -> None:
        """Forget the decision that stands."""
        self._target, self._said, self._gone_since_ns = None, None, None
        self._stands_until_ns = self._quiet_until_ns = 0
        self._mood = ""

    def standing(self) -> Target | None:
        """The decision that stands now."""
        return self._target

    def look(self, context: Context) -> Reading:
        """Add everything up; changes nothing but the memory of when the options went."""
        option = option_delta(context, self.chain, self._settings.delta, MAX_TICKER_AGE_S)
        self._watch_for_the_end(context.now_ns, option)
        instrument = context.board.instrument(self.contract)
        if instrument is None:
            return Reading(option, problem=f"{self.contract} is not listed")
        quote = context.board.quote(self.contract)
        if quote.is_stale:
            return Reading(option, problem=f"the book of {self.contract} is stale")
        if not quote.mid > 0:
            return Reading(option, problem=f"the book of {self.contract} has an empty side")
        return self._weigh(context, instrument, option, quote.mid)

    def decide(self, context: Context, reading: Reading) -> None:
        """Settle what the sleeve should hold, and say in words what is done or waited for."""
        held = context.holdings.held(HEDGER, self.contract)
        in_flight = context.holdings.is_in_flight(HEDGER, self.contract)
        if self._is_working(context.now_ns, held, in_flight):
            self._quiet_until_ns = context.now_ns + int(self._settings.cooldown_s * NS_PER_S)
            self.status = "order in flight" if in_flight else "working the order"
            return
        self._target = None
        if reading.problem:
            self.status = f"stopped: {reading.problem}"
            self._tell(context, "stopped", reading, held)
        elif not reading.order:
            self._said = None
            self.status = "no options" if not reading.option.count else "inside the band"
            self._tell(context, "rests", reading, held)
        elif context.now_ns < self._quiet_until_ns:
            self.status = "cooling down"
        else:
            self._act(context, reading, held)

    def rest(self, reading: Reading) -> None:
        """Say what stands in the way while the hedger is off."""
        self.status = f"off; {reading.problem}" if reading.problem else "off"

    def view(self, reading: Reading, is_on: bool) -> HedgeView:
        """The reading as the screen shows it."""
        return HedgeView(
            currency=self.chain,
            instrument=self.contract,
            is_on=is_on,
            option_delta=reading.option.coin,
            hedge_delta=reading.hedge_coin,
            mismatch=reading.mismatch,
            band=reading.band,
            next_order=float(reading.order),
            status=self.status,
        )

    def _weigh(
        self, context: Context, instrument: Instrument, option: OptionDelta, mid: float
    ) -> Reading:
        holdings, price = context.holdings, decimal_of(mid)
        amount = holdings.total(self.contract) - holdings.held(PAIR, self.contract)
        hedge_coin = float(coin_of_amount(instrument, amount, price))
        band = self._band(instrument, option, mid)
        if option.problem:
            return Reading(option, mid, hedge_coin, band, problem=option.problem)
        if option.count:
            order = self._order(instrument, option.coin, float(amount), mid, band)
        else:
            order = self._closing_order(context)
        cap = self._cap(instrument, price)
        unit = "USD" if instrument.is_inverse else instrument.base
        return Reading(option, mid, hedge_coin, band, max(-cap, min(cap, order)), unit)

    def _band(self, instrument: Instrument, option: OptionDelta, mid: float) -> float:
        """Coin: the fixed band, or the one costs justify, from half a contract to the delta."""
        if self._settings.band == "fixed" or not option.count or option.problem:
            return self._settings.band_coin
        cost, aversion = float(instrument.taker_fee), self._settings.risk_aversion
        band = whalley_wilmott(mid, option.gamma, cost, aversion)
        half_contract = float(instrument.min_amount) / (mid if instrument.is_inverse else 1) / 2
        return max(half_contract, min(band, abs(option.coin)))

    def _order(
        self, instrument: Instrument, delta: float, amount: float, mid: float, band: float
    ) -> Decimal:
        """The rounded order of the band rule, venue units, before the cap."""
        rule = hedge_order if instrument.is_inverse else linear_hedge_order
        target: HedgeTarget = "edge" if self._settings.target == "edge" else "centre"
        order = rule(delta, amount, mid, float(instrument.min_amount), band, target)
        return instrument.amount_near(decimal_of(order))

    def _closing_order(self, context: Context) -> Decimal:
        """What brings the hedger's own position to zero once the options are surely gone."""
        since_ns = self._gone_since_ns
        wait_ns = int(self._settings.cooldown_s * NS_PER_S)
        if not self._settings.close_when_no_options or since_ns is None:
            return NO_AMOUNT
        if context.now_ns - since_ns < wait_ns:
            return NO_AMOUNT
        return -context.holdings.held(HEDGER, self.contract)

    def _cap(self, instrument: Instrument, price: Decimal) -> Decimal:
        """The largest single order, whole contracts, never under one."""
        coin = self._settings.max_order_usd / price
        amount = amount_of_coin(instrument, coin, price)
        return max(instrument.min_amount, amount - amount % instrument.min_amount)

    def _watch_for_the_end(self, now_ns: int, option: OptionDelta) -> None:
        """Remember since when no option is held: positions may come late after a start."""
        if option.count:
            self._gone_since_ns = None
        elif self._gone_since_ns is None:
            self._gone_since_ns = now_ns

    def _is_working(self, now_ns: int, held: Decimal, in_flight: bool) -> bool:
        if in_flight:
            return True
        is_open = self._target is not None and self._target.amount != held
        return is_open and now_ns < self._stands_until_ns

    def _act(self, context: Context, reading: Reading, held: Decimal) -> None:
        settings = self._settings
        why = self._why(reading)
        execution = Execution(
            settings.passive_s, settings.price_cap_pct, abs(reading.order), settings.reprices
        )
        self._target = Target(HEDGER, self.contract, held + reading.order, why, execution)
        wait_s = execution.patience_s + settings.cooldown_s
        self._stands_until_ns = context.now_ns + int(wait_s * NS_PER_S)
        self._quiet_until_ns = context.now_ns + int(settings.cooldown_s * NS_PER_S)
        self.status = why
        self._tell(context, "acts", reading, held)
        if self._said != held:
            self._said = held
            log.info("%s", why, extra={"kind": "HEDG", "source": "hedger"})

    def _tell(self, context: Context, mood: str, reading: Reading, held: Decimal) -> None:
        """Write down a change of mind, and every act; one that cannot pass once a minute."""
        is_again = self._said == held and context.now_ns - self._told_ns < REPEAT_NS
        if mood == self._mood and (mood != "acts" or is_again):
            return
        self._mood, self._told_ns = mood, context.now_ns
        order = reading.order if mood == "acts" else NO_AMOUNT
        context.tell(
            HedgeRecord(
                *(HEDGER, self.chain, self.contract),
                *(reading.option.coin, reading.hedge_coin, reading.mismatch, reading.band),
                *(held + order, order, self.status),
            )
        )

    def _why(self, reading: Reading) -> str:
        side = "BUY" if reading.order > 0 else "SELL"
        what = f"{side} {abs(reading.order).normalize():,f} {reading.unit} {self.contract}"
        if not reading.option.count:
            return f"no {self.chain} options left: {what}"
        sign, word = (">", "") if reading.mismatch > 0 else ("<", "-")
        band = f"{word}{reading.band:.4g}"
        return f"net delta {reading.mismatch:+.4f} {sign} band {band}: {what}"
