"""The list of all figures: chapter by chapter, each with its files, data and citation.

A figure's place there, `book/figures.html#map-<id>`, is its stable address: `figure_ids.txt`
holds every id that there has been. A figure that was renamed keeps a line that says where it is.
"""

from __future__ import annotations

import html
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import companion_figures as figures
from docutils import nodes
from docutils.parsers.rst import Directive
from extending import SAFE, only_where, root_of
from sphinx.addnodes import compact_paragraph
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

IDS = Path(__file__).resolve().parents[1] / "figure_ids.txt"


class FigureMap(nodes.General, nodes.Element):
    """Placeholder for the list of all figures, filled when every page has been read."""


class FigureMapDirective(Directive):
    """``{figure-map}``: every figure of the book with number, files and citation."""

    def run(self) -> list[nodes.Node]:
        return [FigureMap()]


def known_ids(text: str) -> dict[str, str]:
    """Every id of the list -> the id of today, which is mostly the same."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return {words[0]: words[-1] for words in lines if words}


def _chapters(env: BuildEnvironment) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each page with figures, in the book's order, and the numbers and ids of its figures."""
    return [
        (docname, [(number, figure_id) for number, figure_id, _ in found])
        for docname, found in groupby(figures.in_order(env), key=lambda each: each[2])
    ]


def _heading(env: BuildEnvironment, docname: str) -> str:
    number = env.toc_secnumbers.get(docname, {}).get("", ())
    return " ".join([*(f"{n}." for n in number[:1]), env.titles[docname].astext()])


def _place(docname: str) -> str:
    return "in-" + docname.rpartition("/")[2].replace("_", "-")


def _fill_map(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for placeholder in list(doctree.findall(FigureMap)):
        chapters = _chapters(app.env)
        entries = "".join(_chapter(app, page, found, docname) for page, found in chapters)
        total = sum(len(found) for _, found in chapters)
        old = renamed(known_ids(IDS.read_text("utf-8")))
        text = f'{_search(total)}<div class="figure-map">{entries}</div>{old}'
        placeholder.replace_self(nodes.raw("", text, format="html"))


def _search(total: int) -> str:
    return (
        '<form class="figure-search" role="search"><label for="figure-q">Find a figure</label> '
        '<input id="figure-q" name="q" type="search" autocomplete="off"> '
        f'<output for="figure-q">{total} of {total} figures</output></form>'
    )


def _chapter(app: Sphinx, docname: str, found: list[tuple[str, str]], here: str) -> str:
    page = f"{root_of(here)}{docname}.html"
    heading = f'<a href="{page}">{html.escape(_heading(app.env, docname))}</a>'
    entries = "".join(_entry(app, number, figure_id, docname, here) for number, figure_id in found)
    place = _place(docname)
    return f'<section id="{place}" class="of-chapter"><h2>{heading}</h2>{entries}</section>'


def _entry(app: Sphinx, number: str, figure_id: str, docname: str, here: str) -> str:
    card, root = figures.read_card(figure_id), root_of(here)
    page = f"{root}{docname}.html#{figures.anchor(figure_id)}"
    columns = "".join(
        f"<li><code>{html.escape(name)}</code>: {html.escape(what)}</li>"
        for name, what in card["columns"].items()
    )
    return (
        f'<section id="map-{figure_id}" class="entry" data-words="{_words(card, number)}">'
        f'<a href="{page}" tabindex="-1">{_thumbs(card, root)}</a>'
        f'<div><h3><a href="{page}">Figure {number}</a> {html.escape(card["title"])}'
        f'<a class="headerlink" href="#map-{figure_id}" title="Link to this figure">#</a></h3>'
        f"{figures.links(app, number, figure_id, docname, here)}"
        f'<details class="columns"><summary>What its {card["rows"]} rows of data hold</summary>'
        f"<ul>{columns}</ul></details></div></section>"
    )


def _thumbs(card: dict[str, Any], root: str) -> str:
    alt = html.escape(card["alt"], quote=True)
    return "".join(
        f'<img class="companion-{theme} dark-light" loading="lazy" alt="{alt}" '
        f'{figures.pixels(card["size"])} src="{root}figures/{card["id"]}{dot}.svg">'
        for theme, dot in (("light", ""), ("dark", ".dark"))
    )


def _words(card: dict[str, Any], number: str) -> str:
    """What a figure is found by: chapter, number, id, title, caption, what it shows, columns."""
    caption = re.sub(r"\{[^}]*\}`([^`]*)`", r"\1", card["caption"])
    columns = (f"{name} {what}" for name, what in card["columns"].items())
    chapter, dot, _ = number.partition(".")  # the first page has figures, and no number
    chapter = f"chapter-{chapter}." if dot else ""
    found = ("figure", number, chapter, card["id"], card["title"], caption, card["alt"], *columns)
    return html.escape(" ".join(found).lower(), quote=True)


def renamed(known: dict[str, str]) -> str:
    """Where the old address of each figure that was renamed leads."""
    return "".join(
        f'<p id="map-{old}">The figure <code>{old}</code> is now '
        f'<a href="#map-{new}"><code>{new}</code></a>.</p>'
        for old, new in known.items()
        if old != new
    )


def _list_contents(_: Sphinx, env: BuildEnvironment) -> None:
    """Put chapters and figures into the page's table of contents, beside the page."""
    if figures.LIST not in env.tocs:
        return
    chapters = [
        _item(
            _place(docname),
            _heading(env, docname),
            *(_item(f"map-{fid}", f"{n} {figures.read_card(fid)['title']}") for n, fid in found),
        )
        for docname, found in _chapters(env)
    ]
    title = env.tocs[figures.LIST][0]
    title[1:] = [nodes.bullet_list("", *chapters)]
    env.toc_num_entries[figures.LIST] = 1 + len(figures.registry(env)) + len(chapters)


def _item(place: str, text: str, *below: nodes.Node) -> nodes.list_item:
    link = nodes.reference("", text, internal=True, refuri=figures.LIST, anchorname=f"#{place}")
    inner = [nodes.bullet_list("", *below)] if below else []
    return nodes.list_item("", compact_paragraph("", "", link), *inner)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(FigureMap)
    app.add_directive("figure-map", FigureMapDirective)
    app.connect("env-check-consistency", _list_contents)
    app.connect("doctree-resolved", _fill_map)
    only_where(app, lambda page, *_: page == figures.LIST, "figure-list.js", "figure-list.css")
    return SAFE
