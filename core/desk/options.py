"""What the command line may say, checked before anything starts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import StartError
from core.settings import MARKETS, VENUES, Settings, load_settings


@dataclass(frozen=True, slots=True)
class Options:
    """One start of the desk."""

    settings: Settings
    data: str | None
    tape: Path | None
    tape_speed: float
    record: Path | None
    """Where the raw market feed is written; None records nothing."""
    is_live_allowed: bool


class _Parser(argparse.ArgumentParser):
    """argparse, but a mistake is a StartError in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse exits here
        raise StartError(f"{message}; try --help")


def read_options(argv: Sequence[str], name: str) -> Options:
    """The options in `argv`; StartError or SettingsError names what is wrong."""
    found = _parser(name).parse_args(list(argv))
    settings = load_settings(found.settings) if found.settings else _default_settings()
    mode = found.venue or ("tape" if found.tape else settings.venue.mode)
    settings = replace(settings, venue=replace(settings.venue, mode=mode))
    simulator = settings.simulator
    settings = replace(
        settings,
        simulator=replace(
            simulator,
            seed=simulator.seed if found.seed is None else found.seed,
            port=simulator.port if found.port is None else found.port,
            load=simulator.load if found.load is None else found.load,
            market=found.market or simulator.market,
        ),
    )
    _check(mode, found)
    return Options(settings, found.data, found.tape, found.tape_speed, found.record, found.live)


def _parser(name: str) -> _Parser:
    parser = _Parser(prog=name, description="A terminal for trading Deribit options and futures.")
    parser.add_argument("--venue", choices=VENUES, help="where to trade (default: settings)")
    parser.add_argument("--live", action="store_true", help="allow the real exchange")
    parser.add_argument("--tape", type=Path, help="recorded raw frames, for --venue tape")
    parser.add_argument("--tape-speed", type=float, default=1.0, help="1 is real time, 0 fastest")
    parser.add_argument("--record", type=Path, help="write the raw feed here, as a tape (.gz)")
    parser.add_argument("--settings", type=Path, help="settings file (default: ./settings.toml)")
    parser.add_argument("--data", help="data folder (default: VOLDESK_HOME or the user's)")
    parser.add_argument("--seed", type=int, help="seed of the simulated exchange")
    parser.add_argument("--port", type=int, help="port of the simulated exchange, 0 = any")
    parser.add_argument("--load", type=int, help="extra simulated book messages a second")
    parser.add_argument("--market", choices=MARKETS, help="how much the simulated exchange lists")
    return parser


def _default_settings() -> Settings:
    here = Path("settings.toml")
    return load_settings(here) if here.exists() else Settings()


def _check(mode: str, found: argparse.Namespace) -> None:
    if mode == "tape" and found.tape is None:
        raise StartError("the venue is tape, but no --tape FILE is named")
    if found.tape is not None and mode != "tape":
        raise StartError(f"--tape goes with the venue tape, not with {mode}")
    if found.tape is not None and not found.tape.is_file():
        raise StartError(f"there is no tape {found.tape}")
    if not found.tape_speed >= 0:
        raise StartError(f"--tape-speed is {found.tape_speed}, must be 0 or more")
    if found.record is not None and (mode == "tape" or not found.record.parent.is_dir()):
        why = "a tape plays" if mode == "tape" else f"there is no folder {found.record.parent}"
        raise StartError(f"--record {found.record} cannot be written: {why}")
    if mode == "live" and not found.live:
        raise StartError("the venue is live: start with --live to trade with real money")
