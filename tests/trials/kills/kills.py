"""SIGKILL at random moments, and what must agree after each; run it with `make kills`.

Between two lives somebody else trades on the account and leaves orders there, and in some lives
a program is switched on or off: the next one must find all of it.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.domain.label import is_ours, sleeve_of
from core.store.server.postgres import Database
from tests.trials.agreement import PLACES
from tests.trials.child import WITHIN_S, Child, store_of, trial_ground
from tests.trials.desk import INVERSE, LINEAR
from tests.trials.exchange import Exchange, running
from tests.trials.kills.minutes import incomplete, recorded
from tests.trials.outside import ACCOUNT

log = logging.getLogger("kills")

PROGRAMS = {"hedger": "delta hedging", "pair": "pair"}
"""Programs and what they are called in commands."""
ENDED = ("filled", "cancelled", "refused")
_EARLY = 0.15
"""The share of kills that come before the desk is up."""
_BLIND = 0.04
"""The share of lives in which the database cannot be reached."""
_NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
_SWITCHED = 0.25
"""The share of lives in which a program is switched."""
_MEDDLED = 0.4
"""The share of deaths after which somebody else trades."""


@dataclass
class Summary:
    """What a series of kills showed."""

    kills: int = 0
    early: int = 0
    """Of them before the desk was up."""
    fills: int = 0
    orders: int = 0
    blind: int = 0
    """Of them with a database out of reach."""
    switched: int = 0
    foreign: int = 0
    """Orders somebody else made while no desk ran."""
    adopted: int = 0
    minutes: int = 0
    """Minutes that were recorded."""
    up_s: list[float] = field(default_factory=list)
    """Seconds from each start to the moment everything agreed."""
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        times = sorted(self.up_s) or [0.0]
        lines = [
            f"{self.kills} kills, {self.early} of them before the desk was up, "
            f"{self.blind} of desks that could not reach their database",
            f"{self.orders} orders and {self.fills} fills at the venue, {self.adopted} adopted",
            f"{self.foreign} orders of somebody else, {self.switched} switches of programs",
            f"{self.minutes} minutes recorded",
            f"agreement after {times[len(times) // 2]:.1f} s (median), {times[-1]:.1f} s (longest)",
            *self.problems, f"{len(self.problems)} problems",
        ]  # fmt: skip
        return "\n".join(lines)


class Series:
    """One exchange, one database, many lives of a desk."""

    def __init__(self, exchange: Exchange, folder: Path, dsn: str, seed: int) -> None:
        self._exchange, self._folder, self._dsn = exchange, folder, dsn
        self._dice = random.Random(seed)
        self._store = store_of(dsn)
        self._on: frozenset[str] = frozenset()
        self.summary = Summary()

    def run(self, kills: int) -> Summary:
        """First a life in which the programs are switched on and something is held, then kills."""
        self._begin()
        for number in range(kills):
            self._life(number)
        self._last()
        return self.summary

    def _begin(self) -> None:
        child = Child(self._exchange.port, self._folder, self._dsn)
        child.answer("ready")
        child.tell("say a100")
        child.answer("said")
        for words in PROGRAMS.values():
            child.tell(f"say activate {words}")
            child.answer("said")
        self._on = frozenset(PROGRAMS)
        self._until(lambda: self._stored_on() == self._on and self._fills())
        child.kill()

    def _life(self, number: int) -> None:
        is_blind = self._dice.random() < _BLIND
        child = Child(self._exchange.port, self._folder, _NOWHERE if is_blind else self._dsn)
        self.summary.kills += 1
        try:
            if is_blind:
                self._live_blind(child, number)
                return
            if self._dice.random() < _EARLY:
                self.summary.early += 1
                time.sleep(self._dice.uniform(0.3, 2.5))
                return
            self._check(child, f"kill {number}")
            child.tell(f"trade {number}")
            if self._dice.random() < _SWITCHED:
                self._switch(child, number)
            time.sleep(self._dice.uniform(0.1, 2.0))
        finally:
            child.kill()
            if self._dice.random() < _MEDDLED:
                self._meddle(number)

    def _live_blind(self, child: Child, number: int) -> None:
        """It trades without knowing what was: the next one must know both."""
        self.summary.blind += 1
        child.answer("ready", 60.0)
        child.tell(f"trade {number}")
        time.sleep(self._dice.uniform(0.5, 3.0))

    def _switch(self, child: Child, number: int) -> None:
        """Turn one program on or off and wait until the desk says so."""
        name = self._dice.choice(sorted(PROGRAMS))
        self._on ^= {name}
        self.summary.switched += 1
        child.tell(f"say {'' if name in self._on else 'de'}activate {PROGRAMS[name]}")
        ends_at_s = time.monotonic() + WITHIN_S
        while found := self._wrong_programs(words := child.report()):
            if time.monotonic() > ends_at_s:
                self.summary.problems += [f"life {number}: {found[0]}, {words['replies'][-3:]}"]
                return
            time.sleep(0.05)

    def _meddle(self, number: int) -> None:
        """Somebody else trades, or leaves an order to rest."""
        self.summary.foreign += 1
        name, amount = self._dice.choice(((INVERSE, "30"), (LINEAR, "0.3")))
        verb = self._dice.choice(("buy", "sell"))
        order: dict[str, Any] = {"instrument_name": name, "amount": amount, "type": "market"}
        if self._dice.random() < 0.5:
            mark = self._exchange.ask("public/ticker", instrument_name=name)["mark_price"]
            far = Decimal("0.9") if verb == "buy" else Decimal("1.1")
            order |= {"type": "limit", "price": str(int(Decimal(mark) * far))}
        if self._dice.random() < 0.5:
            order["label"] = f"elsewhere-{number}"
        self._exchange.ask(f"private/{verb}", ACCOUNT, **order)

    def _last(self) -> None:
        """After the last kill: compare, and count what was traded."""
        child = Child(self._exchange.port, self._folder, self._dsn)
        self._check(child, "the end")
        child.close()
        summary, stored = self.summary, self._store.fills()
        summary.fills = len(self._exchange.trades(ACCOUNT))
        summary.orders = len(self._exchange.orders(ACCOUNT))
        summary.adopted = sum(one.origin == "adopted" for one in stored)
        with closing(Database("sim", dsn=self._dsn).open()) as connection:
            summary.minutes = len(recorded(connection))
            summary.problems += incomplete(connection)

    def _check(self, child: Child, when: str) -> None:
        began_s = time.monotonic()
        child.answer("ready", 60.0)
        ends_at_s = time.monotonic() + WITHIN_S
        # Programs trade while we look: what agreed in one look need not agree in the next.
        found = self._problems(child.report())
        while found and time.monotonic() < ends_at_s:
            time.sleep(0.2)
            topics = {_topic(one) for one in found}
            found = [one for one in self._problems(child.report()) if _topic(one) in topics]
        self.summary.up_s.append(time.monotonic() - began_s)
        log.info("%s: %.1f s, %s", when, self.summary.up_s[-1], "; ".join(found) or "agreed")
        self.summary.problems += [f"{when}: {one}" for one in found]

    def _problems(self, words: dict[str, Any]) -> list[str]:
        trades = self._exchange.trades(ACCOUNT)
        return [
            *([] if words["is_up"] else [f"not up: {words['why']}"]), *words["alarms"],
            *words["ended"], *self._wrong_programs(words), *self._wrong_orders(words),
            *self._wrong_positions(words), *self._wrong_store(trades),
            *self._wrong_sleeves(words, trades),
        ]  # fmt: skip

    def _wrong_programs(self, words: dict[str, Any]) -> list[str]:
        on = frozenset(words["on"])
        return [] if on == self._on else [f"{sorted(on)} are on, not {sorted(self._on)}"]

    def _wrong_orders(self, words: dict[str, Any]) -> list[str]:
        rows = self._exchange.orders(ACCOUNT)
        born = [row["label"] for row in rows if not row.get("trigger_order_id")]
        sent = Counter(label for label in born if is_ours(label))
        twice = [f"order {label} is {n} times at the venue" for label, n in sent.items() if n > 1]
        waits = ("open", "untriggered")
        theirs = {row["order_id"] for row in rows if row["order_state"] in waits}
        ours = {row[0] or row[1] for row in words["orders"] if row[2] not in ENDED}
        return twice + [f"order {one} works for one side only" for one in theirs ^ ours]

    def _wrong_positions(self, words: dict[str, Any]) -> list[str]:
        theirs = self._exchange.positions(ACCOUNT)
        ours = {name: (Decimal(amount), Decimal(av)) for name, amount, av in words["positions"]}
        found = [f"{name} is held at one side only" for name in theirs.keys() ^ ours.keys()]
        for name in theirs.keys() & ours.keys():
            amount, average = ours[name]
            stated = theirs[name]
            if amount != stated.amount or abs(average - stated.average) > PLACES:
                found.append(f"{name}: the desk holds {amount} at {average}, not {stated}")
        return found

    def _wrong_store(self, trades: list[dict[str, Any]]) -> list[str]:
        """Executions that are not in the store exactly once."""
        theirs = Counter((row["instrument_name"], row["trade_id"]) for row in trades)
        ours = Counter((one.fill.instrument, one.fill.trade_id) for one in self._fills())
        return [f"not stored: {one}" for one in (theirs - ours).elements()] + [
            f"stored too often: {one}" for one in (ours - theirs).elements()
        ]

    def _wrong_sleeves(self, words: dict[str, Any], trades: list[dict[str, Any]]) -> list[str]:
        """What each sleeve holds against the sum of its own trades and the bookings between."""
        theirs: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in trades:
            sign = 1 if row["direction"] == "buy" else -1
            sleeve = sleeve_of(row["label"])
            theirs[sleeve, row["instrument_name"]] += sign * Decimal(row["amount"])
        for one in self._store.fills():
            if one.origin != "venue":
                theirs[one.sleeve, one.fill.instrument] += one.fill.amount
        ours = {(sleeve, name): Decimal(amount) for sleeve, name, amount, _ in words["sleeves"]}
        known = {key: amount for key, amount in theirs.items() if amount}
        return [
            f"{key}: the desk holds {ours.get(key, 0)}, its trades say {known.get(key, 0)}"
            for key in known.keys() | ours.keys()
            if known.get(key, 0) != ours.get(key, 0)
        ]

    def _fills(self) -> list[Any]:
        return [one for one in self._store.fills() if one.origin == "venue"]

    def _stored_on(self) -> frozenset[str]:
        found = self._store.automations()
        return frozenset(name for name, is_on in found.items() if is_on)

    @staticmethod
    def _until(holds: Any) -> None:
        ends_at_s = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < ends_at_s, "the first life left nothing in the store"
            time.sleep(0.1)


def _topic(problem: str) -> str:
    """What it is about, without the numbers that change."""
    return problem.partition(": the desk holds")[0]


def series(kills: int, seed: int, speed: float = 1.0) -> Summary:
    """So many kills of one desk; unlimited, since who looks spends the account's credits too."""
    options = ("--unlimited", "--seed", str(seed), "--speed", str(speed))
    with running((ACCOUNT,), *options) as exchange, trial_ground() as (folder, dsn):
        summary = Series(exchange, folder, dsn, seed).run(kills)
        summary.problems += exchange.complaints
        return summary


def main(argv: Sequence[str]) -> int:
    """Kill as often as asked and print the summary; 1 when something did not agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.kills.kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--speed", type=float, default=1.0, help="more of it, more minutes")
    options = parser.parse_args(argv)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)
    began_s = time.monotonic()
    summary = series(options.kills, options.seed, options.speed)
    sys.stdout.write(f"{summary}\nin {time.monotonic() - began_s:.0f} s\n")
    return 1 if summary.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
