"""The strategies: which are on, when they are asked, and what becomes of their orders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.trading.execution.router import Router
from core.trading.journal import AutomationRecord, Journal, NoteRecord
from core.trading.strategy import Context, Strategy
from core.trading.view import AutomationState

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Program:
    """One strategy and its switch."""

    strategy: Strategy
    is_on: bool = False
    is_started: bool = False
    """False while it is on but waits for the first reconciliation."""
    sleeves: set[str] = field(default_factory=set)
    """Sleeves it has named in targets."""
    error: str = ""
    """Which error of its own ended it, until it is switched on again."""
    ended: str = ""
    """Why the risk guard switched it off, until it is switched on again."""

    def owns(self, sleeve: str) -> bool:
        """True for its own sleeves: those it named, its name, and `name-...` of earlier runs."""
        name = self.strategy.name
        return sleeve in self.sleeves or sleeve == name or sleeve.startswith(f"{name}-")


class Automations:
    """Asks every strategy for targets; only those of the ones that are on count."""

    def __init__(
        self,
        strategies: Iterable[Strategy],
        on_at_start: Iterable[str],
        router: Router,
        journal: Journal,
    ) -> None:
        names = frozenset(on_at_start)
        self._programs = {one.name: Program(one, one.name in names) for one in strategies}
        self._router = router
        self._journal = journal
        self._running: Program | None = None
        self._ending: list[Program] = []
        """Switched off by a kill; told so when everything urgent is done."""
        self._is_ready = False
        """False until positions are known."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every strategy's name."""
        return tuple(self._programs)

    @property
    def running(self) -> tuple[str, ...]:
        """Names of those that are on and started."""
        return tuple(name for name, one in self._programs.items() if one.is_on and one.is_started)

    def owner(self, name: str) -> Callable[[str], bool]:
        """Tells which sleeves belong to the strategy `name`."""
        return self._programs[name].owns

    def end(self, name: str, why: str, now_ns: int) -> None:
        """Switch one off because of a limit; its orders are cancelled, its positions stay."""
        program = self._programs[name]
        if not program.is_on:
            return
        if program.is_started:
            self._ending.append(program)
        program.is_on = program.is_started = False
        program.ended = f"switched off: {why}"
        self._router.forget(program.owns, now_ns)
        self._journal.record("automation", _off(program), now_ns)
        text = f"{name} is switched off: {why}"
        self._journal.record("note", NoteRecord("risk", text), now_ns)
        log.error("%s", text, extra={"kind": "RISK", "source": name})

    def is_on(self, name: str) -> bool:
        """True when `name` is switched on."""
        program = self._programs.get(name)
        return program is not None and program.is_on

    def owns(self, sleeve: str) -> bool:
        """True when the sleeve belongs to one of the strategies."""
        return any(program.owns(sleeve) for program in self._programs.values())

    def switch(self, name: str, is_on: bool, context: Context) -> None:
        """Turn one on or off; off cancels its orders and leaves its positions."""
        program = self._programs[name]
        if program.is_on != is_on:
            program.is_on = is_on
            self._journal.record("automation", AutomationRecord(name, is_on), context.now_ns)
            text = f"{name} is switched {'on' if is_on else 'off'}"
            log.info("%s", text, extra={"kind": "INFO", "source": name})
        if is_on:
            self._start(program, context)
        else:
            self._stop(program, context)

    def all_off(self, now_ns: int) -> list[str]:
        """Turn every strategy off without running any of it; the names of those that were on."""
        were_on = [name for name, program in self._programs.items() if program.is_on]
        for program in self._programs.values():
            if program.is_started:
                self._ending.append(program)
            if program.is_on:
                self._journal.record("automation", _off(program), now_ns)
            program.is_on = program.is_started = False
            self._router.forget(program.owns, now_ns)
        return were_on

    def resume(self, context: Context) -> None:
        """Start what is on: positions are known now."""
        self._is_ready = True
        for program in self._programs.values():
            if program.is_on:
                self._start(program, context)

    def pause(self, context: Context) -> None:
        """The loop ends: drop all targets, remember what was on, then tell the strategies."""
        self._is_ready = False
        self._router.forget(self.owns, context.now_ns)
        for program in self._programs.values():
            self._stop(program, context)

    def on_time(self, context: Context) -> None:
        """Ask everyone; take the targets of those that are on."""
        self._end_killed(context)
        for program in self._programs.values():
            if program.error:
                continue
            self._running = program
            targets = program.strategy.on_time(context)
            if program.is_on and program.is_started:
                program.sleeves |= {one.sleeve for one in targets}
                self._router.want(program.owns, targets, context.now_ns)
            self._running = None

    def fail(self, why: str, now_ns: int) -> str:
        """An error escaped: the strategy that ran, or else all, are off. Says which."""
        guilty = [self._running] if self._running else list(self._programs.values())
        self._running = None
        stopped = [program.strategy.name for program in guilty if program.is_on]
        for program in guilty:
            program.error = f"stopped on an error: {why}"
            if program.is_on:
                self._journal.record("automation", _off(program), now_ns)
            program.is_on = program.is_started = False
            self._router.forget(program.owns, now_ns)
        return ", ".join(stopped)

    def states(self) -> tuple[AutomationState, ...]:
        """As the header shows them."""
        return tuple(self._state(name, program) for name, program in self._programs.items())

    def _state(self, name: str, program: Program) -> AutomationState:
        self._running = program
        status = program.error or program.ended or program.strategy.status()
        self._running = None
        if waits := self._router.status(program.owns):
            status = f"{status} ({waits})"
        return AutomationState(name, program.is_on, status)

    def _start(self, program: Program, context: Context) -> None:
        self._end_killed(context)
        program.error = program.ended = ""
        if self._is_ready and not program.is_started:
            program.is_started = True
            self._running = program
            program.strategy.start(context)
            self._running = None

    def _stop(self, program: Program, context: Context) -> None:
        self._router.forget(program.owns, context.now_ns)
        if program.is_started:
            program.is_started = False
            self._tell_stop(program, context)

    def _end_killed(self, context: Context) -> None:
        while self._ending:
            self._tell_stop(self._ending.pop(), context)

    def _tell_stop(self, program: Program, context: Context) -> None:
        self._running = program
        program.strategy.stop(context)
        self._running = None


def _off(program: Program) -> AutomationRecord:
    return AutomationRecord(program.strategy.name, False)
