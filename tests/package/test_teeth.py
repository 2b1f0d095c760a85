"""A test that cannot fail is a defect: no test asserts nothing, is hidden, or is left out."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
import toothless

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {path: path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}
LEFT_OUT = {
    "tests/lite/conftest.py": "needs Pyodide and a browser; REQUIRE_... makes it fail",
    "tests/reanalysis/conftest.py": "needs a figure that is not ours to ship",
    "tests/experiments/conftest.py": "needs PyTorch; REQUIRE_TORCH makes it fail",
    "tests/claims/test_page.py": "needs the book's libraries, which the lowest versions lack",
}
"""Where a test may be left out, and when; where this is no Linux, any test may."""


def every_file() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): source for path, source in SOURCES.items()}


@cache
def helpers() -> frozenset[str]:
    """The functions of all files that can fail a test."""
    each = (toothless.failing(ast.parse(source)) for source in SOURCES.values())
    return frozenset().union(*each)


@cache
def complaints(name: str) -> list[tuple[int, str]]:
    """What is wrong in a file, by line; helpers in other files are looked up only if need be."""
    found = toothless.complaints(every_file()[name])
    if any(what.endswith("checks nothing") for _, what in found):
        found = toothless.complaints(every_file()[name], helpers())
    return found


@pytest.mark.parametrize("name", every_file())
def test_no_test_is_one_that_cannot_fail(name):
    wrong = [
        f"{name}, line {line}: {what}"
        for line, what in complaints(name)
        if not (what.startswith("uses ") and name in LEFT_OUT)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_test_stands_where_a_command_finds_it():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    commands = (ROOT / "Makefile").read_text("utf-8")
    places = {*options["ini_options"]["testpaths"], *re.findall(r"pytest.* (tests/\w+)", commands)}
    lost = []
    for name, source in every_file().items():
        tops = [node for node in ast.parse(source).body if hasattr(node, "name")]
        defined = any(node.name.startswith(("test_", "Test")) for node in tops)
        collected = Path(name).name.startswith("test_") and any(
            Path(name).is_relative_to(place) for place in places
        )
        if defined and not collected:
            lost.append(f"{name} has tests that no command collects")
        if Path(name).name.startswith("test_") and not defined:
            lost.append(f"{name} has no test")
    assert not lost, "\n".join(lost)


def test_places_where_tests_may_be_left_out_still_do():
    used = {
        name
        for name in every_file()
        if any(what.startswith("uses ") for _, what in complaints(name))
    }
    assert used & LEFT_OUT.keys() == LEFT_OUT.keys() & set(every_file()), "no longer left out"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("assert True", "asserts what is always true"),
        ("assert (x == 1, 'why')", "asserts what is always true"),
        ("assert x == 1 or True", "asserts what is always true"),
        ("assert x.y == x.y", "compares a thing with itself"),
        ("assert x == pytest.approx(x, rel=1e-3)", "compares a thing with itself"),
        ("np.testing.assert_allclose(x, x)", "compares a thing with itself"),
        ("assert x == pytest.approx(2, rel=2)", "allows 200%"),
        ("try:\n        assert x\n    except Exception:\n        pass", "swallows"),
        ("with suppress(AssertionError):\n        assert x", "swallows"),
        ("for y in ():\n        assert y", "nothing to try"),
        ("return\n    assert x", "is never reached"),
        ("x.sort()", "checks nothing"),
        ("pytest.skip('later')", "uses skip"),
        ("pytest.mark.skipif(sys.platform != 'linux')", "uses skipif"),
    ],
)
def test_a_toothless_test_is_found(body, said):
    found = toothless.complaints(f"def test_it(x):\n    {body}\n")
    assert any(what.startswith(said) or said in what for _, what in found), found


def test_a_good_test_and_its_helpers_are_left_alone():
    source = """
def look(x):
    assert x > 1

@pytest.mark.parametrize("x", [2, 3])
def test_one(x):
    look(x)

def test_two():
    with pytest.raises(ValueError, match="one"):
        f(0)

@pytest.mark.skipif(sys.platform != "linux", reason="others cannot")
def test_three(x):
    look(x)
"""
    assert toothless.complaints(source) == []
    twice = source + source.partition("\n\n")[2]
    assert [what for _, what in toothless.complaints(twice) if "hides" in what]
