"""The short form of the kills of program and database."""

from __future__ import annotations

import pytest

from tests.trials.kills.store_kills import series

PROGRAMS, DATABASES = 2, 1


@pytest.mark.timeout(600)
def test_after_every_kill_each_minute_is_there_whole_once_and_in_order() -> None:
    summary = series(PROGRAMS, DATABASES, seed=14)
    assert not summary.problems, str(summary)
    assert (summary.programs, summary.databases) == (PROGRAMS, DATABASES)
    assert summary.while_down > 0
    assert summary.recorded >= summary.acknowledged > 0
