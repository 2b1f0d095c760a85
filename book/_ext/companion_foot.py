"""The foot of every page: which version this is, under which licence, and what to do about it."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import about
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx

SEPARATOR = ' <span aria-hidden="true">·</span> '


@cache
def version(sources: str, made_from: str) -> str:
    """The book's version and its commit, linked where the sources have an address.

    >>> version("", "")
    'Version ..., built from changed sources'
    """
    said = f"Version {escape(str(about.citation()['version']))}"
    if not made_from:
        return f"{said}, built from changed sources"
    commit = f"commit {made_from[:7]}"
    if sources:
        commit = f'<a href="{escape(sources)}commit/{made_from}">{commit}</a>'
    return f"{said}, {commit}"


def foot(pathto: Any, sources: str, made_from: str) -> str:
    """The lines, as HTML; `pathto` gives the address of a page from the one that they stand on."""
    said = about.citation()
    links = {pathto("book/cite"): "How to cite", pathto("book/licences"): "Licences and notices"}
    if sources:
        links |= {about.dispute(sources): "Dispute a claim", sources: "Sources"}
    authors = ", ".join(author["name"] for author in said["authors"])
    first = [f"© {str(said['date-released'])[:4]} {escape(authors)}", version(sources, made_from)]
    second = ["Text and figures CC BY 4.0, code MIT"]
    second += [f'<a href="{escape(url)}">{words}</a>' for url, words in links.items()]
    return "".join(f"<p>{SEPARATOR.join(line)}</p>" for line in (first, second))


def _add(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    context["theme_extra_footer"] = foot(context["pathto"], about.repository(), about.commit())


def setup(app: Sphinx) -> dict[str, bool]:
    # After the page for addresses that are not there has got links of its own.
    app.connect("html-page-context", _add, priority=600)
    return SAFE
