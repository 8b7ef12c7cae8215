"""`python -m core tape info|verify|cut PATH`: look into recordings without a screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from core.clock import utc
from core.errors import StartError
from core.venues.tape.cut import cut
from core.venues.tape.inspection import Contents, inspected
from core.venues.tape.source import moment_on

BAD_START: Final = 2
UNSOUND: Final = 1


class _Parser(argparse.ArgumentParser):
    """Complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise StartError(f"tape: {message}; try --help")


def run(argv: Sequence[str]) -> int:
    """0 when all is well, 1 when `verify` found something, 2 with one sentence for bad input."""
    try:
        found = _parser().parse_args(list(argv))
        command: Callable[[argparse.Namespace], int] = found.command
        return command(found)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_START


def _parser() -> _Parser:
    parser = _Parser(prog="python -m core tape", description="Look into recordings.")
    words = parser.add_subparsers(required=True, metavar="info|verify|cut")
    for word, command, text in (
        ("info", _info, "what is in a recording or a folder of them"),
        ("verify", _verify, "read all of it; exit code 1 when something is wrong"),
        ("cut", _cut, "copy a part into a new recording"),
    ):
        one = words.add_parser(word, help=text)
        one.add_argument("path", type=Path)
        one.set_defaults(command=command)
        if word == "cut":
            one.add_argument("out", type=Path, help="the new file")
            one.add_argument("--from", dest="first", required=True, metavar="12:30")
            one.add_argument("--to", dest="last", required=True, metavar="12:45")
    return parser


def _info(found: argparse.Namespace) -> int:
    for contents in inspected(found.path):
        sys.stdout.write("".join(f"{line}\n" for line in _described(contents)))
    return 0


def _verify(found: argparse.Namespace) -> int:
    is_sound = True
    for contents in inspected(found.path):
        verdict = _verdict(contents)
        is_sound = is_sound and verdict == "sound"
        sys.stdout.write(f"{contents.path}: {verdict}; {contents.frames:,} frames read\n")
    return 0 if is_sound else UNSOUND


def _cut(found: argparse.Namespace) -> int:
    from_ns, to_ns = (moment_on(found.path, text) for text in (found.first, found.last))
    if to_ns < from_ns:
        raise StartError(f"tape: --to {found.last} is before --from {found.first}")
    made = cut(found.path, from_ns, to_ns, found.out)
    if made.damage:
        sys.stderr.write(f"the tape is damaged: {made.damage}\n")
    sys.stdout.write(f"{made.frames:,} frames in {found.out}\n")
    return UNSOUND if made.damage else 0


def _described(contents: Contents) -> Iterator[str]:
    yield str(contents.path)
    if contents.first_ns is None or contents.last_ns is None:
        yield "  holds no times"
    else:
        first, last = utc(contents.first_ns), utc(contents.last_ns)
        yield f"  {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC, {_took(contents)}"
    yield f"  {contents.frames:,} frames, {_size(contents)}"
    for kind, count in contents.kinds.most_common():
        rate = f"{count / contents.seconds:12,.1f}/s" if contents.seconds else ""
        yield f"    {kind:20} {count:12,} {rate}".rstrip()
    links = ", ".join(f"{link} {count:,}" for link, count in sorted(contents.links.items()))
    yield f"  links: {links or 'none'}; dropped {contents.drops} times"
    yield f"  gaps in books: {contents.gaps}; frames not recorded: {contents.lost:,}"
    yield f"  books in full states: {contents.states:,}; {contents.different} differ"
    if contents.damage:
        yield f"  {_verdict(contents)}"


def _took(contents: Contents) -> str:
    minutes, seconds = divmod(round(contents.seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{contents.seconds:.1f} s"


def _size(contents: Contents) -> str:
    ratio = contents.text_size / contents.size if contents.size else 0.0
    size, text_size = contents.size / 1e6, contents.text_size / 1e6
    return f"{size:,.2f} MB for {text_size:,.2f} MB of frames (1:{ratio:.1f})"


def _verdict(contents: Contents) -> str:
    if contents.is_torn:
        return f"torn, as after a kill: {contents.damage}"
    if contents.damage:
        return f"damaged: {contents.damage}"
    if contents.different:
        return f"{contents.different} books differ from the states recorded"
    if not contents.frames:
        return "holds no frame"
    return "sound"
