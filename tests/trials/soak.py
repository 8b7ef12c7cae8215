"""A week of trading at high speed with random faults; run it with `make soak`.

Hand and programs trade on an exchange that runs up to a thousand times as fast as the clock on
the wall, an observer writes down what the venue says of the account, and at the end both sides
are compared to the last digit.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from tests.core.simulator.running import WireError
from tests.trials.agreement import PLACES
from tests.trials.child import Child, store_of, trial_ground
from tests.trials.exchange import CURRENCIES, Exchange, running
from tests.trials.faults.moments import patiently
from tests.trials.outside import ACCOUNT, PATIENT

START = "2026-11-23T07:00:00Z"
GROWTH = 0.05
"""The most resident memory may grow after the warm-up."""
WARM_UP = 0.5
"""The share of the run after which the rings of log lines, replies and executions are full."""
MOST_ENTRIES = 5_000
"""No list, dict, set or deque of the desk may hold more, however long it runs."""
CALM_S, DRAIN_S = 120.0, 600.0
"""So long until all agrees, and so long for a database that has fallen behind."""
_LOG_S = 15.0
"""Between two readings of the venue's log: the desk lives on the same account's allowance."""
_TOLD = ("could not be closed in",)
"""Errors that tell the user what a fault did."""
_LOOK_S = 10.0
_COIN_DUST, _USD_DUST = Decimal("1e-6"), Decimal("1e-2")
"""What may stay unexplained: the venue rounds every one of thousands of figures to 8 decimals."""
_FAULTS: tuple[tuple[int, dict[str, object]], ...] = (
    (4, {"kind": "gap", "channel": "book.*-PERPETUAL.100ms", "count": 2}),
    (4, {"kind": "duplicate", "count": 2}),
    (4, {"kind": "reorder", "channel": "book.*-PERPETUAL.100ms"}),
    (2, {"kind": "gap", "channel": "user.*", "client": ACCOUNT, "count": 2}),
    (2, {"kind": "duplicate", "channel": "user.*", "client": ACCOUNT, "count": 2}),
    (2, {"kind": "reorder", "channel": "user.*", "client": ACCOUNT}),
    (4, {"kind": "slow", "method": "orders", "seconds": 0.7}),
    (4, {"kind": "slow", "method": "orders", "seconds": 1.8}),
    (4, {"kind": "lost_reply"}),
    (4, {"kind": "lost_reply", "method": "private/cancel"}),
    (4, {"kind": "refuse"}),
    (2, {"kind": "unauthorized", "client": ACCOUNT, "method": "orders"}),
    (2, {"kind": "expire_tokens"}),
    (3, {"kind": "out_of_order", "count": 3}),
    (3, {"kind": "malformed", "count": 2}),
    (2, {"kind": "oversized", "megabytes": 2}),
    (2, {"kind": "settlement", "seconds": 1}),
    (3, {"kind": "jump", "coin": "BTC", "fraction": 0.02}),
    (3, {"kind": "jump", "coin": "BTC", "fraction": -0.02}),
    (3, {"kind": "jump", "coin": "ETH", "fraction": 0.02}),
    (3, {"kind": "spread", "pair": "ETH", "bp": 120}),
    (3, {"kind": "spread", "pair": "ETH", "bp": -120}),
    (2, {"kind": "storm", "seconds": 1}),
    (2, {"kind": "widen", "seconds": 1}),
    (2, {"kind": "empty", "seconds": 1}),
    (1, {"kind": "cut"}),
    (1, {"kind": "cut", "after": "orders", "client": ACCOUNT}),
    (1, {"kind": "silent", "seconds": 2}),
    (1, {"kind": "silent", "seconds": 4}),
    (1, {"kind": "half_open", "seconds": 4}),
    (1, {"kind": "heartbeat_close"}),
    (1, {"kind": "too_many_requests", "client": ACCOUNT, "method": "orders"}),
    (1, {"kind": "maintenance", "seconds": 2}),
    (1, {"kind": "restart", "seconds": 1}),
)
"""(weight, fault): what breaks a connection is rarer, as in life."""


@dataclass
class Observer:
    """What the venue said of the account, gathered while it happened: it forgets in time."""

    exchange: Exchange
    trades: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self) -> None:
        """Write down what is new."""
        for row in patiently(lambda: self.exchange.trades(ACCOUNT)):
            self.trades[row["instrument_name"], row["trade_id"]] = row
        self.orders |= {
            row["order_id"]: row for row in patiently(lambda: self.exchange.orders(ACCOUNT))
        }

    def fees(self) -> dict[str, Decimal]:
        """What was paid for trades and deliveries, by currency."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self.trades.values():
            found[row["fee_currency"]] += Decimal(row["fee"])
        for currency in CURRENCIES:
            found[currency] += patiently(partial(self.exchange.delivery_fees, ACCOUNT, currency))
        return dict(found)

    def twice(self) -> list[str]:
        """Labels that are at the venue more than once; a fired stop's order has its label."""
        born = [row for row in self.orders.values() if not row.get("trigger_order_id")]
        count = Counter(row["label"] for row in born)
        return [f"order {label} is {n} times at the venue" for label, n in count.items() if n > 1]


