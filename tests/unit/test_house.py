"""The house stays small: lines, modules and docstrings of each part."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = {
    "scaling_utils": 7500,
    "reanalysis": 1600,
    "claims": 3000,
    "experiments": 4500,
    "book": 6000,
}
MODULES, DOCSTRINGS, LONGEST = 50, 0.20, 350
DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def sources(place: str) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in sorted((ROOT / place).rglob("*.py"))}


def lines_of_docstrings(source: str) -> int:
    """Lines of the first string of every module, class and function."""
    found = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DEFINITIONS) and ast.get_docstring(node) is not None:
            said = node.body[0]
            found += said.end_lineno - said.lineno + 1
    return found


@pytest.mark.parametrize("place", LINES)
def test_a_part_keeps_to_its_lines(place):
    lengths = {path: source.count("\n") for path, source in sources(place).items()}
    assert 0 < sum(lengths.values()) <= LINES[place]
    assert max(lengths.values()) <= LONGEST, lengths


def test_the_package_has_few_modules_and_short_docstrings():
    package = sources("scaling_utils")
    assert 0 < len(package) <= MODULES
    share = sum(map(lines_of_docstrings, package.values()))
    assert share <= DOCSTRINGS * sum(source.count("\n") for source in package.values())


def test_lines_of_docstrings_are_counted():
    source = '"""One."""\n\ndef f():\n    """Two\n\n    lines.\n    """\n    return "not one"\n'
    assert lines_of_docstrings(source) == 5
