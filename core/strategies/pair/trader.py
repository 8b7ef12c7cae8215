"""The pair trader: signals of the model become targets of both legs, inside the margin."""

from __future__ import annotations

import logging
from collections import deque
from queue import Empty, SimpleQueue

from core.clock import NS_PER_S
from core.settings import PairSettings
from core.strategies.pair.bars import PairBar, PairBars
from core.strategies.pair.clip import Clip, Leg, clip_for, hedge_ratio
from core.strategies.pair.display import edge_bp, pair_view
from core.strategies.pair.history import PairFit
from core.strategies.pair.legs import SLEEVE, PairLegs
from core.strategies.pair.margin import closing_reason, entry_problem
from core.strategies.pair.model import PairModel, PairReading
from core.strategies.views import PairView
from core.trading.journal import SignalRecord
from core.trading.strategy import Context, Target

log = logging.getLogger(__name__)
LOOK_NS = NS_PER_S // 2
"""How often the view is renewed between bars."""
SHOWN_BARS = 240
"""z values kept for the screen."""


class KalmanPair:
    """Trades the spread ln z - alpha - beta ln H: +1 is long z and short H.

    Bars are sampled and the model runs on or off, so the warm-up starts with the desk. While on,
    a signal becomes a wish for leg z, and leg H follows what is held of it. Switching off leaves
    what is held; switching on adopts it. The tuple `on_time` returns is everything that stands.
    """

    name = SLEEVE

    def __init__(self, settings: PairSettings) -> None:
        self._settings = settings
        self._bars = PairBars(settings.leg_z, settings.leg_h, settings.bar_s)
        self._model = PairModel(settings)
        self._legs = PairLegs(settings)
        self._fits: SimpleQueue[PairFit] = SimpleQueue()
        self._fit: PairFit | None = None
        self._reading = PairReading()
        self._shown: deque[float] = deque(maxlen=SHOWN_BARS)
        self._is_on = False
        self._halted = ""
        self._refused = ""
        self._due_ns = 0
        self._status = "off"
        self.view = PairView(settings.leg_z, settings.leg_h, warmup=settings.warmup_bars)
        """Replaced whole; any thread may read it."""

    def warm_up(self, fit: PairFit) -> None:
        """Take what history says; any thread may call it, the loop folds it in."""
        self._fits.put(fit)

    def start(self, context: Context) -> None:
        """Switch on: the sleeve's lots, if there are any, are the spread position from now on."""
        self._is_on = True
        self._halted = self._refused = ""
        self._due_ns = context.now_ns
        self._legs.reset()
        self._model.adopt(self._legs.side(context))
        if adopted := self._legs.state(context):
            self._say(f"adopted: {adopted}")
        for leg in (self._settings.leg_z, self._settings.leg_h):
            others = context.holdings.total(leg) - context.holdings.held(SLEEVE, leg)
            if others:
                self._say(f"{others.normalize():+f} of {leg} belong to others and are left alone")

    def stop(self, context: Context) -> None:
        """Switch off: no new orders, what is held stays held."""
        self._is_on = False
        self._due_ns = context.now_ns
        self._legs.reset()

    def on_time(self, context: Context) -> tuple[Target, ...]:
        """One step: history, at most one bar, and what both legs should hold now."""
        self._take_fits()
        bar = self._bars.closed(context)
        if bar is not None:
            self._on_bar(context, bar)
        targets = self._follow(context) if self._is_on else ()
        if bar is not None or context.now_ns >= self._due_ns:
            self._show(context)
        if bar is not None:
            context.tell(self._signal(bar))
        return targets

    def status(self) -> str:
        """What it does or waits for, in words."""
        return self._status

    def _take_fits(self) -> None:
        try:
            fit = self._fits.get_nowait()
        except Empty:
            return
        self._fit = fit
        self._model.take(fit)
        self._say(fit.summary())

    def _on_bar(self, context: Context, bar: PairBar) -> None:
        reading = self._model.step(bar)
        self._reading = reading
        self._shown.append(reading.z)
        legs = self._leg_quotes(context, bar)
        if legs is None or not self._is_on:
            return
        if reading.is_settled:
            self._legs.keep_ratio(hedge_ratio(*legs, reading.beta))
        if reading.wanted is not None:
            self._on_signal(context, reading, legs)

    def _leg_quotes(self, context: Context, bar: PairBar) -> tuple[Leg, Leg] | None:
        z = context.board.instrument(self._settings.leg_z)
        h = context.board.instrument(self._settings.leg_h)
        if z is None or h is None or not bar.is_whole:
            return None
        return Leg(z, bar.z), Leg(h, bar.h)

    def _on_signal(self, context: Context, reading: PairReading, legs: tuple[Leg, Leg]) -> None:
        wanted = reading.wanted
        if wanted is None or wanted == self._legs.aim(context) or self._legs.is_closing:
            return
        clip = self._clip(context, reading, legs) if wanted else ""
        if isinstance(clip, Clip):
            self._enter(context, reading, clip)
            return
        self._refused = clip
        self._say(f"{reading.why}, no entry: {clip}" if clip else reading.why)
        self._legs.leave(reading.why, context.now_ns)
        self._model.adopt(0)

    def _clip(self, context: Context, reading: PairReading, legs: tuple[Leg, Leg]) -> Clip | str:
        """The clip of an entry, or the reason against it."""
        if self._halted:
            return self._halted
        if not reading.is_settled:
            return f"beta {reading.beta:.3f} ± {reading.beta_sd:.3f} is no hedge ratio yet"
        clip = clip_for(self._settings, *legs, reading.beta, reading.wanted or 0)
        if isinstance(clip, str):
            return clip
        held = [context.holdings.held(SLEEVE, leg.instrument.name) for leg in legs]
        added = tuple(
            (leg, usd - abs(amount) * leg.usd_per_unit)
            for leg, usd, amount in zip(legs, (clip.notional_z, clip.notional_h), held, strict=True)
        )
        return entry_problem(context.holdings, added) or clip

    def _enter(self, context: Context, reading: PairReading, clip: Clip) -> None:
        settings = self._settings
        self._refused = ""
        long, short = (settings.leg_z, settings.leg_h)[:: 1 if clip.amount_z > 0 else -1]
        sizes = " against ".join(
            f"{abs(amount).normalize():f}" for amount in (clip.amount_z, clip.amount_h)
        )
        why = f"{reading.why}: long {long}, short {short}, {sizes}, beta {reading.beta:.3f}"
        self._say(why)
        self._legs.wish(clip.amount_z, clip.ratio, why, context.now_ns)

    def _follow(self, context: Context) -> tuple[Target, ...]:
        self._watch_margin(context)
        targets = self._legs.follow(context)
        if self._legs.event:
            self._refused = self._legs.event
            self._say(self._legs.event)
            self._model.adopt(self._legs.side(context))
        return targets

    def _watch_margin(self, context: Context) -> None:
        """Close everything once when the account runs short; stays out until switched on anew."""
        if self._halted or self._legs.is_flat(context):
            return
        names = (self._settings.leg_z, self._settings.leg_h)
        listed = (context.board.instrument(name) for name in names)
        currencies = tuple(one.settlement for one in listed if one is not None)
        if reason := closing_reason(context.holdings, currencies):
            self._halted = f"closed on margin: {reason}"
            self._legs.close(reason)
            self._say(self._halted)

    def _say(self, text: str) -> None:
        log.info("%s", text, extra={"kind": "SIGN", "source": "pair"})

    def _show(self, context: Context) -> None:
        self._due_ns = context.now_ns + LOOK_NS
        self._status = self._words(context)
        self.view = pair_view(
            self._settings,
            self._reading,
            self._fit,
            tuple(self._shown),
            edge_bp(context.board, self._settings, self._reading),
            self._is_on,
            self._legs.side(context),
            self._status,
        )

    def _signal(self, bar: PairBar) -> SignalRecord:
        """What was made of the bar, on or off."""
        reading, settings = self._reading, self._settings
        return SignalRecord(
            *(SLEEVE, f"{settings.leg_z}/{settings.leg_h}", bar.at_ns),
            *(reading.z, reading.beta, reading.alpha, reading.innovation, reading.sigma),
            *(reading.threshold, self.view.position, reading.regime),
            state=self._status if reading.wanted is None else reading.why,
        )

    def _words(self, context: Context) -> str:
        """The most pressing thing first: off, closed, legs at work, what is waited for."""
        held = self._legs.state(context)
        if not self._is_on:
            return f"off; {held}" if held else "off"
        if self._halted:
            return f"{self._halted}; {held}" if held else self._halted
        if held:
            return held
        reading = self._reading
        if not reading.sigma > 0 and reading.bars < self._settings.warmup_bars:
            return f"warms up: {reading.bars} of {self._settings.warmup_bars} bars"
        if not reading.is_whole:
            return "waits for fresh prices of both legs"
        waits = "flat, waits for a signal"
        return f"{waits}; {self._refused}" if self._refused else waits
