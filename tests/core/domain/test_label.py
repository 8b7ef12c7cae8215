"""Labels: unique, short enough for the venue, and they name their sleeve."""

from __future__ import annotations

import pytest

from core.domain.label import HEDGER, MANUAL, new_label, sleeve_of


def test_no_two_labels_are_the_same() -> None:
    labels = [new_label(HEDGER) for _ in range(1_000)]
    assert len(set(labels)) == 1_000


@pytest.mark.parametrize("sleeve", [MANUAL, HEDGER, "pair-ETH_USDC-BTC_USDC"])
def test_a_label_names_its_sleeve_and_fits_the_venue(sleeve: str) -> None:
    label = new_label(sleeve)
    assert sleeve_of(label) == sleeve
    assert len(label) <= 64


@pytest.mark.parametrize("label", ["", "web", ":x", "desk-1"])
def test_what_was_placed_elsewhere_belongs_to_manual(label: str) -> None:
    assert sleeve_of(label) == MANUAL
