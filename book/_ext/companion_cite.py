"""How the book and its figures are cited, as BibTeX and as a sentence.

`about.provenance` says what the book is; an address and a commit are named only where they are
known. The `cite-book` directive prints how the whole book is cited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape

import about
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

KEY = "scaling_laws_reexecuted"
FIELD = 14
"""Width of a field's name, so that the entries line up."""

Said = Mapping[str, str]
provenance = cache(about.provenance)
"""What `about.provenance` says, asked once in a build."""


def book_entry(said: Said) -> str:
    """BibTeX of the whole book."""
    return bibtex(
        KEY,
        said["book"],
        said,
        howpublished=f"Version {said['version']}",
        url=said["address"],
        note=with_commit("A Jupyter Book and the Python package scaling_utils", said),
    )


def book_sentence(said: Said) -> str:
    """The whole book in a list of references that is written by hand."""
    return in_a_sentence(said, edition(said), said["address"])


def figure_entry(figure_id: str, title: str, number: str, said: Said) -> str:
    """BibTeX of one figure."""
    return bibtex(
        f"{KEY}_{figure_id.replace('-', '_')}",
        title,
        said,
        howpublished=f"Figure {number} of {said['book']}, version {said['version']}",
        url=figure_address(figure_id, said),
        note=with_commit(said["license"], said),
    )


def figure_sentence(figure_id: str, title: str, number: str, said: Said) -> str:
    """One figure in a list of references that is written by hand."""
    what = f"\N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}"
    where = f"Figure {number} in {edition(said)}"
    address = figure_address(figure_id, said)
    return in_a_sentence(said, what, where, address)


def figure_address(figure_id: str, said: Said) -> str:
    """Where a figure stays even if it moves to another chapter; empty without an address."""
    return f"{said['address']}book/figures.html#map-{figure_id}" if said["address"] else ""


def shown(name: str, sentence: str, entry: str, more: str = "") -> str:
    """Both citations on a page, each with a button that copies it (copy.js); `more` is HTML."""
    return (
        '<div class="citation">'
        f'<p id="sentence-{name}">{escape(sentence)}</p>'
        f'<button type="button" class="copy" data-copy="#sentence-{name}">copy sentence</button>'
        f'<pre id="bibtex-{name}">{escape(entry)}</pre>'
        f'<button type="button" class="copy" data-copy="#bibtex-{name}">copy BibTeX</button>'
        f"{more}</div>"
    )


def edition(said: Said) -> str:
    """The book with its version and year."""
    return f"{said['book']}, version {said['version']} ({said['date'][:4]})"


def with_commit(text: str, said: Said) -> str:
    """What an entry notes, and the commit where it is known."""
    return f"{text}, commit {said['commit'][:12]}" if said["commit"] else text


def in_a_sentence(said: Said, *parts: str) -> str:
    """The authors, then every part that is there, and the licence."""
    return f"{said['authors']}: {', '.join(filter(None, [*parts, said['license']]))}."


def bibtex(key: str, title: str, said: Said, **more: str) -> str:
    """One entry by the book's authors; fields without a text are left out."""
    authors = (author["name"] for author in about.citation()["authors"])
    fields = {
        "author": " and ".join(f"{{{_latex(author)}}}" for author in authors),
        "title": f"{{{_latex(title)}}}",
        "year": said["date"][:4],
        **{name: text if name == "url" else _latex(text) for name, text in more.items()},
    }
    lines = (f"  {name:<{FIELD}}= {{{text}}}" for name, text in fields.items() if text)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


SIGNS = {
    "×": r"\times",
    "−": "-",
    "±": r"\pm",
    "∼": r"\sim",
    "≤": r"\leq",
    "≥": r"\geq",
    "δ": r"\delta",
}
LETTERS = {"\\": "backslash", "~": "asciitilde", "^": "asciicircum", "{": "braceleft"}
LETTERS |= {"}": "braceright"}  # BibTeX counts braces, those that LaTeX would print among them
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _latex(text: str) -> str:
    """Escape what LaTeX would read as a command, in words that are not LaTeX; set its signs."""
    text = re.sub(r"[{}\\~^]", lambda sign: rf"\text{LETTERS[sign[0]]}{{}}", text)
    text = re.sub(r"([&%$#_])", r"\\\1", text)
    text = text.replace("\N{NO-BREAK SPACE}", "~").replace("\N{EN DASH}", "--")
    text = re.sub(f"[{''.join(SIGNS)}]", lambda sign: f"${SIGNS[sign[0]]}$", text)
    return re.sub("[⁰¹²³⁴-⁹⁻]+", lambda power: f"$^{{{power[0].translate(RAISED)}}}$", text)


class CiteBook(SphinxDirective):
    """``{cite-book}``: how the whole book is cited."""

    def run(self) -> list[nodes.Node]:
        said = provenance()
        html = shown("of-the-book", book_sentence(said), book_entry(said))
        return [nodes.raw("", html, format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("cite-book", CiteBook)
    return SAFE
