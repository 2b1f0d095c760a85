"""What a reader sees runs, and says the same in JupyterLab, where the text comes last."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import first_cell
import pytest
from about import ROOT, SITE
from contents import NOTEBOOKS

FOLDED = {"hide-input", "hide-cell"}
HERE = json.loads((SITE / "numbers.json").read_text("utf-8"))
AT_END = json.loads((SITE / "numbers_at_end.json").read_text("utf-8"))
"""What each expression of the text gave after the last cell, as `HERE` has where it stands."""


def visible(path: Path) -> list[str]:
    """Sources of the cells before the short answer, folded or not, and of those not folded."""
    shown, before = [], True
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["id"] == first_cell.ID:  # it brings the package, and is no Python
            continue
        source, tags = "".join(cell["source"]), set(cell["metadata"].get("tags", ()))
        before &= "short-answer" not in source
        assert "remove-cell" not in tags, "no cell is kept from the reader"
        if cell["cell_type"] == "code" and (before or not tags & FOLDED):
            shown.append(source)
    return shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_visible_cells_run_when_copied_in_order(path):
    parts = visible(path)
    assert len(parts) > 3
    script = "\n".join(parts)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT / "notebooks",
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-1500:]


def test_every_page_with_numbers_was_asked_again():
    assert {f"notebooks/{path.stem}" for path in NOTEBOOKS} <= set(HERE)
    assert set(HERE) == set(AT_END)


@pytest.mark.parametrize("page", HERE)
def test_no_name_in_the_text_is_bound_to_something_else_later(page):
    assert AT_END[page] == HERE[page]
