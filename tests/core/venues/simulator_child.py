"""The simulated exchange as a child process, for tests that need a whole venue."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.venues.deribit.endpoints import Credentials, Endpoints, Secret, endpoints
from tests.shared_data import ROOT

CLIENTS = ("amanda", "boris", "chloe", "dora", "emil", "fanny", "gus", "hana")


@dataclass(frozen=True)
class Simulator:
    """A running one."""

    at: Endpoints

    def key(self, client: str) -> Credentials:
        """The login of a funded account."""
        return Credentials(client, Secret(client))

    def fault(self, kind: str, **params: Any) -> None:
        """Make something go wrong."""
        assert self.call("simulator/fault", kind=kind, **params) == "ok"

    def call(self, method: str, client: str = "", **params: Any) -> Any:
        """One request over HTTP; with a client's name, in its account."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        request = urllib.request.Request(self.at.http_url, json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if client:
            request.add_header("Authorization", _basic(client))
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["result"]


@contextmanager
def running_simulator(*options: str) -> Iterator[Simulator]:
    """A simulator of its own on a free port, with one account per name in CLIENTS."""
    accounts = [f"--account={one}:{one}:BTC=10,ETH=100,USDC=1000000" for one in CLIENTS]
    command = [sys.executable, "-m", "core", "simulator", "--port", "0", "--seed", "7"]
    with subprocess.Popen(
        [*command, "--die-with-parent", *accounts, *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            assert line.startswith("listening on 127.0.0.1:"), line
            yield Simulator(endpoints("sim", int(line.rpartition(":")[2])))
        finally:
            child.terminate()


def _basic(client: str) -> str:
    return "Basic " + base64.b64encode(f"{client}:{client}".encode()).decode()
