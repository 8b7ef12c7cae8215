"""The simulated exchange as a child process of the desk."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from pathlib import Path

from core.desk.places import for_children
from core.errors import StartError
from core.service import Service
from core.settings import SimulatorSettings

log = logging.getLogger(__name__)


def listening_socket(port: int) -> socket.socket:
    """A socket that listens on `port`, any free one for 0; StartError when it is busy."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise StartError(f"simulator.port {port} cannot be used: {why}") from error


class SimulatorChild:
    """Starts the exchange, passes on what it complains of, and ends it with the desk.

    The desk opens the socket and hands it over, so that its own links can connect before the
    exchange is up, and a busy port is known at once. The child watches its standard input:
    when the desk is killed the pipe closes, the exchange saves its accounts and leaves.
    """

    def __init__(self, settings: SimulatorSettings, folder: Path) -> None:
        self._socket = listening_socket(settings.port)
        self.port = int(self._socket.getsockname()[1])
        self._settings = settings
        # A state file keeps the market it was made with, so each market has its own.
        name = "simulator" if settings.market == "default" else f"simulator-{settings.market}"
        self._state = folder / f"{name}.json"
        self._process: subprocess.Popen[str] | None = None
        self.service = Service("simulator", self._watch)

    def start(self) -> None:
        """Start the child and the thread that watches it; returns at once."""
        self.service.start()

    def stop(self) -> bool:
        """Close its input, wait, and kill it only if it will not go."""
        self.service.ask_to_stop()
        process = self._process
        if process is None:
            self._socket.close()
            return self.service.stop()
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            log.warning("the simulator did not leave by itself and was killed")
            process.kill()
            process.wait(timeout=5)
        return self.service.stop()

    def _watch(self, stopping: threading.Event) -> None:
        with subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=for_children(),
            # Its own session: ctrl+c in the terminal is for the desk to handle.
            start_new_session=True,
            pass_fds=(self._socket.fileno(),),
        ) as process:
            self._socket.close()
            self._process = process
            if process.stderr is not None:
                for line in process.stderr:
                    log.warning("simulator: %s", line.rstrip())
            code = process.wait()
        if not stopping.is_set():
            log.error("the simulator ended by itself with code %d", code)

    def _command(self) -> list[str]:
        settings = self._settings
        command = [sys.executable, "-m", "core", "simulator", "--die-with-parent"]
        command += ["--fd", str(self._socket.fileno()), "--seed", str(settings.seed)]
        command += ["--state", str(self._state), "--speed", str(settings.speed)]
        command += ["--market", settings.market]
        command += ["--faults", settings.faults] if settings.faults else []
        return command + (["--load", str(settings.load)] if settings.load else [])
