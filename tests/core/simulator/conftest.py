"""One simulator for the tests that do not need their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.simulator.line import Line
from tests.core.simulator.running import Simulator, simulator
from tests.core.simulator.still import Desk

FUNDS = "BTC=10,ETH=100,USDC=1000000"
CLIENTS = (
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "lena",
)


@pytest.fixture(scope="session")
def venue() -> Iterator[Simulator]:
    """A simulator without rate limits; every test file trades on clients of its own."""
    accounts = [word for c in CLIENTS for word in ("--account", f"{c}:secret:{FUNDS}")]
    with simulator("--seed", "7", "--unlimited", *accounts) as running:
        yield running


@pytest.fixture(scope="session")
def quick() -> Iterator[Simulator]:
    """Ten times faster than life, so that thousands of frames come in seconds."""
    accounts = [word for c in ("ivan", "kim") for word in ("--account", f"{c}:secret:{FUNDS}")]
    with simulator("--seed", "7", "--unlimited", "--speed", "10", *accounts) as running:
        yield running


@pytest.fixture
def desk() -> Desk:
    """A still exchange with two funded clients."""
    return Desk()


@pytest.fixture
def ann(desk: Desk) -> Line:
    """Its first client's own line."""
    return Line(desk, desk.ann)
