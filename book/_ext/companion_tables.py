"""Tables as in a paper: what pandas prints is tidied before it is shown.

A column of 0, 1, 2, ... that only counts the rows goes; the name of the index moves into the
head; columns of numbers are set to the right, so that digits stand below digits.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx

NUMBER = re.compile(r"[-+\u2212]?[\d.,]+(\s?(%|[KMBT]|×\s?10\S*))?")


def tidy(table: Tag) -> None:
    """Tidy one table of pandas, in place."""
    for name in ("border", "style"):
        del table[name]
    for tag in table.find_all(style=True):
        del tag["style"]
    _join_heads(table)
    rows = [row.find_all(["th", "td"]) for row in table.select("tbody tr")]
    head = table.select("thead tr")[-1].find_all("th")
    if not head or any(len(row) != len(head) for row in rows):
        return  # cells that span several rows or columns
    counted = [str(i) for i in range(len(rows))]
    if not head[0].get_text() and [row[0].get_text() for row in rows] == counted:
        for row in (head, *rows):
            row.pop(0).decompose()
    for i, top in enumerate(head):
        cells = [row[i].get_text().strip() for row in rows]
        if all(NUMBER.fullmatch(cell) or cell in ("", "NaN", "-") for cell in cells):
            for cell in (top, *(row[i] for row in rows)):
                cell["class"] = "number-cell"
        if not top.get_text():
            top.name = "td"  # an empty head says nothing


def _join_heads(table: Tag) -> None:
    """A second row of the head that holds nothing but the name of the index joins the first."""
    heads = table.select("thead tr")
    if len(heads) != 2:
        return
    first, second = (row.find_all("th") for row in heads)
    if len(first) == len(second) and not any(cell.get_text() for cell in second[1:]):
        first[0].string = second[0].get_text()
        heads[1].decompose()


def _tidy_all(app: Sphinx, doctree: nodes.document, _: str) -> None:
    for raw in doctree.findall(nodes.raw):
        if app.builder.format != "html" or 'class="dataframe' not in raw.astext():
            continue
        soup = BeautifulSoup(raw.astext(), "html.parser")
        for style in soup.find_all("style"):
            style.decompose()
        for table in soup.select("table.dataframe"):
            tidy(table)
        raw[:] = [nodes.Text(str(soup))]  # with `raw` as its parent


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", _tidy_all)
    return SAFE
