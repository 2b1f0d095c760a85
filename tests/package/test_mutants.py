"""Mutants are tried on the copy, and nothing of the checkout is imported in their place."""

import csv
import importlib.util
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def module_at(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUN = module_at(ROOT / "tests/mutants/run.py")


@pytest.mark.parametrize("module", RUN.parts())
def test_modules_and_tests_that_are_named_are_there(module):
    named = [module, *RUN.parts()[module]]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_a_mutant_in_the_copy_is_what_the_tests_import(tmp_path):
    module = "claims/comparison.py"
    RUN.prepare(tmp_path, module, RUN.parts()[module])
    (tmp_path / module).write_text('raise ImportError("planted in the copy")\n')
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import claims.comparison"],  # no .pth: as mutmut's Python
        cwd=tmp_path,
        env=RUN.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1] == "ImportError: planted in the copy"
    elsewhere = subprocess.run(
        [sys.executable, "-S", "-c", "import pandas, claims"],
        cwd=tmp_path / "data",
        env=RUN.environment(),
        capture_output=True,
        text=True,
    )
    assert "No module named 'claims'" in elsewhere.stderr


def test_what_is_decorated_is_mutated_too_and_nothing_is_kept_of_earlier_calls():
    source = "class A:\n    @property\n    def b(self):\n        return 2\n\n    @classmethod\n"
    source += "    def c(cls):\n        return 3\n\n\n@cache\n@third\n@other(1)\n"
    source += "def d():\n    return 4\n"
    expected = "class A:\n    def b(self):\n        return 2\n    b = property(b)\n\n"
    expected += "    @classmethod\n    def c(cls):\n        return 3\n\n\ndef d():\n"
    expected += "    return 4\nd = other(1)(d)\nd = third(d)\n"
    assert RUN.undecorated(source) == expected


def test_every_survivor_that_is_listed_stands_in_its_module_with_a_reason():
    for mutant, reason in RUN.listed().items():
        source = " ".join(
            line.strip() for line in (ROOT / mutant.module).read_text("utf-8").split("\n")
        )
        assert mutant.was in source, mutant
        assert mutant.was != mutant.became
        assert len(reason.split()) >= 4, mutant


def test_as_many_survivors_are_listed_as_were_counted():
    with (ROOT / "tests/mutants/mutants.csv").open(encoding="utf-8", newline="") as file:
        counted = {row["module"]: int(row["survived"]) for row in csv.DictReader(file)}
    listed = Counter(mutant.module for mutant in RUN.listed())
    assert {module: listed[module] for module in counted} == counted
