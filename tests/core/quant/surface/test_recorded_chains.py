"""The surfaces of recorded chains: free of arbitrage, and inside the markets they were made of."""

from __future__ import annotations

import os

import pytest

from tests.trials.chains.recorded import recorded_chains
from tests.trials.chains.surface import SurfaceTrial, run

EVERY = int(os.environ.get("VOLDESK_CHAINS_EVERY", "20"))


@pytest.fixture(scope="module")
def trials() -> dict[str, SurfaceTrial]:
    """A twentieth of what was recorded; VOLDESK_CHAINS_EVERY=1 takes all of it."""
    return run(recorded_chains(EVERY))


@pytest.mark.parametrize("currency", ["BTC", "ETH"])
def test_no_recorded_chain_fails_or_keeps_arbitrage(
    trials: dict[str, SurfaceTrial], currency: str
) -> None:
    trial = trials[currency]
    assert trial.chains >= 235 // EVERY
    assert trial.slices >= 10 * trial.chains
    assert (trial.failures, trial.butterflies, trial.crossings) == ([], [], [])


@pytest.mark.parametrize("currency", ["BTC", "ETH"])
def test_most_quotes_hold_the_curve_between_bid_and_ask(
    trials: dict[str, SurfaceTrial], currency: str
) -> None:
    assert trials[currency].inside_share > 0.94
    assert trials[currency].liquid_inside_share > 0.95
