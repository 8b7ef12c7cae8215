"""Every setting, read once from `settings.toml` into frozen groups; each part gets its own group.

An unknown key, a wrong type or a value out of range stops the start and is named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from core.errors import SettingsError

T = TypeVar("T")
VENUES = ("sim", "tape", "paper", "test", "live")
MARKETS = ("default", "full")


@dataclass(frozen=True, slots=True)
class VenueSettings:
    """Where prices come from and orders go."""

    mode: str = "sim"
    """sim, tape, paper, test or live; live also needs --live and a typed confirmation."""
    paper_data: str = "live"
    """Whose public prices paper trades on: live or test; never with a key."""
    currencies: tuple[str, ...] = ("BTC", "ETH")
    """Coins whose inverse options, futures and perpetuals are replicated."""
    linear_perpetuals: tuple[str, ...] = (
        "BTC",
        "ETH",
        "SOL",
        "XRP",
        "BNB",
        "DOGE",
        "ADA",
        "AVAX",
        "LINK",
        "DOT",
    )
    """Coins whose USDC perpetuals are replicated."""
    linear_options: tuple[str, ...] = ("BTC", "SOL")
    """Coins whose USDC options are replicated."""
    book_interval: str = "auto"
    """auto, raw, 100ms or agg2; auto is raw where a login allows it, but 100ms on the simulator."""
    sockets: int = 2
    """Market-data connections at least; more are opened when there are more instruments."""
    silence_s: float = 15.0
    """A link that says nothing for so long is cut and made anew."""
    stale_after_s: float = 3.0
    """A price whose feed is silent for so long is shown and treated as stale."""
    request_timeout_s: float = 5.0
    """An order without an answer for so long has an unknown outcome."""

    def __post_init__(self) -> None:
        _one_of("venue.mode", self.mode, VENUES)
        _one_of("venue.paper_data", self.paper_data, ("live", "test"))
        _one_of("venue.book_interval", self.book_interval, ("auto", "raw", "100ms", "agg2"))
        _at_least("venue.sockets", self.sockets, 1)
        for name in ("silence_s", "stale_after_s", "request_timeout_s"):
            _at_least(f"venue.{name}", getattr(self, name), 0.5)


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """The embedded exchange the desk starts as a child."""

    seed: int = 7
    port: int = 0
    """0 takes a free one."""
    load: int = 0
    """Extra book messages a second, for practice under load."""
    speed: float = 1.0
    """Times real time, 1 to 1000: expiries, funding and candles come sooner."""
    market: str = "default"
    """default, or full: as many instruments as the real venue lists. Each keeps its own state."""
    faults: str = ""
    """A file of faults to come, a line each: `30 silent seconds=5`, 30 s after the start."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"simulator.port is {self.port}, must be from 0 to 65535")
        _at_least("simulator.load", self.load, 0)
        if not 1 <= self.speed <= 1000:
            raise SettingsError(f"simulator.speed is {self.speed:g}, must be from 1 to 1000")
        _one_of("simulator.market", self.market, MARKETS)
        if self.faults and not Path(self.faults).is_file():
            raise SettingsError(f"simulator.faults is {self.faults!r}, must be a file that exists")


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """The paper account: what it starts with, once, and how far away it is."""

    btc: Decimal = Decimal(10)
    eth: Decimal = Decimal(100)
    usdc: Decimal = Decimal(1_000_000)
    latency_ms: float = 25.0
    """How long a command takes to the venue: it meets the book of that moment."""

    def __post_init__(self) -> None:
        for one in fields(self):
            _at_least(f"paper.{one.name}", getattr(self, one.name), 0)


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Limits every order passes on the thread that sends it; exits and cancels always pass.

    Positions count with every working order filled. `inf` turns a limit in USD off.
    """

    max_order_usd: Decimal = Decimal(500_000)
    max_position_usd: Decimal = Decimal(2_000_000)
    """Of one instrument."""
    max_net_usd: Decimal = Decimal(3_000_000)
    """Of one coin: futures and perpetuals bought less those sold."""
    max_gross_usd: Decimal = Decimal(5_000_000)
    """Of one coin: sum of absolute positions, options too."""
    max_total_usd: Decimal = Decimal(5_000_000)
    """Sum of absolute positions."""
    max_delta_usd: Decimal = Decimal(4_000_000)
    """Of one coin: net delta of everything, at the index."""
    max_vega_usd: Decimal = Decimal(50_000)
    """USD per volatility point of all options together."""
    max_positions: int = 60
    """Instruments held or being opened."""
    max_sleeve_usd: Decimal = Decimal(2_000_000)
    """Sum of absolute positions of one program's sleeve."""
    max_sleeve_loss_usd: Decimal = Decimal(25_000)
    """A program that lost so much since it was switched on is switched off; not the hedger."""
    max_daily_loss_usd: Decimal = Decimal(100_000)
    """Lost since 08:00 UTC, the venue's day: opening is locked until `risk reset`."""
    max_drawdown_usd: Decimal = Decimal(150_000)
    """Lost since the day's best moment: the same."""
    price_collar_pct: Decimal = Decimal(5)
    """Futures: furthest a limit may stand on the wrong side of mark, percent."""
    option_collar_pct: Decimal = Decimal(50)
    """Options: the same, percent of mark, and never tighter than ten ticks."""
    max_orders_per_s: int = 10
    max_open_orders: int = 100
    max_open_per_instrument: int = 50

    def __post_init__(self) -> None:
        for one in fields(self):
            _at_least(f"risk.{one.name}", getattr(self, one.name), 0)


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """How the commands `work` and `twap` work an amount."""

    passive_s: float = 3.0
    """How long an order rests at the touch before it moves on; in a slice at most half its time."""
    reprices: int = 3
    """How often it moves on with the touch before the rest crosses."""
    price_cap_pct: Decimal = Decimal("0.1")
    """How far beyond the touch the crossing order may reach, percent."""
    slice_s: float = 5.0
    """Seconds between two slices of a twap when their number is not given."""
    jitter: float = 0.3
    """How irregular they come: part of the time between two, 0 to 0.9."""

    def __post_init__(self) -> None:
        _at_least("work.slice_s", self.slice_s, 0.5)
        for name in ("passive_s", "reprices", "price_cap_pct", "jitter"):
            _at_least(f"work.{name}", getattr(self, name), 0)
        if self.jitter > 0.9:
            raise SettingsError(f"work.jitter is {self.jitter}, must be from 0 to 0.9")


