"""Every theme gives a palette in which what must differ does."""

from __future__ import annotations

from dataclasses import fields

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.theme import THEMES, Palette, look, palette_of
from tui.views.header import MODES

ALL = [*THEMES, *BUILTIN_THEMES.values()]


def palette(theme: Theme) -> Palette:
    variables = {**theme.to_color_system().generate(), **theme.variables}
    return palette_of(variables)


@pytest.mark.parametrize("theme", ALL, ids=[theme.name for theme in ALL])
def test_every_theme_gives_colours_rich_can_draw(theme: Theme) -> None:
    made = palette(theme)
    names = [one.name for one in fields(made) if one.name not in ("is_dark", "heat", "change")]
    for name in names:
        Color.parse(getattr(made, name))
        assert getattr(made, name).startswith("#")
    assert (len(made.heat), len(made.change)) == (24, 25)


@pytest.mark.parametrize("theme", THEMES, ids=[theme.name for theme in THEMES])
def test_the_desks_themes_can_be_read(theme: Theme) -> None:
    made = palette(theme)
    ground = Color.parse(made.pane)
    for tone, least in (("bright", 10.0), ("text", 7.0), ("mid", 4.0), ("up", 4.0), ("down", 4.0)):
        assert _contrast(Color.parse(getattr(made, tone)), ground) >= least, tone
    for label in ("accent", "warn", "up", "down", "violet", "paper"):
        assert _contrast(Color.parse(made.ink), Color.parse(getattr(made, label))) >= 3.5, label


@pytest.mark.parametrize("theme", THEMES, ids=[theme.name for theme in THEMES])
def test_numbers_on_the_heat_map_can_be_read(theme: Theme) -> None:
    made = palette(theme)
    for ground in (*made.heat, *made.change):
        assert _contrast(Color.parse(made.ink_on(ground)), Color.parse(ground)) >= 3.5


@pytest.mark.parametrize("theme", THEMES, ids=[theme.name for theme in THEMES])
def test_no_two_modes_look_alike(theme: Theme) -> None:
    made = palette(theme)
    assert len({getattr(made, ground) for _, ground in MODES.values()}) == len(MODES)


def test_real_money_looks_the_same_in_every_theme() -> None:
    assert len({palette(theme).live for theme in ALL}) == 1


def test_a_look_names_tone_and_ground_by_meaning() -> None:
    made = palette(THEMES[0])
    assert look(made, "up", "raised", True) == (made.up, made.raised, True)


def _contrast(one: Color, other: Color) -> float:
    """Ratio of relative luminances, WCAG 2.1."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = [value / 255 for value in (colour.r, colour.g, colour.b)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
