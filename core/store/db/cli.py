"""`python -m core db ...`: what may be typed, checked before anything is touched."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

from core.errors import SettingsError, StartError, StoreError
from core.settings import Settings, load_settings
from core.store.db.export import EXPORTED, Export, export
from core.store.db.status import status_lines
from core.store.db.upkeep import migrate_lines, vacuum_lines
from core.store.server.postgres import Database, database_of

BAD_START: Final = 2
UNREACHED: Final = 1
SCHEMAS: Final = ("sim", "test", "live", "paper", "paper_test", "paper_local")
"""A schema for every mode; paper has one for each source of its prices."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which store is meant."""

    schema: str
    folder: Path
    settings: Settings

    @property
    def spool(self) -> Path:
        """Where its batches wait."""
        return self.folder / f"spool-{self.schema}"

    def database(self, *, is_made: bool = False) -> Database:
        """The configured server or the embedded one, which must be there unless it is made now."""
        dsn = os.environ.get("VOLDESK_DATABASE", "")
        home = self.folder / "postgres"
        if not dsn and not is_made and not (home / "PG_VERSION").exists():
            raise StoreError(f"there is no database in {home} yet: a desk or `db migrate` makes it")
        return database_of(self.schema, dsn, home)


class _Parser(argparse.ArgumentParser):
    """Complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise StartError(f"db: {message}; try --help")


def run(argv: Sequence[str], data_folder: Callable[[str | None], Path]) -> int:
    """0 when all is well, 1 when the database is not reached, 2 for bad input; one sentence each.

    Args:
        data_folder: Where the data is, given what --data says.
    """
    try:
        found = _parser().parse_args(list(argv))
        settings = _settings(found.settings)
        place = Place(found.mode or _schema(settings), data_folder(found.data), settings)
        command: Callable[[argparse.Namespace, Place], None] = found.command
        command(found, place)
        sys.stdout.flush()
    except (StartError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_START
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return UNREACHED
    except BrokenPipeError:
        # Whoever read us has enough; nothing may be flushed into the pipe at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREACHED
    return 0


def _parser() -> _Parser:
    parser = _Parser(prog="python -m core db", description="Look after the database.")
    words = parser.add_subparsers(required=True, metavar="migrate|status|vacuum|export")
    made = {}
    for word, command, text in (
        ("migrate", _migrate, "bring the schema up to date"),
        ("status", _status, "version, sizes, missing minutes, what waits on disk"),
        ("vacuum", _vacuum, "drop the days that are too old, and tidy up"),
        ("export", _export, "a table or a part of it as CSV"),
    ):
        one = made[word] = words.add_parser(word, help=text)
        one.set_defaults(command=command)
        one.add_argument("--mode", choices=SCHEMAS, help="whose tables (default: settings)")
        one.add_argument("--data", help="data folder (default: VOLDESK_HOME or the user's)")
        one.add_argument("--settings", type=Path, help="settings file (default: ./settings.toml)")
    asked = made["export"]
    asked.add_argument("table", choices=sorted(EXPORTED), metavar="TABLE")
    asked.add_argument("--from", dest="since", type=_moment, metavar="2026-11-20T12:30")
    asked.add_argument("--to", dest="until", type=_moment, metavar="2026-11-21")
    asked.add_argument("--chain", default="", help="only this chain, such as BTC or BTC_USDC")
    asked.add_argument("--out", default="-", help="a file, packed if its name ends in .gz")
    return parser


def _moment(text: str) -> datetime:
    """A day, or a day and a time, UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no time such as 2026-11-20T12:30") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _settings(path: Path | None) -> Settings:
    here = path or Path("settings.toml")
    return load_settings(here) if path or here.exists() else Settings()


def _schema(settings: Settings) -> str:
    """Where a desk with these settings writes."""
    venue = settings.venue
    if venue.mode == "paper" and venue.paper_data == "test":
        return "paper_test"
    return venue.mode if venue.mode in SCHEMAS else "sim"


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _migrate(_: argparse.Namespace, place: Place) -> None:
    with closing(place.database(is_made=True)) as database:
        _say(migrate_lines(database))


def _status(_: argparse.Namespace, place: Place) -> None:
    with closing(place.database()) as database:
        _say(status_lines(database, place.spool))


def _vacuum(_: argparse.Namespace, place: Place) -> None:
    with closing(place.database()) as database:
        _say(vacuum_lines(database, place.settings.store.keep_days))


def _export(found: argparse.Namespace, place: Place) -> None:
    if found.since and found.until and found.until <= found.since:
        raise StartError(f"db: --to {found.until} is not after --from {found.since}")
    asked = Export(found.table, found.since, found.until, found.chain)
    with closing(place.database()) as database:
        rows = export(database, asked, found.out)
    if found.out != "-":
        _say([f"{rows:,} rows of {found.table} in {found.out}"])
