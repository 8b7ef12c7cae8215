"""One simulated exchange for all tests of the room that trade on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.venues.simulator_child import Simulator, running_simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """A running simulator; each test takes an account of its own."""
    with running_simulator() as running:
        yield running