@dataclass
class Summary:
    """What a soak showed."""

    hours: float = 0.0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    fills: int = 0
    sleeves: Counter[str] = field(default_factory=Counter)
    """Fills by sleeve."""
    reconnects: int = 0
    spooled: int = 0
    """Batches on disk that the database did not have when trading ended."""
    warm_mb: float = 0.0
    end_mb: float = 0.0
    threads: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    """After the warm-up and at the end."""
    objects: tuple[int, int] = (0, 0)
    """Containers and instances alive after the warm-up and at the end."""
    largest: list[list[Any]] = field(default_factory=list)
    unexplained: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Of resident memory, after the warm-up."""
        return self.end_mb / self.warm_mb - 1 if self.warm_mb else 0.0

    def __str__(self) -> str:
        by = ", ".join(f"{name} {n}" for name, n in self.sleeves.most_common())
        rows = (
            ("simulated", f"{self.hours:.1f} h in {self.seconds:.0f} s"),
            ("faults", f"{sum(self.faults.values())} of {len(self.faults)} kinds"),
            ("orders, fills", f"{self.orders}, {self.fills} ({by})"),
            ("reconnects", str(self.reconnects)),
            ("spooled", str(self.spooled)),
            ("memory", f"{self.warm_mb:.1f} to {self.end_mb:.1f} MB ({self.growth:+.1%})"),
            ("threads", f"{len(self.threads[0])} to {len(self.threads[1])}"),
            ("objects", f"{self.objects[0]} to {self.objects[1]}"),
            ("largest", ", ".join(f"{kind} of {size}" for kind, size in self.largest[:5])),
            ("unexplained", ", ".join(f"{c} {x}" for c, x in self.unexplained.items())),
            ("problems", str(len(self.problems))),
        )
        return "\n".join([*(f"{name:<15}{value}" for name, value in rows), *self.problems])


class Soak:
    """One desk on one fast exchange."""

    def __init__(self, exchange: Exchange, folder: Path, dsn: str, dice: random.Random) -> None:
        self._exchange, self._folder, self._dsn, self._dice = exchange, folder, dsn, dice
        self._observer = Observer(exchange)
        self._child = Child(exchange.port, folder, dsn, PATIENT)
        self.summary = Summary()

    def run(self, seconds: float, is_long: bool) -> Summary:
        """Trade for so long, calm down, compare."""
        began_ms = self._exchange.ask("public/get_time")
        began_s = time.monotonic()
        self._begin()
        warm = self._trade(began_s + WARM_UP * seconds)
        self.summary.warm_mb, self.summary.threads = warm["rss_mb"], (warm["threads"], [])
        self.summary.objects = (warm["objects"], 0)
        end = self._trade(began_s + seconds)
        self._calm()
        self.summary.hours = (self._exchange.ask("public/get_time") - began_ms) / 3.6e6
        self.summary.seconds = time.monotonic() - began_s
        self._finish(end, is_long)
        return self.summary

    def _begin(self) -> None:
        self._child.answer("ready", 60.0)
        for words in ("a100", "activate delta hedging", "activate pair"):
            self._child.tell(f"say {words}")
            self._child.answer("said")
        self._child.tell(f"trade {self._dice.randrange(10**6)}")

    def _trade(self, until_s: float) -> dict[str, Any]:
        """Let it trade and break things until a time; what the desk says of itself then."""
        looked_s = time.monotonic()
        while time.monotonic() < until_s:
            time.sleep(min(self._dice.uniform(0.2, 2.0), max(0.0, until_s - time.monotonic())))
            self._break()
            if time.monotonic() - looked_s > _LOOK_S:
                looked_s = time.monotonic()
                self._observer.look()
        return self._child.memory()

    def _break(self) -> None:
        weights = [weight for weight, _ in _FAULTS]
        ((_, fault),) = self._dice.choices(_FAULTS, weights)
        try:
            patiently(lambda: self._exchange.ask("simulator/fault", **fault))
        except WireError as error:
            if "not subscribed" not in str(error):
                raise
        else:
            self.summary.faults[str(fault["kind"])] += 1

    def _calm(self) -> None:
        """Programs off, nothing rests, and everything agrees."""
        self._child.tell("rest")
        self._child.tell("say kill")
        began_s = time.monotonic()
        while True:
            self._observer.look()
            words = self._child.report()
            self.summary.spooled = max(self.summary.spooled, words["spooled"])
            found, wait_s = self._problems(words), 1.0
            if not found:
                found, wait_s = self._wrong_money(words), _LOG_S
            limit_s = DRAIN_S if words["spooled"] else CALM_S
            if not found or time.monotonic() - began_s > limit_s:
                break
            time.sleep(wait_s)
        self.summary.problems += found

    def _problems(self, words: dict[str, Any]) -> list[str]:
        return [
            *([] if words["is_up"] else [f"not up: {words['why']}"]), *words["alarms"],
            *words["ended"], *self._observer.twice(), *self._wrong_positions(words),
            *self._wrong_fills(words["spooled"]),
            *[f"order {row[1]} works" for row in words["orders"] if row[2] in ("open", "unknown")],
        ]  # fmt: skip

    def _wrong_positions(self, words: dict[str, Any]) -> list[str]:
        theirs = self._exchange.positions(ACCOUNT)
        ours = {name: (Decimal(amount), Decimal(av)) for name, amount, av in words["positions"]}
        found = [f"{name} is held at one side only" for name in theirs.keys() ^ ours.keys()]
        for name in theirs.keys() & ours.keys():
            stated, (amount, average) = theirs[name], ours[name]
            if amount != stated.amount or abs(average - stated.average) > PLACES:
                found.append(f"{name}: ours {ours[name]}, the venue's {stated}")
        return found + list(words["checks"])

    def _wrong_fills(self, spooled: int) -> list[str]:
        if spooled:
            return [f"{spooled} batches wait for the database"]
        stored = [one for one in store_of(self._dsn).fills() if one.origin == "venue"]
        ours = Counter(
            (one.fill.instrument, one.fill.trade_id, one.fill.amount, one.fill.fee)
            for one in stored
        )
        theirs = Counter(
            (*key, Decimal(row["amount"]) * (1 if row["direction"] == "buy" else -1),
             Decimal(row["fee"]))
            for key, row in self._observer.trades.items()
        )  # fmt: skip
        lost, many = list((theirs - ours).elements()), list((ours - theirs).elements())
        self.summary.sleeves = Counter(one.sleeve for one in stored)
        return [f"{len(found)} fills {how}, as {found[0]}"
                for how, found in (("lost", lost), ("too many", many)) if found]  # fmt: skip

    def _wrong_money(self, words: dict[str, Any]) -> list[str]:
        """Fees to the last digit; the rest by what the ledger explains of the equity."""
        ours = {currency: Decimal(fees) for currency, _, fees, _ in words["totals"]}
        theirs = self._observer.fees()
        found = [
            f"{one}: fees {ours.get(one, 0)}, the venue's {theirs.get(one, 0)}"
            for one in CURRENCIES
            if ours.get(one, Decimal(0)) != theirs.get(one, Decimal(0))
        ]
        self.summary.unexplained = {currency: rest for currency, _, rest in words["explained"]}
        for currency, rest in self.summary.unexplained.items():
            dust = _USD_DUST if currency == "USDC" else _COIN_DUST
            if abs(Decimal(rest)) > dust:
                found.append(f"{currency}: {rest} of the equity's change is not explained")
        return found

    def _finish(self, end: dict[str, Any], is_long: bool) -> None:
        summary = self.summary
        summary.orders, summary.fills = len(self._observer.orders), len(self._observer.trades)
        summary.end_mb, summary.reconnects = end["rss_mb"], self._child.report()["reconnects"]
        summary.threads, summary.largest = (summary.threads[0], end["threads"]), end["largest"]
        lasting = [set(one) - {"startup", "history"} for one in summary.threads]
        if lasting[0] != lasting[1]:
            summary.problems.append(f"threads {sorted(lasting[0] ^ lasting[1])} came or went")
        summary.objects = (summary.objects[0], end["objects"])
        crowds = [f"{kind} of {size}" for kind, size in end["largest"] if size > MOST_ENTRIES]
        summary.problems += [f"a {one} grows without bound" for one in crowds]
        if is_long and summary.growth > GROWTH:
            summary.problems.append(f"memory grew by {summary.growth:.1%}")
        summary.problems += self._logged()
        self._child.close()

    def _logged(self) -> list[str]:
        """Every kind of error in the desk's log, with how often it came."""
        lines = (self._folder / "log" / "voldesk.log").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        errors = Counter(
            f"{row['text']} {row.get('error', '').rpartition(chr(10))[2]}"
            for row in rows
            if row["level"] in ("ERROR", "CRITICAL")
            and not any(words in row["text"] for words in _TOLD)
        )
        return [f"logged {n} times: {text[:200]}" for text, n in errors.most_common(10)]


def soak(hours: float, speed: float, seed: int, is_long: bool = True) -> Summary:
    """So many hours of the exchange at `speed`."""
    options = ("--seed", str(seed), "--speed", str(speed), "--start", START)
    with running((ACCOUNT,), *options) as exchange, trial_ground() as (folder, dsn):
        found = Soak(exchange, folder, dsn, random.Random(seed)).run(hours * 3600 / speed, is_long)
        found.problems += exchange.complaints[:5]
        return found


def main(argv: Sequence[str]) -> int:
    """Soak as long as asked and print the summary; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.soak")
    parser.add_argument("--hours", type=float, default=168.0)
    parser.add_argument("--speed", type=float, default=1000.0)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args(argv)
    found = soak(options.hours, options.speed, options.seed)
    sys.stdout.write(f"{found}\n")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
