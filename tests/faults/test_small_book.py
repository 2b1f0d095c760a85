"""Faults that only a build can see: a book of one chapter has them all, each is named.

Each of them is a warning, and one warning fails a build.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import planting
import pytest

LAST = "notebooks/12_a_small_study_of_our_own.ipynb"
KEPT = ("claims", "notation", "figures", "bibliography")
"""Pages that roles link to."""
FIGURE = """
import pandas as pd

from scaling_utils import figures


def draw(fig, data):
    fig.subplots().plot(data["N"], data["loss"])


table = pd.DataFrame({"N": [1.0, 2.0], "loss": [3.0, 2.0]})
columns = {"N": "parameters", "loss": "nats per token"}
words = {"title": "A", "caption": "A line.", "alt": "It falls.", "columns": columns}
figures.publish("a-figure", draw, table, **words)
"""
CELLS: dict[str, tuple[str, str]] = {
    "a cell warns": ("import warnings; warnings.warn('mind the gap')", "stderr"),
    "an id of a figure is used twice": (FIGURE, 'Duplicate ID: "fig-a-figure"'),
}
WORDS: dict[str, tuple[str, str]] = {
    "a claim is quoted that nobody stated": ("{claim-value}`no-such-claim`", "no-such-claim"),
    "a figure is called that is not there": ("See {numref}`no-such-figure`.", "no-such-figure"),
    "a paper is cited that is not listed": ("{cite:t}`nobody1999`", "nobody1999"),
    "a word is explained nowhere": ("{def}`no such word`", "no such word"),
    "a number has no name": ("It is {eval}`no_such_name`.", "no_such_name"),
    "a page is linked that is not there": ("[here](no_such_page.md)", "no_such_page"),
}


def small_book(copy: Path, text: list[str], code: list[str]) -> None:
    """Leave one chapter, with such text and code, and the pages that it needs."""
    for path in [*(copy / "notebooks").iterdir(), *(copy / "book").rglob("*.md")]:
        if path.stem not in KEPT or path.parent.name == "api":
            path.unlink()
    empty = {"execution_count": None, "outputs": []}
    cells = [{"cell_type": "markdown", "source": source} for source in ("# A chapter", *text)]
    cells += [{"cell_type": "code", "source": source, **empty} for source in code]
    told = [{"id": f"cell-{i}", "metadata": {}, **cell} for i, cell in enumerate(cells)]
    meta = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "mystnb": {"execution_mode": "inline"},
    }
    notebook = {"cells": told, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}
    (copy / "notebooks" / "01_faults.ipynb").write_text(json.dumps(notebook), "utf-8")
    chapters = "".join(f"      - file: book/{name}\n" for name in KEPT)
    toc = f"format: jb-book\nroot: notebooks/01_faults\nparts:\n  - chapters:\n{chapters}"
    (copy / "_toc.yml").write_text(toc, "utf-8")


def built(copy: Path) -> tuple[int, str]:
    """Build, and return the exit status and what was said."""
    done = subprocess.run(
        [sys.executable, "book/build.py"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def test_a_build_names_every_fault_and_stops(tmp_path):
    text, code = ([source for source, _ in each.values()] for each in (WORDS, CELLS))
    with planting.copy_of_checkout(tmp_path / "copy") as copy:
        small_book(copy, text, [FIGURE, *code])
        status, said = built(copy)
    assert status == 1
    assert [fault for fault, (_, named) in (CELLS | WORDS).items() if named not in said] == []


def test_a_cell_that_raises_stops_the_build_and_is_named(tmp_path):
    with planting.copy_of_checkout(tmp_path / "copy") as copy:
        small_book(copy, [], ["1 / 0"])
        status, words = built(copy)
    assert status == 1
    assert "01_faults: ZeroDivisionError" in words


def test_a_page_that_no_list_of_contents_has_stops_the_build(tmp_path):
    chapter = LAST.removesuffix(".ipynb")
    fault = planting.Fault(
        "a lost page", "a chapter is missing from the list", "_toc.yml",
        f"      - file: {chapter}\n", "      - file: book/cite\n", "", "",
    )  # fmt: skip
    with planting.copy_of_checkout(tmp_path / "copy") as copy:
        planting.plant(fault, copy)
        status, words = built(copy)
    assert status == 1
    assert f"not in _toc.yml, so that nobody would see it: {chapter}" in words


STALE = [
    planting.Fault(
        "an old site",
        "the list of changes is edited after the build",
        "CHANGELOG.md",
        "# Changes\n",
        "# What changed\n",
        "tests/book/test_site.py",
        "built from other sources",
    ),
    planting.Fault(
        "an old site",
        "a notebook is deleted after the build",
        LAST,
        "",
        None,
        "tests/book/test_site.py",
        "built from other sources",
    ),
]


@pytest.mark.parametrize("fault", STALE, ids=lambda fault: fault.what)
def test_a_site_of_other_sources_is_not_even_tested(fault, tmp_path):
    with planting.copy_of_checkout(tmp_path / "copy") as copy:
        planting.plant(fault, copy)
        status, said = planting.run(fault.check, copy)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert fault.says in said