@dataclass(frozen=True, slots=True)
class HedgerSettings:
    """The delta hedger."""

    instruments: tuple[str, ...] = ("BTC-PERPETUAL", "ETH-PERPETUAL")
    """The one contract that hedges each currency's options."""
    band: str = "fixed"
    """fixed (band_coin) or whalley_wilmott (from gamma, fee and risk_aversion)."""
    band_coin: float = 0.0025
    """Strictly outside this mismatch it acts; in coin."""
    risk_aversion: float = 1e-5
    """Per USD, of the whalley_wilmott band: the larger, the narrower; 1e-6 to 1e-4."""
    target: str = "centre"
    """centre or edge."""
    delta: str = "net"
    """net or bs."""
    cooldown_s: float = 2.0
    max_order_usd: Decimal = Decimal(250_000)
    price_cap_pct: Decimal = Decimal("0.2")
    """How far beyond the touch a crossing hedge may reach, percent."""
    passive_s: float = 0.5
    """How long a hedge rests at the touch before it moves on or crosses; 0 crosses at once."""
    reprices: int = 2
    """How often a resting hedge moves on with the touch before the rest crosses."""
    close_when_no_options: bool = True

    def __post_init__(self) -> None:
        _one_of("hedger.band", self.band, ("fixed", "whalley_wilmott"))
        _at_least("hedger.risk_aversion", self.risk_aversion, 1e-12)
        coins = [name.partition("-")[0] for name in self.instruments]
        if twice := sorted({coin for coin in coins if coins.count(coin) > 1}):
            raise SettingsError(f"hedger.instruments names two contracts of {twice[0]}")
        _one_of("hedger.target", self.target, ("centre", "edge"))
        _one_of("hedger.delta", self.delta, ("net", "bs"))
        for name in ("band_coin", "cooldown_s", "passive_s", "reprices"):
            _at_least(f"hedger.{name}", getattr(self, name), 0)


