"""The short form of the soak: from an hour before the daily settlement until after it."""

from __future__ import annotations

import pytest

from tests.trials.soak import soak

HOURS, SPEED = 1.2, 300.0


@pytest.mark.timeout(600)
def test_after_hours_of_faults_venue_and_ledger_agree_to_the_last_digit() -> None:
    summary = soak(HOURS, SPEED, seed=3, is_long=False)
    assert not summary.problems, str(summary)
    assert summary.fills
    assert summary.faults
