"""The command line of the simulator: options in, a served exchange, an exit code out."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

from aiohttp.http_exceptions import HttpProcessingError

from core.clock import NS_PER_S
from core.errors import StartError
from core.simulator import fault_line
from core.simulator.clock import ExchangeClock, SimClock, SteppedClock
from core.simulator.exchange import Exchange
from core.simulator.rpc import Json
from core.simulator.server.access.key_pairs import public_key_in
from core.simulator.server.app import HOST, Server, ServerOptions
from core.simulator.server.script import Cue, cue, cues
from core.simulator.state.claim import claim
from core.simulator.state.keeper import Keeper
from core.simulator.world.listing.instruments import CURRENCIES
from core.simulator.world.size import DEFAULT, SIZES, MarketSize

DEMO = "demo:demo:BTC=10,ETH=100,USDC=1000000"
BAD_START = 2
EXAMPLE_START = "2026-03-01T07:30:00Z"
FIRST_YEAR, LAST_YEAR = 2020, 2100
TO_A_RUNNING_ONE = {"fault": fault_line.arm, "faults": fault_line.show}


class _Parser(argparse.ArgumentParser):
    """Complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise StartError(f"simulator: {message}")


def run(argv: Sequence[str]) -> int:
    """Serve until told to stop, or speak to a running one: `fault …`, `faults`.

    0 after a clean end, 2 with one sentence when it cannot start.
    """
    logging.getLogger("aiohttp.server").addFilter(_is_ours_to_mend)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        if argv and argv[0] in TO_A_RUNNING_ONE:
            return TO_A_RUNNING_ONE[argv[0]](argv[1:])
        return _run(_parser().parse_args(list(argv)))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_START