@dataclass(frozen=True, slots=True)
class PairSettings:
    """The pair strategy: z against H, spread = ln z - alpha - beta ln H."""

    leg_z: str = "ETH_USDC-PERPETUAL"
    leg_h: str = "BTC_USDC-PERPETUAL"
    clip_usd: Decimal = Decimal(20_000)
    """USD of leg z per trade."""
    bar_s: float = 5.0
    """Seconds between observations."""
    warmup_bars: int = 36
    """Observations before the first signal."""
    window: int = 240
    """Innovations the volatility forecast looks back on."""
    smooth: int = 60
    """Innovations that start the smoothing; below window."""
    delta: float = 1e-9
    """State noise of level and hedge ratio a bar, delta / (1 - delta): how fast they may drift."""
    noise: float = 1e-5
    """Observation noise of the log spread, until history says better."""
    signal: str = "band"
    """band (re-entry into the innovation band) or zscore."""
    threshold: float = 1.5
    """Band width, or z of entry, in standard deviations."""
    regime_thresholds: tuple[float, ...] = (1.5, 1.75, 2.0)
    """The same per regime, calmest first, once regimes are known; empty keeps `threshold`."""
    exit_z: float = 0.0
    stop_z: float = 4.0
    ratio_tolerance: float = 0.1
    """How far the filled legs may stand from the hedge ratio before they are worked on."""
    leg_timeout_s: float = 10.0
    """The second leg's time before the pair counts as broken and is unwound."""
    passive_s: float = 1.0
    """How long an entry into leg z rests at the touch before it moves on or crosses; 0 crosses at
    once. Exits, unwinding and leg H always cross at once."""
    reprices: int = 2
    """How often it moves on with the touch; all of it within half of leg_timeout_s."""

    def __post_init__(self) -> None:
        _one_of("pair.signal", self.signal, ("band", "zscore"))
        if self.leg_z == self.leg_h:
            raise SettingsError(f"pair.leg_z and pair.leg_h are both {self.leg_z!r}")
        _at_least("pair.bar_s", self.bar_s, 0.1)
        _at_least("pair.clip_usd", self.clip_usd, 1)
        _at_least("pair.warmup_bars", self.warmup_bars, 4)
        self._check_signal()
        _at_least("pair.passive_s", self.passive_s, 0)
        _at_least("pair.reprices", self.reprices, 0)
        if self.passive_s * (self.reprices + 1) > self.leg_timeout_s / 2:
            raise SettingsError(
                f"pair.passive_s {self.passive_s} x {self.reprices + 1} tries is more than half of"
                f" pair.leg_timeout_s {self.leg_timeout_s}"
            )
        if not 2 <= self.smooth < self.window:
            raise SettingsError(f"pair.smooth is {self.smooth}, must be from 2 to pair.window - 1")
        if self.warmup_bars > self.window:
            raise SettingsError(
                f"pair.warmup_bars is {self.warmup_bars}, must be at most pair.window {self.window}"
            )

    def _check_signal(self) -> None:
        if not (0 < self.delta < 1 and self.noise > 0):
            raise SettingsError(
                f"pair.delta is {self.delta}, must be between 0 and 1,"
                f" and pair.noise is {self.noise}, must be above 0"
            )
        levels = (self.threshold, *self.regime_thresholds)
        if not (0 <= self.exit_z < min(levels) and max(levels) < self.stop_z):
            raise SettingsError(
                f"pair thresholds {levels} must lie between pair.exit_z {self.exit_z}"
                f" and pair.stop_z {self.stop_z}"
            )


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """The database; the connection string comes from VOLDESK_DATABASE, never from here."""

    is_on: bool = True
    spool_limit_mb: int = 500
    keep_days: int = 30
    """Whole days of minutes that are kept beside the newest one; 0 keeps all."""

    def __post_init__(self) -> None:
        _at_least("store.keep_days", self.keep_days, 0)
        _at_least("store.spool_limit_mb", self.spool_limit_mb, 1)


