"""How the book and its figures are cited: CITATION.cff is the one place that says it.

The `cite-book` directive prints the entry of the whole book; `figure_entry` writes that of a
figure. An address is named only where `html.baseurl` of _config.yml sets one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).parents[1]))
from about import citation

KEY = "scaling_laws_reexecuted"
FIELD = 14
"""Width of a field's name, so that the entries line up."""


def book_entry(address: str) -> str:
    """BibTeX of the whole book; `address` may be empty."""
    said = citation()
    return _entry(
        KEY,
        said["title"],
        howpublished=f"Version {said['version']}",
        url=address,
        note="A Jupyter Book and the Python package scaling_utils",
    )


def figure_entry(figure_id: str, title: str, number: str, address: str) -> str:
    """BibTeX of one figure; `address` is the book's and may be empty."""
    said = citation()
    return _entry(
        f"{KEY}_{figure_id.replace('-', '_')}",
        title,
        howpublished=f"Figure {number} of {said['title']}, version {said['version']}",
        url=f"{address.rstrip('/')}/figures/{figure_id}.svg" if address else "",
        note="CC BY 4.0",
    )


def _entry(key: str, title: str, **more: str) -> str:
    said = citation()
    authors = " and ".join(f"{{{_latex(author['name'])}}}" for author in said["authors"])
    fields = {
        "author": authors,
        "title": f"{{{_latex(title)}}}",
        "year": str(said["date-released"])[:4],
        **{name: text if name == "url" else _latex(text) for name, text in more.items()},
    }
    lines = (f"  {name:<{FIELD}}= {{{text}}}" for name, text in fields.items() if text)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _latex(text: str) -> str:
    """Escape what LaTeX would read as a command, in words that are not LaTeX."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


class CiteBook(SphinxDirective):
    """``{cite-book}``: the BibTeX entry of the whole book."""

    def run(self) -> list[nodes.Node]:
        entry = book_entry(self.config.html_baseurl)
        return [nodes.literal_block(entry, entry, language="bibtex")]


def _name_project(_: Sphinx, config: Config) -> None:
    """Jupyter Book sets the title of the pages only; Sphinx has names of its own for it."""
    said = citation()
    config.project, config.release = said["title"], str(said["version"])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("cite-book", CiteBook)
    app.connect("config-inited", _name_project)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
