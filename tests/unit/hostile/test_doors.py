"""Whatever is handed in at a door, the answer is right, or a ValueError that helps."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import ELSEWHERE, HELPERS, INFINITE, INNER, RESULTS, doors, modules, own
from judging import judged, refused, sound
from trying import LEAST, PLAN, number, tried
from values import ODD, arguments

DOORS = doors()
HERE = Path(__file__).parent


@pytest.mark.parametrize("name", DOORS)
def test_a_door_answers_rightly_or_refuses_in_words(name: str, record_property) -> None:
    door, infinite = DOORS[name], name in INFINITE

    def look(given) -> None:
        judged(lambda: door.call(**given), door.names, infinite=infinite)

    tried("doors", arguments(door.good), look, record_property)


@pytest.mark.parametrize("name", DOORS)
def test_a_door_takes_good_values(name: str) -> None:
    door = DOORS[name]
    assert door.call(**door.good) is not None


def test_every_module_is_tried_or_says_why_not() -> None:
    there = set(modules())
    assert not {*INNER, *ELSEWHERE} - there, "no such modules"
    found = {f"scaling_utils.{name.rpartition('.')[0]}" for name in DOORS}
    for module in there - {*INNER, *ELSEWHERE}:
        short = module.removeprefix("scaling_utils.")
        names = [name for name, _ in own(module) if f"{short}.{name}" not in HELPERS]
        assert not names or any(each.startswith(module) for each in found), module


@pytest.mark.parametrize("module", ELSEWHERE)
def test_every_name_of_another_module_is_in_its_test(module: str) -> None:
    text = (HERE / f"{ELSEWHERE[module]}.py").read_text()
    missing = [name for name, _ in own(module) if f'"{name}"' not in text]
    assert not missing, f"{ELSEWHERE[module]}.py does not try or name {', '.join(missing)}"


def test_nothing_is_excused_that_is_not_there() -> None:
    names = {f"{m.removeprefix('scaling_utils.')}.{name}" for m in modules() for name, _ in own(m)}
    last = {name.rpartition(".")[2] for name in names}
    assert not [name for name in HELPERS if name not in names and not _method(name, names)]
    assert not [name for name in RESULTS if name not in last]
    assert not [name for name in INFINITE if name not in DOORS]


def _method(name: str, names: set[str]) -> bool:
    return name.rpartition(".")[0] in names


def test_so_many_inputs_are_tried_in_all(request) -> None:
    """Each test fails if it tries fewer than planned; here the plan is added up."""
    assert number("doors") * len(DOORS) + sum(map(number, PLAN)) >= LEAST


@pytest.mark.parametrize(
    ("answer", "said"), [({"a": [1.0, float("nan")]}, "NaN"), (float("inf"), "infinity")]
)
def test_a_wrong_answer_would_be_seen(answer, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        sound(answer)


@pytest.mark.parametrize(
    "error", ["bad", "N is wrong, and that is all there is", "something must be given: more"]
)
def test_an_error_that_does_not_help_would_be_seen(error: str) -> None:
    with pytest.raises(AssertionError):
        refused(ValueError(error), ["N"])


def test_an_error_of_another_type_would_be_seen() -> None:
    with pytest.raises(ZeroDivisionError):
        judged(lambda: 1 / 0, ["N"])


def test_every_odd_kind_is_made_anew() -> None:
    assert all(make() is not None or kind == "nothing" for kind, make in ODD.items())
    assert ODD["a list"]() is not ODD["a list"]()
