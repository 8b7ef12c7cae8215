"""Keys, tokens and the database's password stand in nothing a desk leaves behind or shows.

A client id is no secret: it names the account, as a user name does, and nothing can be done with
it alone. It is looked for nowhere.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import shutil
import socket
import tempfile
import threading
import types
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from core.clock import SystemClock
from core.desk.build import build_desk
from core.desk.desk import Desk
from core.desk.options import read_options
from core.domain.order import Side
from core.logs import LogMemory, configure
from core.service import Service
from core.trading.commands import PlaceOrders
from core.venues.deribit.endpoints import Credentials, Endpoints, Secret, endpoints
from core.venues.deribit.trading_link import DeribitTrading
from core.venues.tape.blocks import is_blocks, read_blocks, scan
from tests.eventually import eventually
from tests.trials.child import trial_ground
from tests.trials.desk import INVERSE, VENUE, market_order
from tests.trials.exchange import FUNDS, Exchange
from tests.trials.outside import outside_desk
from tui.app import VoldeskApp

KEY, SECRET = "kEy-0f-Grep-7731", "sEcReT-0f-Grep-9912-aa"
WRONG = "sEcReT-wRoNg-5507-bb"
PASSWORD = "pAsSwOrD-0f-Grep-3141"
_TOKEN = re.compile(rb'"(?:access|refresh)_token":"([^"]+)"')
_PASSED = (types.ModuleType, type, types.FunctionType, types.CodeType, types.FrameType)
"""What is code, not data: no walk goes through it."""


class Tap:
    """Passes bytes between desks and an exchange, and keeps the tokens that go by."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def tokens(self) -> set[str]:
        """Every access and refresh token so far."""
        return {found.decode() for found in _TOKEN.findall(b"".join(self._seen))}

    def close(self) -> None:
        """Let nobody in any more."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            for source, target, kept in ((near, far, None), (far, near, self._seen)):
                threading.Thread(target=_pass_on, args=(source, target, kept), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, kept: list[bytes] | None) -> None:
    try:
        while data := source.recv(65_536):
            if kept is not None and b"_token" in data:
                kept.append(data)
            target.sendall(data)
    except OSError:
        return
    finally:
        for one in (source, target):
            one.close()


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder a server of another user may work in."""
    folder = Path(tempfile.mkdtemp(prefix="voldesk-trial-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def loud_logs(folder: Path) -> Iterator[LogMemory]:
    """Everything is logged, also what libraries say; the handlers before come back."""
    root, memory = logging.getLogger(), LogMemory()
    before, level = list(root.handlers), root.level
    root.handlers.clear()
    configure(folder, memory, "DEBUG")
    for name in ("websocket", "asyncio", "urllib3"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield memory
    finally:
        for one in root.handlers:
            one.close()
        root.handlers[:] = before
        root.setLevel(level)


def trouble(exchange: Exchange, at: Endpoints, desk: Desk) -> None:
    """Everything that makes a program say too much."""
    log = logging.getLogger("trial")
    desk.submit(PlaceOrders((market_order(INVERSE, Side.BUY, "100"),)))
    exchange.ask("simulator/fault", kind="refuse", method="public/auth", message=f"no {SECRET[:3]}")
    exchange.ask("simulator/fault", kind="expire_tokens")
    desk.submit(PlaceOrders((market_order(INVERSE, Side.SELL, "50"),)))
    eventually(lambda: desk.trading.gate.is_open, 30)
    exchange.ask("simulator/fault", kind="lost_reply", method="public/auth")
    exchange.ask("simulator/fault", kind="cut")
    eventually(lambda: not desk.trading.gate.is_open, 30)
    eventually(lambda: desk.trading.gate.is_open, 40)
    _fail_to_log_in(at)
    _crash(desk, log)


def _fail_to_log_in(at: Endpoints) -> None:
    wrong = Credentials(KEY, Secret(WRONG))
    link = DeribitTrading(at.socket_url, VENUE, wrong, SystemClock(), lambda _fact: None)
    link.start()
    eventually(lambda: "login" in link.state().status and "down" in link.state().status, 30)
    assert link.stop()


def _crash(desk: Desk, log: logging.Logger) -> None:
    """A thread that ends on an error which names all it has."""
    key = Credentials(KEY, Secret(SECRET))

    def body(_stopping: threading.Event) -> None:
        raise RuntimeError(f"{key!r} {desk!r} {vars(desk)!r}")

    service = Service("crash", body)
    service.start()
    eventually(lambda: service.state().last_error, 10)
    log.debug("the desk %r, its key %r", vars(desk), key)


async def picture(desk: Desk) -> str:
    """The screen as SVG, with the log in it."""
    app = VoldeskApp(desk)
    async with app.run_test(size=(180, 50)) as pilot:
        await pilot.pause(1.0)
        return app.export_screenshot()


def dump(dsn: str) -> str:
    """Every row of every table of the desk."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'sim'")
            names = [name for (name,) in cursor.fetchall()]
            rows: list[str] = []
            for name in names:
                cursor.execute(f'SELECT t::text FROM sim."{name}" t')
                rows += [row for (row,) in cursor.fetchall()]
        return "\n".join(rows)
    finally:
        connection.close()


def living() -> dict[int, int]:
    """Every process and its parent."""
    return {int(one.name): _parent(one) for one in Path("/proc").glob("[0-9]*")}


def processes(folder: Path, others: Collection[int]) -> str:
    """Command lines and environments of our children and theirs, and of servers on `folder`.

    `others` lived before: children of other tests.
    """
    parents = {pid: its for pid, its in living().items() if pid not in others}
    servers = [pid for pid in parents if str(folder) in _of_process(pid, "cmdline")]
    seen, waiting = {os.getpid()}, [os.getpid(), *servers]
    found = []
    while waiting:
        parent = waiting.pop()
        waiting += [child for child, its in parents.items() if its == parent]
        if parent not in seen:
            seen.add(parent)
            found += [_of_process(parent, what) for what in ("cmdline", "environ")]
    return "\n".join(found)


def _of_process(pid: int, what: str) -> str:
    try:
        return Path(f"/proc/{pid}/{what}").read_text(errors="replace")
    except OSError:
        return ""


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def reachable(root: object, words: set[str]) -> list[str]:
    """Objects that hold or show one of `words`, found from `root` without looking into secrets."""
    seen, waiting, found = {id(root)}, [root], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str | bytes | bytearray | memoryview):
            text = one if isinstance(one, str) else bytes(one).decode(errors="replace")
            found += [f"{type(one).__name__} of {len(one)}" for word in words if word in text]
            continue
        if isinstance(one, Secret):
            continue
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, _PASSED):
                seen.add(id(other))
                waiting.append(other)
    return found


@pytest.mark.timeout(300)
def test_no_key_and_no_token_is_left_anywhere(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOLDESK_CLIENT_ID", KEY)
    monkeypatch.setenv("VOLDESK_CLIENT_SECRET", SECRET)
    places: dict[str, str] = {}
    with trial_ground() as (folder, dsn), loud_logs(folder / "log") as memory:
        monkeypatch.setenv("VOLDESK_DATABASE", f"{dsn}&password={PASSWORD}")
        exchange = Exchange((), f"--account={KEY}:{SECRET}:{FUNDS}")
        tap = Tap(exchange.port)
        at = Endpoints(endpoints("sim", tap.port).socket_url, exchange.at.http_url)
        tape = folder / "tape"
        with outside_desk(
            at, folder, key=Credentials(KEY, Secret(SECRET)), words=("--record", str(tape))
        ) as desk:
            eventually(lambda: desk.trading.gate.is_open, 60)
            trouble(exchange, at, desk)
            places["picture"] = asyncio.run(picture(desk))
            places["log pane"] = repr(memory.tail(500))
            places["objects"] = "\n".join(reachable(desk, words := {SECRET, WRONG, *tap.tokens}))
        assert len(tap.tokens) >= 4
        tap.close()
        exchange.stop()
        places["tape"] = _tape(tape)
        places["log"] = _bytes_of(folder / "log")
        places["database"] = dump(dsn)
    captured = capfd.readouterr()
    places["output"] = captured.out + captured.err
    words = {SECRET, WRONG, PASSWORD, *tap.tokens}
    assert places.pop("objects") == ""
    assert places["log"]
    assert places["tape"]
    assert places["database"]
    assert [
        (name, word[:6]) for name, text in places.items() for word in words if word in text
    ] == []


def _tape(path: Path) -> str:
    """Every block of a recording, unpacked."""
    files = [one for one in path.parent.rglob("*") if one.is_file() and path.name in str(one)]
    tapes = [one for one in files if one.suffix == ".gz" or is_blocks(one)]
    blocks = [text for one in tapes for _, text in read_blocks(one, scan(one))]
    return b"".join(blocks).decode(errors="replace")


def _bytes_of(folder: Path) -> str:
    """All files of a folder together."""
    return "".join(one.read_text(errors="replace") for one in folder.glob("*") if one.is_file())


@pytest.mark.timeout(240)
@pytest.mark.parametrize("is_embedded", [True, False])
def test_children_of_a_desk_are_told_no_key(
    is_embedded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = living().keys()
    with open_folder() as folder, loud_logs(folder / "log"):
        monkeypatch.setenv("VOLDESK_CLIENT_ID", KEY)
        for name in ("CLIENT_SECRET", "PRIVATE_KEY_PASSWORD"):
            monkeypatch.setenv(f"VOLDESK_{name}", SECRET)
        if not is_embedded:
            # Nobody listens there: the desk works on and spools.
            elsewhere = f"postgresql://desk:{PASSWORD}@127.0.0.1:1/voldesk"
            monkeypatch.setenv("VOLDESK_DATABASE", elsewhere)
        with build_desk(read_options(["--data", str(folder / "data")], "voldesk")) as desk:
            desk.start()
            eventually(lambda: desk.trading.gate.is_open, 60)
            eventually(lambda: desk.store.is_up or not is_embedded, 60)
            shown = processes(folder, others)
    assert "simulator" in shown
    assert ("postgres" in shown) == is_embedded
    assert SECRET not in shown
    assert PASSWORD not in shown
