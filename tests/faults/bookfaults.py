"""How faults are planted in the book: in a notebook's cell, in a figure's drawing, in a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import build
import forked
import pytest
from planting import ROOT, Fault, copy_of_checkout, plant

NOTEBOOKS = {path.name[:2]: f"notebooks/{path.name}" for path in (ROOT / "notebooks").iterdir()}
"""A notebook by the two digits of its chapter."""
FITS = "test_the_words_of_a_figure_are_no_others"


def built_again(copy: Path) -> None:
    """Let the copy's site pass for one that was built from the sources as they now are."""
    record = copy / "_build" / "html" / "build.json"
    record.unlink()
    record.write_text(json.dumps({"sources": build.digest(copy)}), "utf-8")


def drawn_again(notebook: str, figure: str) -> Callable[[Path], None]:
    """Have a figure drawn anew, in the place of the one that was built, when the check starts."""

    def ask(copy: Path) -> None:
        built_again(copy)
        asked = json.dumps({"notebook": notebook, "figure": figure})
        (copy / "_build" / "redraw.json").write_text(asked, "utf-8")

    return ask


def in_cell(words: str) -> str:
    """A piece of one line of a cell as it stands in a notebook's file."""
    return json.dumps(words, ensure_ascii=False)[1:-1]


def in_file(
    kind: str, what: str, chapter: str, old: str, new: str, check: str, says: str
) -> Fault:
    """A fault in a notebook's file, which a test of the sources must catch."""
    file = NOTEBOOKS[chapter]
    check = check.replace("@", f"[{Path(file).name}]")
    return Fault(kind, what, file, old, new, check, says, built_again)


def in_text(
    kind: str, what: str, chapter: str, old: str, new: str, check: str, says: str
) -> Fault:
    """The same within one line of a cell, as it is written there."""
    return in_file(kind, what, chapter, in_cell(old), in_cell(new), check, says)


def in_site(
    kind: str, what: str, file: str, old: str, new: str | None, check: str, says: str
) -> Fault:
    """A fault in a file of the built site, which a test of the site must catch."""
    check = "tests/book/" + check.replace("@", f"[{file}]")
    return Fault(kind, what, f"_build/html/{file}", old, new, check, says)


def in_drawing(
    kind: str, what: str, chapter: str, figure: str, old: str, new: str, check: str, says: str
) -> Fault:
    """A fault in the drawing of a figure, which a test of what it draws must catch.

    The test is one for each figure, or one for a part of every figure's words, named by the part.
    """
    file = NOTEBOOKS[chapter]
    before = drawn_again(file, figure)
    test, part = check.split("::")
    check = f"{check}[{figure}-wide]" if part.startswith("test_") else f"{test}::{FITS}[{part}]"
    check = f"tests/book/{check}"
    return Fault(kind, what, file, in_cell(old), in_cell(new), check, says, before)


def assert_caught(fault: Fault, folder: Path) -> None:
    """Plant a fault in the book and have it caught: its test fails, and says what is wrong."""
    with copy_of_checkout(folder) as copy:
        plant(fault, copy)
        first = ["tests/faults/redraw.py"] * (copy / "_build" / "redraw.json").exists()
        arguments = ["-q", "-p", "no:cacheprovider", "-m", "", "--tb=short"]
        status, said = forked.pytest_in(copy, [*arguments, *first, fault.check])
    assert status == pytest.ExitCode.TESTS_FAILED, f"not caught ({status}): {said[-3000:]}"
    assert fault.says in said, f"caught, but not in these words: {said[-3000:]}"
