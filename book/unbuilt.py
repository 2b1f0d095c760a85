"""Copies of the chapters for JupyterLab where no build has been, as on Binder.

`python book/unbuilt.py` fills in what needs no run: references, citations, claims, words. Numbers
and figures come when the cells are run. `make lab` has better ones, from a build.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import first_cell
from about import ROOT, address
from contents import NOTEBOOKS
from filled import heading, written
from filling import Known, fill
from lab import MINE


def published(code: str) -> Iterator[tuple[str, str]]:
    """Id and title of each figure that a cell publishes; a title that is computed stays away."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and "publish" in ast.unparse(node.func).split("."):
            words = {each.arg: each.value for each in node.keywords}
            yield ast.literal_eval(node.args[0]), str(getattr(words.get("title"), "value", ""))


def cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a source, each with its text in one piece."""
    found = json.loads(path.read_text("utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found]


def figures() -> dict[str, tuple[str, str]]:
    """Every figure's number and place: they are counted as they come, chapter by chapter."""
    first = re.findall(r'publish\(\s*"([\w-]+)"', (ROOT / "book" / "intro.md").read_text("utf-8"))
    found = {id: (str(n), f"book/intro.html#fig-{id}") for n, id in enumerate(first, 1)}
    for path in NOTEBOOKS:
        ids = [id for cell in _code(path) for id, _ in published(cell["source"])]
        for count, id in enumerate(ids, 1):
            place = f"notebooks/{path.stem}.html#fig-{id}"
            found[id] = f"{int(path.stem[:2])}.{count}", place
    return found


def copied(path: Path, figures: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """One chapter's copy."""
    chapters = {str(int(each.stem[:2])): each.stem for each in NOTEBOOKS}
    known = Known(int(path.stem[:2]), {}, figures, chapters, address())
    copies: list[dict[str, Any]] = []
    for cell in cells(path):
        if cell["cell_type"] == "markdown":
            copies.append(cell | {"source": fill(cell["source"], known, live=True)})
            continue
        if cell["id"] != first_cell.ID:
            for id, title in published(cell["source"]):
                copies.append(heading({"id": id, "title": title}, known))
        copies.append(cell)
    return json.loads(path.read_text("utf-8")) | {"cells": copies}


def _code(path: Path) -> list[dict[str, Any]]:
    """The cells of Python."""
    return [c for c in cells(path) if c["cell_type"] == "code" and c["id"] != first_cell.ID]


def main() -> None:
    """Write the copies into `lab/`, each where none lies yet."""
    MINE.mkdir(exist_ok=True)
    numbered = figures()
    for path in NOTEBOOKS:
        if not (MINE / path.name).exists():
            (MINE / path.name).write_text(written(copied(path, numbered)), "utf-8")


if __name__ == "__main__":
    main()
