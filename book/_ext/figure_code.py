"""Where the code of a figure is: its folded cell on the page, and its lines in the sources.

The cell below a figure gets a place of its own, `code-<id>`, which the link "code" opens. With
the repository's address set, "source" beside it leads to the very lines, at the commit.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import about
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx

repository, commit = cache(about.repository), cache(about.commit)
DECODER = json.JSONDecoder()
FENCED = re.compile(r"^```\{code-cell\}.*?\n(.*?)\n```$", re.M | re.S)


def place(figure_id: str) -> str:
    """The place on the page of the cell that draws a figure."""
    return f"code-{figure_id}"


def mark(doctree: nodes.document) -> None:
    """Give the code of every figure its place: inside of its fold, so that a link opens that."""
    for figure in list(doctree.findall(nodes.figure)):
        cell = figure.parent
        while cell is not None and cell.get("nb_element") != "cell_code":
            cell = cell.parent
        if cell is None or "companion-figure" not in figure["classes"]:
            continue
        code = next(iter(cell.findall(HideCodeCellNode)), cell)
        code_id = place((figure["names"] or figure["dupnames"])[0])
        code.insert(0, nodes.raw("", f'<span id="{code_id}"></span>', format="html"))


def lines(text: str, figure_id: str) -> tuple[int, int]:
    """First and last line of the code that draws a figure, in a notebook's JSON or in MyST."""
    spans = _notebook_cells(text) if text.lstrip().startswith("{") else _fenced_cells(text)
    for start, end in spans:
        if re.search(rf'publish\([\s\\n",]*"{figure_id}\\?"', text[start:end]):
            return text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1
    raise ValueError(f"no cell draws the figure {figure_id!r}")


def _notebook_cells(text: str) -> list[tuple[int, int]]:
    """Where the source of each cell of code starts and ends in the text of a notebook.

    Folded cells that stand above one another are one, as on the page, up to that which draws.
    """
    found: list[tuple[int, int]] = []
    above = None  # where the source of the folded cells above starts
    at = text.index("[", text.index('"cells"')) + 1
    while text[at:].lstrip(" \n,")[0] == "{":
        start = text.index("{", at)
        cell, at = DECODER.raw_decode(text, start)
        if cell["cell_type"] != "code" or not cell["source"]:
            above = None
            continue
        source = text.index('"', text.rindex('"source": [', start, at) + len('"source": ['))
        folded = "hide-input" in cell["metadata"].get("tags", ())
        first = above if folded and above is not None else source
        found.append((first, text.rindex('"', source, at)))
        above = first if folded and "publish(" not in "".join(cell["source"]) else None
    return found


def _fenced_cells(text: str) -> list[tuple[int, int]]:
    return [each.span(1) for each in FENCED.finditer(text)]


def source(app: Sphinx, docname: str, figure_id: str) -> str:
    """The address of the lines that draw a figure; empty while the sources have none."""
    if not repository():
        return ""
    path = Path(app.env.doc2path(docname))
    first, last = lines(path.read_text("utf-8"), figure_id)
    version = commit() or app.config.html_theme_options["repository_branch"]
    name = path.relative_to(app.srcdir).as_posix()
    return f"{repository()}blob/{version}/{name}?plain=1#L{first}-L{last}"
