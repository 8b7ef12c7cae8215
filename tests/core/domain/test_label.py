"""Labels: unique, short enough for the venue, and they name their sleeve."""

from __future__ import annotations

import pytest

from core.domain.label import HEDGER, MANUAL, is_ours, new_label, sleeve_of


def test_no_two_labels_are_the_same() -> None:
    labels = [new_label(HEDGER) for _ in range(1_000)]
    assert len(set(labels)) == 1_000


@pytest.mark.parametrize("sleeve", [MANUAL, HEDGER, "pair-ETH_USDC-BTC_USDC"])
def test_a_label_names_its_sleeve_and_fits_the_venue(sleeve: str) -> None:
    label = new_label(sleeve)
    assert sleeve_of(label) == sleeve
    assert len(label) <= 64


@pytest.mark.parametrize(
    "label",
    [
        "",
        "web",
        ":x",
        "desk-1",
        "hedger:foo",
        "hedger:",
        "hedger",
        "hedger:1",
        ":0a1b2c-1",
        "hedger:0A1B2C-1",
        "hedger:0a1b2c",
        "hedger:0a1b2c-",
        "hedger:0a1b2c-1 ",
        "hedger:0a1b2c-1\n",
        "hedger:x:0a1b2c-1",
        "x hedger:0a1b2c-1-2",
    ],
)
def test_what_was_placed_elsewhere_belongs_to_manual(label: str) -> None:
    assert not is_ours(label)
    assert sleeve_of(label) == MANUAL


def test_a_label_of_an_earlier_run_is_ours() -> None:
    assert is_ours("hedger:0a1b2c-17")
    assert sleeve_of("hedger:0a1b2c-17") == HEDGER
