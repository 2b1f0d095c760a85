"""The `companion-figure` directive: a numbered figure, the line below it, and its files.

A notebook's `publish` leaves `<id>.json` and the pictures in a folder and shows its id; this
extension turns the id into a figure with caption and alternative text. The line below it, with
its files, its code and how it is cited, needs the figure's number, and is filled in when every
page has been read. `figure-citation` shows the citation alone.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import figure_code as code
from companion_cite import figure_entry, figure_sentence, provenance, shown
from companion_touch import touchable
from docutils import nodes
from extending import SAFE, at_end, root_of
from filling import no_html
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset

LOGGER = logging.getLogger(__name__)
FIGURES_DIR = "SCALING_UTILS_FIGURES"  # the same variable as in scaling_utils.figures
LIST = "book/figures"
"""The page that lists all figures."""
FILES = (
    ("svg", "SVG"),
    ("pdf", "PDF"),
    ("png", "PNG"),
    ("csv", "data (CSV)"),
    ("json", "card (JSON)"),
)
NARROW = 600
"""Up to this many pixels a page shows the narrow picture."""


class LinksBelow(nodes.General, nodes.Element):
    """Placeholder for the line below a figure, filled when every page has been read."""


class Citation(nodes.General, nodes.Element):
    """Placeholder for a figure's citation alone."""


def read_card(figure_id: str) -> dict[str, Any]:
    """What `publish` left about a figure."""
    return json.loads((Path(os.environ[FIGURES_DIR]) / f"{figure_id}.json").read_text("utf-8"))


def anchor(figure_id: str) -> str:
    """The figure's place on its page; the prefix keeps it apart from the headings' places."""
    return f"fig-{figure_id}"


def pixels(size: tuple[float, float]) -> str:
    """Width and height of a picture: with them, one that arrives late moves nothing."""
    width, height = (round(96 * inches) for inches in size)
    return f'width="{width}" height="{height}"'


def _picture(card: dict[str, Any], root: str) -> str:
    """Both pictures, for the light and the dark page, each with its narrow twin for a phone.

    They are lazy: what a page does not show, such as the other theme's, is never fetched.
    """
    alt = html.escape(card["alt"], quote=True)
    out = []
    # dark-light: without this class the theme puts a white card behind the picture.
    for theme, dot in (("light", ""), ("dark", ".dark")):
        path = f"{root}figures/{card['id']}"
        out.append(
            f'<picture class="companion-{theme}">'
            f'<source media="(max-width: {NARROW}px)" srcset="{path}.narrow{dot}.svg" '
            f"{pixels(card['narrow_size'])}>"
            f'<img class="dark-light" loading="lazy" src="{path}{dot}.svg" alt="{alt}" '
            f"{pixels(card['size'])}></picture>"
        )
    return "".join(out)


class CompanionFigure(SphinxDirective):
    """``{companion-figure} id``: the figure with this id, numbered and captioned."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        figure_id = self.arguments[0]
        card = read_card(figure_id)
        root = root_of(self.env.docname)
        figure = nodes.figure(classes=["companion-figure"])
        figure += nodes.raw("", _picture(card, root), format="html")
        if touch := touchable(Path(os.environ[FIGURES_DIR]), card, root):
            figure += nodes.raw("", touch, format="html")
            figure["classes"].append("touchable")
        parsed, messages = self.parse_inline(no_html(card["caption"]), lineno=self.lineno)
        figure += nodes.caption(card["caption"], "", *parsed)
        figure += nodes.legend("", LinksBelow("", figure=figure_id))
        figure["names"].append(figure_id)
        figure["ids"].append(anchor(figure_id))
        self.state.document.note_explicit_target(figure, figure)
        figures = registry(self.env)
        if figures.get(figure_id, self.env.docname) != self.env.docname or any(
            f["names"] == [figure_id] for f in self.state.document.findall(nodes.figure)
        ):
            raise self.error(f"figure id {figure_id!r} is used twice; ids must be unique")
        figures[figure_id] = self.env.docname
        return [figure, *messages]


class FigureCitation(SphinxDirective):
    """``{figure-citation} id``: how the figure with this id is cited."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [Citation("", figure=self.arguments[0])]


def registry(env: BuildEnvironment) -> dict[str, str]:
    """Figure id -> the page that shows it."""
    if not hasattr(env, "companion_figures"):
        env.companion_figures = {}
    return env.companion_figures


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for figure_id in [f for f, doc in registry(env).items() if doc == docname]:
        del registry(env)[figure_id]


