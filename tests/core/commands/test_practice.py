"""Practice: what is typed, what is armed, what is refused and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.commands.grammar.practice import typed
from core.commands.language import parse
from core.commands.reading import Rehearse, ShowHelp
from core.errors import CommandError
from core.venues.http_rpc import Value
from core.venues.practice import Rehearsal
from tests.core.commands.market import FAULTS, context


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("practice cut", "cut", {}),
        ("pr cut", "cut", {}),
        ("practice silent", "silent", {}),
        ("practice silent 5", "silent", {"seconds": 5}),
        ("practice silent 2.5 off", "silent", {"seconds": 2.5, "heartbeat": False}),
        ("practice silent heartbeat=off", "silent", {"heartbeat": False}),
        ("practice jump btc -5", "jump", {"coin": "btc", "fraction": -0.05}),
        ("practice jump fraction=7.5% eth", "jump", {"fraction": 0.075, "coin": "eth"}),
        ("practice gap", "gap", {}),
        (
            "practice gap book.btc-perpetual.100ms",
            "gap",
            {"channel": "book.BTC-PERPETUAL.100ms"},
        ),
    ],
)
def test_values_are_read_in_the_served_order_or_by_name(
    text: str, kind: str, values: dict[str, Value]
) -> None:
    reading = parse(text, context())
    assert reading.does == Rehearse(Rehearsal(kind, tuple(values.items())))
    assert reading.words.startswith(f"REHEARSE {kind}")
    assert reading.notes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("practice flood", "flood cannot be rehearsed; there are: cut, silent, jump, gap"),
        ("practice si", "si cannot be rehearsed; near: silent"),
        ("practice jumps", "jumps cannot be rehearsed; near: jump"),
        ("practice cut 5", "5 is too much: cut takes no value"),
        ("practice silent 5 on 7", "7 is too much: silent takes seconds, heartbeat"),
        ("practice silent long", "seconds is long, must be a number"),
        ("practice silent nan", "seconds is nan, must be a number"),
        ("practice silent 5 maybe", "heartbeat is maybe, must be on or off"),
        ("practice silent minutes=5", "silent knows no minutes; it takes seconds, heartbeat"),
        ("practice jump btc far", "fraction is far, must be a number"),
    ],
)
def test_a_wrong_kind_or_value_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse(text, context())
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["practice", "practice cut"])
def test_away_from_the_simulator_everything_is_refused(text: str) -> None:
    why = "practice works on the simulator only: this desk is on test"
    with pytest.raises(CommandError, match=why):
        parse(text, replace(context(), no_practice=why))


def test_before_the_simulator_has_said_what_it_can_nothing_is_guessed() -> None:
    with pytest.raises(CommandError, match="has not said yet"):
        parse("practice cut", replace(context(), faults=()))


def test_practice_alone_asks_for_the_list() -> None:
    reading = parse("practice", context())
    assert (reading.words, reading.does) == ("list 4 faults", ShowHelp("practice"))


def test_a_fault_is_offered_with_the_values_it_takes() -> None:
    assert [typed(one) for one in FAULTS] == ["cut", "silent 5 on", "jump BTC -5", "gap"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_the_offered_text_of_every_fault_can_be_typed(fault: object) -> None:
    text = next(typed(one) for one in FAULTS if one is fault)
    assert isinstance(parse(f"practice {text}", context()).does, Rehearse)
