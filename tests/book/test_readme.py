"""The README: its commands exist, its picture is the built figure, its example runs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from about import ROOT, SITE
from PIL import Image

from scaling_utils import datasets

README = (ROOT / "README.md").read_text("utf-8")


def test_the_picture_is_the_figure_of_this_build():
    """If this fails, copy the built figure over book/assets/readme.png.

    What it says inside, such as the commit, may be older.
    """
    paths = (ROOT / "book" / "assets" / "readme.png", SITE / "figures" / "planner.png")
    kept, built = (np.asarray(Image.open(path)) for path in paths)
    np.testing.assert_array_equal(kept, built)


def test_every_command_it_names_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    named = set(re.findall(r"make ([a-z-]+)", README))
    assert {"book", "test", "lab"} <= named
    assert named <= targets


def test_every_path_it_names_exists():
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", README)
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_its_examples_run(tmp_path, monkeypatch):
    runs = datasets.load("gadre2024_runs")
    runs[runs["dataset"] == "C4"].to_csv(tmp_path / "runs.csv", index=False)
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    scope: dict[str, Any] = {}
    for code in examples:
        exec(code, scope)
    assert scope["law"].optimal(5.76e23).N > 1e9
    assert scope["found"].status == "converged"
    assert len(examples) == 2