@dataclass(frozen=True, slots=True)
class TapeSettings:
    """Recording the raw market feed; `--record FOLDER` turns it on for one run."""

    folder: str = ""
    """Where every run is recorded; empty records only with --record."""
    file_mb: float = 64.0
    """A file so large is closed and the next begun."""
    file_minutes: float = 60.0
    keep_mb: float = 5_000.0
    """The oldest recordings of the folder go when they take more; 0 keeps all."""
    flush_s: float = 1.0
    """What a kill may lose."""
    state_minutes: float = 5.0
    """A full state so often, where replay may begin."""
    queue_mb: float = 64.0
    """What may wait for a slow disk before frames are left out."""

    def __post_init__(self) -> None:
        for name, least in (("file_mb", 0.01), ("keep_mb", 0), ("queue_mb", 0.01)):
            _at_least(f"tape.{name}", getattr(self, name), least)
        for name in ("file_minutes", "state_minutes", "flush_s"):
            _at_least(f"tape.{name}", getattr(self, name), 0.01)
        if 0 < self.keep_mb < 2 * self.file_mb:
            raise SettingsError(
                f"tape.keep_mb is {self.keep_mb:g}, must be 0 or at least twice tape.file_mb"
                f" {self.file_mb:g}"
            )


@dataclass(frozen=True, slots=True)
class PricingSettings:
    """How the option market is priced."""

    engine: str = "own"
    """own or vollib (slower; the independent check)."""
    every_s: float = 1.0

    def __post_init__(self) -> None:
        _one_of("pricing.engine", self.engine, ("own", "vollib"))
        _at_least("pricing.every_s", self.every_s, 0.2)


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """The desk's own habits."""

    theme: str = "desk"
    """desk, desk-light or desk-blue-orange."""
    frames_per_s: int = 12
    size_multiplier: Decimal = Decimal(1)
    confirm_above_usd: Decimal = Decimal(0)
    """On test and live, tickets above this ask once more."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id to keys, such as "trade.buy" = "f2,b"."""

    def __post_init__(self) -> None:
        _one_of("screen.theme", self.theme, ("desk", "desk-light", "desk-blue-orange"))
        if not 1 <= self.frames_per_s <= 30:
            raise SettingsError(f"screen.frames_per_s is {self.frames_per_s}, must be from 1 to 30")
        _at_least("screen.size_multiplier", self.size_multiplier, Decimal("0.0001"))


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups."""

    venue: VenueSettings = field(default_factory=VenueSettings)
    simulator: SimulatorSettings = field(default_factory=SimulatorSettings)
    paper: PaperSettings = field(default_factory=PaperSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    hedger: HedgerSettings = field(default_factory=HedgerSettings)
    pair: PairSettings = field(default_factory=PairSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    tape: TapeSettings = field(default_factory=TapeSettings)
    pricing: PricingSettings = field(default_factory=PricingSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)


def load_settings(path: Path) -> Settings:
    """The settings in `path`; SettingsError names the file, the key and the rule."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return _group(Settings, table, "")
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _group(cls: type[T], table: Mapping[str, object], prefix: str) -> T:
    hints = get_type_hints(cls)
    if unknown := sorted(set(table) - set(hints)):
        raise SettingsError(f"{prefix}{unknown[0]} is no setting")
    values = {name: _value(hints[name], value, f"{prefix}{name}") for name, value in table.items()}
    return cls(**values)


def _value(hint: Any, value: object, name: str) -> object:
    if is_dataclass(hint) and isinstance(hint, type):
        return _group(hint, _of(dict, value, name, "a table"), f"{name}.")
    origin = get_origin(hint)
    if origin is tuple:
        inner = get_args(hint)[0]
        items = _of(list, value, name, "a list")
        return tuple(_value(inner, item, f"{name}[{i}]") for i, item in enumerate(items))
    if origin is not None:
        table = _of(dict, value, name, "a table")
        return {key: _of(str, text, f"{name}.{key}", "text") for key, text in table.items()}
    return _plain(hint, value, name)


def _plain(hint: Any, value: object, name: str) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and is_number:
        return float(str(value))
    if hint is Decimal and is_number:
        return Decimal(str(value))
    if hint is int and is_number and not isinstance(value, float):
        return value
    if hint in (str, bool) and type(value) is hint:
        return value
    words = {float: "a number", Decimal: "a number", int: "a whole number", bool: "true or false"}
    raise SettingsError(f"{name} is {value!r}, must be {words.get(hint, 'text')}")


def _of(kind: type[T], value: object, name: str, words: str) -> T:
    if not isinstance(value, kind):
        raise SettingsError(f"{name} is {value!r}, must be {words}")
    return value


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}, must be one of {', '.join(allowed)}")


def _at_least(name: str, value: float | Decimal, least: float | Decimal) -> None:
    if value != value or not value >= least:
        raise SettingsError(f"{name} is {value}, must be at least {least}")
