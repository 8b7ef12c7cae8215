"""What the command line may say, checked before anything starts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import StartError
from core.settings import MARKETS, VENUES, Settings, load_settings
from core.venues.deribit.endpoints import public_endpoints


@dataclass(frozen=True, slots=True)
class Options:
    """One start of the desk."""

    settings: Settings
    data: str | None
    tape: Path | None
    tape_speed: float
    tape_from: str
    """From when it plays: HH:MM[:SS] of its first day, or a date and a time; empty for all."""
    record: Path | None
    """Where the raw market feed is written; None records nothing."""
    is_live_allowed: bool
    at: str = ""
    """HOST:PORT of a simulator whose public prices paper trades on; empty for the real venue."""
    is_live_confirmed: bool = False
    """True once the word was typed: only then may keys be loaded and the real venue be met."""


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
    record = found.record
    if record is None and settings.tape.folder and mode != "tape":
        record = Path(settings.tape.folder).expanduser()
    if record is not None:
        _check_record(record, mode)
    return Options(
        settings,
        found.data,
        found.tape,
        found.tape_speed,
        found.tape_from,
        record,
        found.live,
        found.at,
    )


def _parser(name: str) -> _Parser:
    parser = _Parser(prog=name, description="A terminal for trading Deribit options and futures.")
    parser.add_argument("--venue", choices=VENUES, help="where to trade (default: settings)")
    parser.add_argument("--live", action="store_true", help="allow the real exchange")
    parser.add_argument("--at", default="", help="for --venue paper: 127.0.0.1:PORT of a simulator")
    parser.add_argument("--tape", type=Path, help="a recording or a folder of them, to play")
    parser.add_argument("--tape-speed", type=_speed, default=1.0, help="1 is real time, or max")
    parser.add_argument("--tape-from", default="", help="begin at 12:30, or 2026-11-20T12:30")
    parser.add_argument("--record", type=Path, help="record the raw market feed in this folder")
    parser.add_argument("--settings", type=Path, help="settings file (default: ./settings.toml)")
    parser.add_argument("--data", help="data folder (default: VOLDESK_HOME or the user's)")
    parser.add_argument("--seed", type=int, help="seed of the simulated exchange")
    parser.add_argument("--port", type=int, help="port of the simulated exchange, 0 = any")
    parser.add_argument("--load", type=int, help="extra simulated book messages a second")
    parser.add_argument("--market", choices=MARKETS, help="how much the simulated exchange lists")
    return parser


def _speed(text: str) -> float:
    return 0.0 if text == "max" else float(text)


def _default_settings() -> Settings:
    here = Path("settings.toml")
    return load_settings(here) if here.exists() else Settings()


def _check(mode: str, found: argparse.Namespace) -> None:
    if mode == "tape" and found.tape is None:
        raise StartError("the venue is tape, but no --tape FILE is named")
    if found.tape is not None and mode != "tape":
        raise StartError(f"--tape goes with the venue tape, not with {mode}")
    if found.tape_from and mode != "tape":
        raise StartError(f"--tape-from goes with the venue tape, not with {mode}")
    if found.tape is not None and not found.tape.exists():
        raise StartError(f"there is no tape {found.tape}")
    if not found.tape_speed >= 0:
        raise StartError(f"--tape-speed is {found.tape_speed}, must be 0 or more")
    if found.at and mode != "paper":
        raise StartError(f"--at goes with the venue paper, not with {mode}")
    if found.at:
        public_endpoints("live", found.at)
    if mode == "live" and not found.live:
        raise StartError("the venue is live: start with --live to trade with real money")


def _check_record(folder: Path, mode: str) -> None:
    """A recording goes into a folder, which is made when only it is missing."""
    why = ""
    if mode == "tape":
        why = "a tape plays"
    elif folder.exists() and not folder.is_dir():
        why = "it is a file, must be a folder"
    elif not folder.parent.is_dir():
        why = f"there is no folder {folder.parent}"
    elif not os.access(folder if folder.exists() else folder.parent, os.W_OK | os.X_OK):
        why = "it is not writable"
    if why:
        raise StartError(f"nothing can be recorded in {folder}: {why}")
