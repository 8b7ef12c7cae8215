"""Every recorded message, provoked on the simulator, has the recorded shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.core.simulator.replay import channels, reading, trading
from tests.core.simulator.replay.allowed import ABSENT, ALLOWED
from tests.core.simulator.replay.scenes import SCENES, Provoke, Scene
from tests.core.simulator.replay.shapes import differences

MODULES = (channels, reading, trading)
"""Imported for the scenes they register."""
NAMES: defaultdict[Provoke, list[str]] = defaultdict(list)
for _file, _provoke in SCENES.items():
    NAMES[_provoke].append(_file)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.close()


@pytest.mark.parametrize("provoke", NAMES, ids=lambda p: p.__name__)
def test_the_shape_is_the_recorded_one(scene: Scene, provoke: Provoke) -> None:
    files = NAMES[provoke]
    found = {d for theirs, ours in provoke(scene) for d in differences(theirs, ours)}
    excused = [entry for entry in ALLOWED if set(entry.files) & set(files)]
    allowed = {what for entry in excused for what in entry.what}
    assert found - allowed == set(), files
    assert allowed - found == set(), "an excuse nobody needs any more"


def test_every_recorded_file_is_provoked_or_excused() -> None:
    known = set(SCENES) | set(ABSENT)
    assert set(reading.files()) == known
    assert {file for entry in ALLOWED for file in entry.files} <= set(SCENES)
