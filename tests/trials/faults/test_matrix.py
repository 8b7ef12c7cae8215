"""The short form of the fault matrix: every fault once, every moment several times."""

from __future__ import annotations

from collections import Counter

import pytest

from core.simulator.server.faults.table import TABLE
from tests.trials.faults.matrix import cells, results, rotation, table

WORKERS = 3


def test_the_rotation_holds_every_fault_once_and_every_moment_often() -> None:
    chosen = rotation()
    assert sorted(one.kind for one in chosen) == sorted(TABLE)
    assert min(Counter(one.moment for one in chosen).values()) >= 3
    assert len(cells()) == 5 * len(TABLE)


@pytest.mark.timeout(900)
def test_after_every_fault_desk_and_venue_agree() -> None:
    found = list(results(rotation(), WORKERS))
    assert not [one for one in found if one.problems], table(found)