def _is_ours_to_mend(record: logging.LogRecord) -> bool:
    """False for complaints about what a client sent as HTTP: it was answered 400."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def _run(options: argparse.Namespace) -> int:
    funds = _accounts([DEMO, *options.account])
    state = Path(options.state) if options.state else None
    exchange = _exchange(options, funds, state)
    server_options = ServerOptions(
        options.port, {client: secret for client, (secret, _) in funds.items()},
        options.load, not options.unlimited, options.die_with_parent, options.fd,
        _cues(options),
    )  # fmt: skip
    try:
        asyncio.run(_serve(exchange, server_options))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "already in use" if error.errno == errno.EADDRINUSE else "not allowed"
        raise StartError(f"simulator: port {options.port} on {HOST} is {why}") from error
    return 0


async def _serve(exchange: Exchange, options: ServerOptions) -> None:
    await Server(exchange, options).run()


def _exchange(
    options: argparse.Namespace, funds: dict[str, tuple[str, dict[str, Decimal]]],
    state: Path | None,
) -> Exchange:  # fmt: skip
    if state is not None:
        claim(state)
    keeper = Keeper(state) if state else None
    saved = keeper.load() if keeper else None
    start_ns = options.start or SimClock().now_ns()
    if keeper is not None and saved is not None:
        start_ns = max(start_ns, keeper.resume_ns(saved))
    exchange = Exchange(_clock(options, start_ns), options.seed, size=_size(options, saved))
    if keeper is None or saved is None:
        exchange.open()
    else:
        keeper.restore(exchange, saved)
    for client_id, (_, money) in funds.items():
        if exchange.accounts.find(client_id) is None:
            exchange.accounts.open(client_id, money, exchange.clock.now_ms())
    if keeper is not None:
        keeper.begin(exchange)
    return exchange


def _clock(options: argparse.Namespace, start_ns: int) -> ExchangeClock:
    if options.stepped:
        return SteppedClock(start_ns, options.speed)
    return SimClock(options.speed, start_ns)


def _cues(options: argparse.Namespace) -> tuple[Cue, ...]:
    """The faults of --fault and --faults."""
    found = [cue(line) for line in options.fault]
    if options.faults is not None:
        path = Path(options.faults)
        try:
            found += cues(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise StartError(f"simulator: the file {path} cannot be read: {error}") from error
    return tuple(found)


def _size(options: argparse.Namespace, saved: Json | None) -> MarketSize:
    """The size asked for, or the one a saved exchange has."""
    name = options.market if saved is None else saved.get("market", DEFAULT.name)
    if name not in SIZES:
        raise StartError(f"the state file {options.state} names no known market: {name!r}")
    return SIZES[name]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core simulator", description="An embedded Deribit.")
    parser.add_argument("--port", type=_port, default=0, help="0 takes a free port")
    parser.add_argument("--fd", type=_port, default=None, help="a listening socket to take over")
    parser.add_argument("--seed", type=_seed, default=1, help="the same seed, the same market")
    parser.add_argument(
        "--market", choices=tuple(SIZES), default=DEFAULT.name,
        help="full lists as much as the real venue; a state file keeps its own",
    )  # fmt: skip
    parser.add_argument("--speed", type=_speed, default=1.0, help="1 to 1000 times real time")
    parser.add_argument("--start", type=_start, default=None, metavar="2026-03-01T07:30:00Z",
                        help="the exchange's time at the start")  # fmt: skip
    parser.add_argument("--stepped", action="store_true",
                        help="time moves by simulator/advance only")  # fmt: skip
    parser.add_argument("--fault", action="append", default=[], metavar="'AT_S KIND k=v'",
                        help="a fault at that many exchange seconds; may be repeated")  # fmt: skip
    parser.add_argument("--faults", default=None, metavar="FILE", help="such faults, one a line")
    parser.add_argument(
        "--account", action="append", default=[], metavar="ID:SECRET:BTC=10,USDC=1000",
        help="a funded account beside demo:demo; may be repeated; @FILE names a public key "
        "in place of the secret",
    )  # fmt: skip
    parser.add_argument(
        "--state",
        default=None,
        metavar="FILE",
        help="keep the state here and in a history file beside it",
    )
    parser.add_argument("--load", type=_load, default=0.0, help="extra book messages a second")
    parser.add_argument("--unlimited", action="store_true", help="no rate limits")
    parser.add_argument(
        "--die-with-parent", action="store_true", help="end when standard input ends"
    )
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _start(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like {EXAMPLE_START}") from error
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is not in {FIRST_YEAR} to {LAST_YEAR}")
    return int(at.timestamp()) * NS_PER_S + at.microsecond * 1_000


def _speed(text: str) -> float:
    return _number_between(text, 1.0, 1_000.0)


def _load(text: str) -> float:
    return _number_between(text, 0.0, 50_000.0)


def _number_between(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
    return value


def _accounts(texts: list[str]) -> dict[str, tuple[str, dict[str, Decimal]]]:
    """{client id: (secret, funds)}; a later one replaces an earlier one."""
    found = {}
    for text in texts:
        client_id, _, rest = text.partition(":")
        secret, _, money = rest.partition(":")
        if not client_id or not secret or client_id == "house":
            raise StartError(f"simulator: account {text!r} is not ID:SECRET:CURRENCY=AMOUNT,…")
        if secret.startswith("@"):
            secret = public_key_in(secret.removeprefix("@"))
        found[client_id] = (secret, _funds(text, money))
    return found


def _funds(text: str, money: str) -> dict[str, Decimal]:
    funds = {}
    for part in filter(None, money.split(",")):
        currency, _, amount = part.partition("=")
        if currency.upper() not in CURRENCIES:
            raise StartError(
                f"simulator: account {text!r} names {currency!r}, not BTC, ETH or USDC"
            )
        try:
            value = Decimal(amount)
        except InvalidOperation as error:
            raise StartError(f"simulator: account {text!r} has no number in {part!r}") from error
        if not value.is_finite() or value < 0:
            raise StartError(
                f"simulator: account {text!r} needs an amount of 0 or more in {part!r}"
            )
        funds[currency.upper()] = value
    return funds
