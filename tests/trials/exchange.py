"""The simulated exchange as a child, and what it says of an account when asked from outside."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.venues.deribit.endpoints import Credentials, Endpoints, Secret, endpoints
from tests.core.simulator.running import Simulator, Wire, WireError

FUNDS = "BTC=100,ETH=1000,USDC=10000000"
CURRENCIES = ("BTC", "ETH", "USDC")
DEEPEST = 10_000
WITHIN_S = 20.0
TOO_MANY_REQUESTS = 10028


@dataclass(frozen=True, slots=True)
class Position:
    """One position as the venue prints it."""

    amount: Decimal
    """Signed, in the unit orders have."""
    average: Decimal


class Exchange(Simulator):
    """One child with an account per name; its complaints are kept."""

    def __init__(self, accounts: Iterable[str], *options: str) -> None:
        funded = [f"--account={one}:{secret_of(one)}:{FUNDS}" for one in accounts]
        super().__init__("--die-with-parent", *funded, *options)
        self.complaints: list[str] = []
        """Lines of its standard error."""
        self._listener = threading.Thread(target=self._listen, name="complaints", daemon=True)
        self._listener.start()

    @property
    def at(self) -> Endpoints:
        """Where a desk connects to."""
        return endpoints("sim", self.port)

    def key(self, account: str) -> Credentials:
        """The login of an account."""
        return Credentials(account, Secret(secret_of(account)))

    def ask(self, method: str, account: str = "", /, **params: object) -> Any:
        """A request over HTTP, in the name of an account if one is given; numbers are Decimals.

        WireError when it is refused.
        """
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        while True:
            try:
                return self._asked(json.dumps(body).encode(), account)
            except WireError as error:
                # The account's credits are the desk's too: an outsider waits for more.
                if error.code != TOO_MANY_REQUESTS:
                    raise
                time.sleep(0.3)

    def _asked(self, body: bytes, account: str) -> Any:
        request = urllib.request.Request(self.url, body)
        request.add_header("Content-Type", "application/json")
        if account:
            word = base64.b64encode(f"{account}:{secret_of(account)}".encode()).decode()
            request.add_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
                return json.load(reply, parse_float=Decimal)["result"]
        except urllib.error.HTTPError as refused:
            with refused:
                raise WireError(json.load(refused)["error"]) from None

    def positions(self, account: str) -> dict[str, Position]:
        """Every position that is not flat, by instrument."""
        rows = self.ask("private/get_positions", account, currency="any")
        found = {row["instrument_name"]: _position(row) for row in rows}
        return {name: one for name, one in found.items() if one.amount}

    def trades(self, account: str) -> list[dict[str, Any]]:
        """Every execution of the account since it was opened."""
        rows: dict[str, dict[str, Any]] = {}
        for currency in CURRENCIES:
            for is_old in (True, False):
                for row in self._trades_in(account, currency, is_old):
                    rows[f"{row['instrument_name']} {row['trade_id']}"] = row
        return list(rows.values())

    def delivery_fees(self, account: str, currency: str) -> Decimal:
        """What deliveries cost, which the transaction log alone tells."""
        total, token = Decimal(0), None
        while True:
            page = self.ask(
                "private/get_transaction_log", account, currency=currency, count=250,
                start_timestamp=0, end_timestamp=4_102_444_800_000,
                **({} if token is None else {"continuation": token}),
            )  # fmt: skip
            for row in page["logs"]:
                if row["type"] != "trade":
                    total += Decimal(row["commission"] or 0)
            token = page["continuation"]
            if not token:
                return total

    def orders(self, account: str) -> list[dict[str, Any]]:
        """Every order of the account: open ones, then ended ones."""
        rows = {one["order_id"]: one for one in self.ask("private/get_open_orders", account)}
        method = "private/get_order_history_by_currency"
        for currency in CURRENCIES:
            offset = 0
            while True:
                page = self.ask(
                    method, account, currency=currency, include_old=True,
                    include_unfilled=True, count=1_000, offset=offset,
                )  # fmt: skip
                rows |= {one["order_id"]: one for one in page if one["order_id"] not in rows}
                offset += len(page)
                if len(page) < 1_000:
                    break
        return list(rows.values())

    def books(self, names: list[str]) -> dict[str, dict[str, Any]]:
        """The whole books of these instruments, asked for in one go."""
        with self.line() as line:
            for number, name in enumerate(names, 1_000_000):
                params = {"instrument_name": name, "depth": DEEPEST}
                method = "public/get_order_book"
                line.socket.send(
                    json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
                )
            rows = [line.until(lambda frame: "id" in frame)["result"] for _ in names]
        return {row["instrument_name"]: row for row in rows}

    def snapshots(self, names: list[str]) -> dict[str, dict[str, Any]]:
        """The whole books as a new subscriber is told them: states that were sent to all."""
        found: dict[str, dict[str, Any]] = {}
        with self.line() as line:
            line.call("public/subscribe", channels=[f"book.{name}.100ms" for name in names])
            while len(found) < len(names):
                line.until(lambda frame: "params" in frame)
                frames = [frame["params"]["data"] for frame in line.frames]
                found |= {one["instrument_name"]: one for one in frames if one["type"] != "change"}
        return {
            name: one | {side: [row[1:] for row in one[side]] for side in ("bids", "asks")}
            for name, one in found.items()
        }

    @contextmanager
    def line(self, account: str | None = None) -> Iterator[Wire]:
        """A WebSocket of an outsider."""
        opened = Wire(self, account)
        try:
            yield opened
        finally:
            opened.close()

    def stop(self) -> int:
        """Ask it to end; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(WITHIN_S)
        self._listener.join(WITHIN_S)
        return super().stop()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.complaints.append(line.rstrip())

    def _trades_in(self, account: str, currency: str, is_old: bool) -> list[dict[str, Any]]:
        method = "private/get_user_trades_by_currency_and_time"
        rows: list[dict[str, Any]] = []
        start_ms = 0
        while True:
            page = self.ask(
                method, account, currency=currency, count=1_000, sorting="asc",
                start_timestamp=start_ms, end_timestamp=10**15 - 1, historical=is_old,
            )  # fmt: skip
            rows += page["trades"]
            if not page["has_more"] or page["trades"][-1]["timestamp"] == start_ms:
                return rows
            start_ms = page["trades"][-1]["timestamp"]


def secret_of(account: str) -> str:
    """What an account logs in with; the desk knows the exchange's own one."""
    return account if account == "demo" else "secret"


@contextmanager
def running(accounts: Iterable[str], *options: str) -> Iterator[Exchange]:
    """An exchange for the length of a trial."""
    exchange = Exchange(accounts, *options)
    try:
        yield exchange
    finally:
        exchange.stop()


def _position(row: dict[str, Any]) -> Position:
    """Linear futures are printed in USD; orders name coins."""
    is_linear = row["kind"] == "future" and "_" in row["instrument_name"].partition("-")[0]
    size = row["size_currency"] if is_linear else row["size"]
    return Position(Decimal(size), Decimal(row["average_price"]))
