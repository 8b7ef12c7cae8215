"""The short form of the kills."""

from __future__ import annotations

import pytest

from tests.trials.kills.kills import series

KILLS = 4


@pytest.mark.timeout(600)
def test_after_every_kill_desk_store_and_venue_agree() -> None:
    summary = series(KILLS, seed=11)
    assert not summary.problems, str(summary)
    assert summary.kills == KILLS
    assert summary.fills
