"""Who inverts prices now: our own solver, or vollib once it is compiled and loaded."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from core.pricing.options.compiling import first_volatilities
from core.quant.implied import ImpliedVol, implied_vol
from core.quant.types import BoolArray, FloatArray
from core.quant.vollib_engine import implied_vol_vollib
from core.service import Service, ServiceState

log = logging.getLogger(__name__)
Invert = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, BoolArray], ImpliedVol]
"""USD prices, forwards, strikes, years, is_call -> volatilities."""
ENGINES: dict[str, Invert] = {"own": implied_vol, "vollib": implied_vol_vollib}
"""By the name in the settings, `pricing.engine`."""
COMPILING = (sys.executable, "-m", "core.pricing.options.compiling")
_SECRETS = ("VOLDESK_", "PG")
_LOOK_S = 0.2


class Engine:
    """Our own solver at once; vollib takes over when a thread of this has made it ready.

    Compiling happens in another process and loading in this thread, so neither the screen nor the
    pricing waits; if it cannot be had, our own goes on and one sentence says why.
    """

    def __init__(
        self,
        wanted: str,
        compiling: Sequence[str] = COMPILING,
        first: Callable[[], bool] = first_volatilities,
    ) -> None:
        """`compiling` is the command that fills the cache; `first` loads and tries the engine."""
        self._wanted = wanted
        self._compiling = tuple(compiling)
        self._first = first
        self.name = "own"
        """Who inverts now, a key of `ENGINES`."""
        self.problem = ""
        """Why the wanted engine does not invert; empty when it does."""
        self._service = Service(wanted, self._prepare)

    @property
    def words(self) -> str:
        """Who inverts, and why not the one that is wanted."""
        return f"{self.name}: {self.problem}" if self.problem else self.name

    @property
    def invert(self) -> Invert:
        """The engine of this moment."""
        return ENGINES[self.name]

    def start(self) -> None:
        """Begin to make the wanted engine ready; returns at once."""
        if self._wanted != self.name:
            self._service.start()

    def stop(self) -> bool:
        """End the preparation; False if it is still running."""
        return self._service.stop()

    def states(self) -> tuple[ServiceState, ...]:
        """For the screen; nothing when our own is the wanted one."""
        return () if self._wanted == "own" else (self._service.state(),)

    def _prepare(self, stopping: threading.Event) -> None:
        self.problem = f"{self._wanted} is being compiled"
        log.info("%s: our own engine prices until it is done", self.problem)
        complaint = self._compile(stopping)
        if stopping.is_set():
            return
        if not complaint:
            complaint = self._load()
        if complaint:
            self.problem = f"{self._wanted} cannot be used: {complaint}"
            log.warning("%s; our own engine prices", self.problem)
            return
        self.name, self.problem = self._wanted, ""
        log.info("%s prices from now on", self.name)

    def _load(self) -> str:
        """Import it; what is wrong with it, empty when nothing. Raises what the import does."""
        self.problem = f"{self._wanted} is being loaded"
        is_right = is_loaded = False
        try:
            is_right = self._first()
            is_loaded = True
        finally:
            if not is_loaded:
                self.problem = f"{self._wanted} could not be loaded"
        return "" if is_right else "its volatilities are wrong"

    def _compile(self, stopping: threading.Event) -> str:
        """Fill the cache in a process of its own; what it complained of, empty when nothing."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        with subprocess.Popen(
            self._compiling,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=kept,
            start_new_session=True,
        ) as child:
            while True:
                try:
                    said = child.communicate(timeout=_LOOK_S)[1]
                except subprocess.TimeoutExpired:
                    if stopping.is_set():
                        child.kill()
                    continue
                lines = said.decode(errors="replace").strip().splitlines()
                return (lines[-1] if lines else "it ended") if child.returncode else ""
