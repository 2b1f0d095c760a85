"""What Sphinx, Jupyter Book and their theme leave out for readers who cannot see or use no mouse.

`repair(page)` mends a page of the finished site; each repair names what is wrong, so that it can
go when its maker has mended it. The print styles come along, for readers on paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path

from contents import own_files
from extending import SAFE, at_end
from sphinx.application import Sphinx

TABLE_PART = re.compile(r"<(?P<part>thead|tbody)\b.*?</(?P=part)>", re.S)
HEAD_CELL = re.compile(r"<th\b(?P<about>[^>]*)>(?P<text>.*?)</th>", re.S)
HAS_SCOPE = re.compile(r"\bscope=")

PAGES, CONTENTS = "Pages of the book", "Contents of this page"
DIALOGS = {"search": "Search", "primary": PAGES, "secondary": CONTENTS}

REPAIRS: list[tuple[str, str, str | Callable[[re.Match[str]], str]]] = [
    (
        "the name, the search and the list of pages are in no landmark",
        r'<div id="pst-primary-sidebar"',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="About the book"',
    ),
    (
        "a group of pages is a heading before the first one of the page",
        r'<p aria-level="2" class="caption" role="heading"><span class="caption-text">(.*?)</span>'
        r'</p>\s*<ul class="',
        lambda found: (
            f'<p class="caption"><span class="caption-text">{found[1]}</span></p>\n'
            f'<ul aria-label="{_plain(found[1])}" class="'
        ),
    ),
    (
        "the switch that shows pages below a page has no name",
        r'(>([^<>]*)</a><details[^>]*>)<summary>(?=<span class="toctree-toggle")',
        lambda found: f'{found[1]}<summary aria-label="Pages of {_plain(found[2])}">',
    ),
    (
        "a button has another name than the text on it",
        r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"',
        r"\1",
    ),
    (
        "the button for the colours is named by three pictures, two of them unseen",
        r'(<i class="theme-switch [^>]*?)\s*title="[^"]*"',
        r"\1",
    ),
    ("and by a word of another spelling", r'="Color mode"', '="Colour mode"'),
    (
        "a button is named by the theme's parts",
        'title="Toggle primary sidebar"',
        f'title="{PAGES}"',
    ),
    ("", 'title="Toggle secondary sidebar"', f'title="{CONTENTS}"'),
    (
        "windows without names",
        r'<dialog id="pst-(\w+)(-[\w-]*)">',
        lambda found: f'<dialog id="pst-{found[1]}{found[2]}" aria-label="{DIALOGS[found[1]]}">',
    ),
    (
        "the contents stand before the title for a printer, with a second title",
        r'(?s)<div id="jb-print-docs-body".*?(?=<div id="searchbox">)',
        "",
    ),
    (
        "a notebook opens in a new window, as text",
        r'(<a href="[^":]*\.(?:ipynb|zip)") target="_blank"',
        r"\1 download",
    ),
    ("a list whose items are none", r'role="doc-biblioentry"', 'role="listitem"'),
    (
        "a place for advertisements",
        r'(?s)<div class="sidebar-primary-item">\s*<div id="ethical-ad-placement".*?</div></div>',
        "",
    ),
]


def repair(page: str) -> str:
    """The page with every repair."""
    for _, wrong, right in REPAIRS:
        page = re.sub(wrong, right, page)
    return TABLE_PART.sub(_scopes, page)


def _scopes(part: re.Match[str]) -> str:
    """Say of a table's headers what they head; one that is empty is none."""
    scope = "col" if part["part"] == "thead" else "row"

    def head(cell: re.Match[str]) -> str:
        if not _plain(cell["text"]):
            return f"<td{cell['about']}>{cell['text']}</td>"
        if HAS_SCOPE.search(cell["about"]):
            return cell[0]
        return f'<th scope="{scope}"{cell["about"]}>{cell["text"]}</th>'

    return HEAD_CELL.sub(head, part[0])


def _plain(html: str) -> str:
    """The text of it, fit for an attribute."""
    return escape(unescape(re.sub(r"<[^>]*>", "", html)).strip(), quote=True)


def _repair_all(app: Sphinx) -> None:
    for path in own_files(Path(app.outdir)):
        path.write_text(repair(path.read_text("utf-8")), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_css_file("print.css", media="print", priority=900)  # the last word
    at_end(app, _repair_all, priority=900)
    return SAFE
