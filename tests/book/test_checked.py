"""What the page *How this book is checked* says: each sentence has tests that hold it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from about import ROOT

PAGE = (ROOT / "book" / "checked.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
AT_TIMES = {"coverage", "mutants", "intervals", "reproduce"}
"""Commands that are not run at every change."""
HELD_BY = {
    "A number in the text": "book/test_sources.py book/test_wording.py faults/test_prose.py",
    "A cell that fails": "book/test_interrupted.py faults/test_small_book.py",
    "Each mistake": "faults/test_planting.py",
    "The code is changed": "package/test_mutants.py mutants/run.py",
    "The tests of the packages": "package/test_mutants.py",
    "Hostile inputs by": "unit/hostile/trying.py",
    "Each kind of interval": "experiments/test_interval_kinds.py",
    "A second build": "book/test_reproducible.py reproduce/reproduce.py",
    "The package passes": "package/test_installs.py reproduce/book_numbers.py",
    "A copy that is opened": "book/test_archived.py book/test_policy_browser.py",
    "Downloaded chapters": "elsewhere/test_elsewhere.py",
    "Chapters run": "lite/test_in_browser.py",
    "What is installed": "package/test_installs.py",
}
"""How each row of the table begins, and where below tests/ it is tried."""
ROWS = re.findall(r"(?m)^\| ([A-Z].*?) \| `make ([\w-]+)` \|$", PAGE)


def test_every_row_is_held_by_tests_that_are_there():
    assert len(ROWS) >= 10
    begun = [start for start in HELD_BY for row, _ in ROWS if row.startswith(start)]
    assert sorted(begun) == sorted(HELD_BY)
    assert len(ROWS) == len(HELD_BY)
    files = {name for names in HELD_BY.values() for name in names.split()}
    assert [name for name in sorted(files) if not (ROOT / "tests" / name).exists()] == []


@pytest.mark.parametrize("command", sorted({command for _, command in ROWS}))
def test_a_command_is_there_and_run_at_every_change_or_said_not_to_be(command):
    assert re.search(rf"(?m)^{command}: .*##", MAKEFILE)
    if command in AT_TIMES:
        assert re.search(rf"Whoever changes the book.*`make {command}`", PAGE)
    else:
        run = re.findall(r"^ *make (.*)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.M)
        needed = {"book": r"^test: .*\bfresh\b", "setup": r"^fresh: \$\(READY\)"}.get(command)
        named = " ".join(run).split()
        assert command in named if needed is None else re.search(needed, MAKEFILE, re.M)


def test_both_parts_of_what_ci_runs_are_run_at_every_change():
    runs = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert re.findall(r"run: (\.ci/run.*)$", runs, re.M) == [".ci/run", ".ci/run long"]


def test_the_named_numbers_are_kept_by_what_makes_them():
    options = (ROOT / "pyproject.toml").read_text("utf-8")
    assert "fail_under = 97" in options
    assert "branch = true" in options
    assert "LEAST = 0.90" in (ROOT / "tests" / "mutants" / "run.py").read_text("utf-8")
    counted = pd.read_csv(ROOT / "tests" / "mutants" / "mutants.csv")
    parts = tomllib.loads((ROOT / "tests" / "mutants" / "parts.toml").read_text("utf-8"))
    assert list(counted["module"]) == [module for part in parts.values() for module in part]
    assert (counted["killed"] + counted["survived"] == counted["mutants"]).all()
    assert counted["share"].min() >= 0.9


@pytest.mark.parametrize("link", re.findall(r"`((?:tests|\.github)/[\w./]+)`", PAGE))
def test_what_the_page_names_is_there(link):
    assert (ROOT / Path(link)).exists()