def _merge(_: Sphinx, env: BuildEnvironment, __: set[str], other: BuildEnvironment) -> None:
    """Take over the figures of pages that another process has read."""
    for figure_id, docname in registry(other).items():
        if registry(env).setdefault(figure_id, docname) != docname:
            raise ValueError(f"figure id {figure_id!r} is used on two pages; ids must be unique")


def number_of(env: BuildEnvironment, docname: str, figure_id: str) -> str:
    """A figure's number, as in "Fig. 2.1"; known when every page has been read."""
    return ".".join(map(str, env.toc_fignumbers[docname]["figure"][anchor(figure_id)]))


def in_order(env: BuildEnvironment) -> list[tuple[str, str, str]]:
    """Number, id and page of every figure: those of the chapters first, in their order."""
    found = [(number_of(env, doc, fid), fid, doc) for fid, doc in registry(env).items()]

    def place(each: tuple[str, str, str]) -> tuple[bool, list[int], str]:
        parts = [int(part) for part in each[0].split(".")]
        return len(parts) == 1, parts, each[1]

    return sorted(found, key=place)


def links(app: Sphinx, number: str, figure_id: str, docname: str, here: str) -> str:
    """The line below a figure, on the page `here`; "cite" opens without a script."""
    root = root_of(here)
    page = "" if here == docname else f"{root}{docname}.html"
    found = [f'<a href="{root}figures/{figure_id}.{kind}">{label}</a>' for kind, label in FILES]
    found.append(f'<a href="{page}#{code.place(figure_id)}">code</a>')
    if source := code.source(app, docname, figure_id):
        found.append(f'<a href="{html.escape(source)}">source</a>')
    return (
        f'<div class="companion-links"><p>{" · ".join(found)} ·&nbsp;</p>'
        f'<details class="cite"><summary>cite</summary>'
        f"{citation(number, figure_id, here)}</details></div>"
    )


def citation(number: str, figure_id: str, here: str) -> str:
    """How a figure is cited, and where its place in the list is."""
    root, title, said = root_of(here), read_card(figure_id)["title"], provenance()
    more = f' <a href="{root}figures/{figure_id}.bib">as a file</a>'
    if here != LIST:
        more += f' · <a href="{root}{LIST}.html#map-{figure_id}">in the list of figures</a>'
    sentence = figure_sentence(figure_id, title, number, said)
    return shown(figure_id, sentence, figure_entry(figure_id, title, number, said), more)


def _resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    found = {figure_id: (number, page) for number, figure_id, page in in_order(app.env)}
    for below in list(doctree.findall(LinksBelow)):
        number, page = found[below["figure"]]
        text = links(app, number, below["figure"], page, docname)
        below.replace_self(nodes.raw("", text, format="html"))
    for cited in list(doctree.findall(Citation)):
        if figure := found.get(cited["figure"]):
            text = citation(figure[0], cited["figure"], docname)
            cited.replace_self(nodes.raw("", text, format="html"))
        else:
            LOGGER.warning("no figure %r to cite", cited["figure"], location=docname)
            cited.parent.remove(cited)
    if app.builder.format == "html":
        code.mark(doctree)


def _files(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Of every figure its entry, and its card with its number and page, by file names."""
    said = provenance()
    for number, figure_id, docname in in_order(app.env):
        card = read_card(figure_id)
        card["files"].append(f"{figure_id}.bib")
        card |= {"number": number, "page": f"{docname}.html#{anchor(figure_id)}"}
        yield f"{figure_id}.json", json.dumps(card, indent=1, ensure_ascii=False)
        yield f"{figure_id}.bib", figure_entry(figure_id, card["title"], number, said) + "\n"


def _write_files(app: Sphinx) -> None:
    folder = Path(app.outdir) / "figures"
    copy_asset(os.environ[FIGURES_DIR], str(folder))
    for name, text in _files(app):
        (folder / name).write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    if FIGURES_DIR not in os.environ:
        raise RuntimeError(
            "build the book with 'make book': it sets where the figures are written"
        )
    app.setup_extension("companion_touch")
    app.setup_extension("companion_figure_list")
    app.add_node(LinksBelow)
    app.add_node(Citation)
    app.add_directive("companion-figure", CompanionFigure)
    app.add_directive("figure-citation", FigureCitation)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("doctree-resolved", _resolved, priority=950)  # when companion_form has folded
    at_end(app, _write_files)
    return SAFE
