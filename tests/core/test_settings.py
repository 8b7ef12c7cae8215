"""Settings: read once, every mistake named."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Settings, load_settings


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "")) == Settings()


def test_numbers_become_exact_decimals(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[hedger]\nprice_cap_pct = 0.15\n"))
    assert settings.hedger.price_cap_pct == Decimal("0.15")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[venue]\nmood = 1\n", "venue.mood is no setting"),
        ("colour = 1\n", "colour is no setting"),
        (
            "[venue]\nmode = 'moon'\n",
            "venue.mode is 'moon', must be one of sim, tape, paper, test, live",
        ),
        ("[venue]\nsockets = 'two'\n", "venue.sockets is 'two', must be a whole number"),
        ("[venue]\nsockets = 1.5\n", "venue.sockets is 1.5, must be a whole number"),
        ("[venue]\nsockets = true\n", "venue.sockets is True, must be a whole number"),
        ("[venue]\nsockets = 0\n", "venue.sockets is 0, must be at least 1"),
        ("[venue]\ncurrencies = 'BTC'\n", "venue.currencies is 'BTC', must be a list"),
        ("[venue]\ncurrencies = [1]\n", "venue.currencies[0] is 1, must be text"),
        ("[store]\nis_on = 'yes'\n", "store.is_on is 'yes', must be true or false"),
        ("[hedger]\nband_coin = nan\n", "hedger.band_coin is nan, must be at least 0"),
        ("[screen.keys]\nbuy = 3\n", "screen.keys.buy is 3, must be text"),
        ("[simulator]\nspeed = 0.5\n", "simulator.speed is 0.5, must be from 1 to 1000"),
        ("[simulator]\nspeed = nan\n", "simulator.speed is nan, must be from 1 to 1000"),
        ("[simulator]\nspeed = 'fast'\n", "simulator.speed is 'fast', must be a number"),
        (
            "[simulator]\nmarket = 'huge'\n",
            "simulator.market is 'huge', must be one of default, full",
        ),
        (
            "[simulator]\nfaults = '/nowhere/faults'\n",
            "simulator.faults is '/nowhere/faults', must be a file that exists",
        ),
        ("venue = 3\n", "venue is 3, must be a table"),
        ("[pair]\nleg_z = 'A'\nleg_h = 'A'\n", "pair.leg_z and pair.leg_h are both 'A'"),
        ("[venue\n", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_rule(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(written(tmp_path, text))
    assert sentence in str(caught.value)
    assert "settings.toml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no settings file .*nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")
