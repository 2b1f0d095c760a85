"""The `licences` directive: what the site carries of other people's work, under which licence."""

from __future__ import annotations

from html import escape
from pathlib import Path

from docutils import nodes
from extending import SAFE, at_end, root_of
from notices import FOLDER, PARTS, write
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Licences(SphinxDirective):
    """A table: each part, what it is for, and its licence, linked to its notice."""

    def run(self) -> list[nodes.Node]:
        root = root_of(self.env.docname)
        rows = "".join(
            f'<tr><th scope="row">{escape(part.name)}</th><td>{escape(part.what)}</td>'
            f'<td><a href="{root}{FOLDER}/{part.notice}">{escape(part.licence)}</a></td></tr>'
            for part in PARTS
        )
        columns = ("part", "what it does here", "licence")
        head = "".join(f'<th scope="col">{column}</th>' for column in columns)
        table = f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        return [nodes.raw("", table, format="html")]


def _write(app: Sphinx) -> None:
    write(Path(app.outdir))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("licences", Licences)
    at_end(app, _write)
    return SAFE
