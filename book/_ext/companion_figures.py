"""The `companion-figure` directive, the figure map, and the figures' files on the site.

A notebook's `publish` leaves `<id>.json` and the pictures in a folder and shows its id; this
extension turns the id into a numbered figure with its caption, alternative text and links.
"""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from typing import Any

from companion_cite import figure_entry
from companion_touch import touchable
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset

FIGURES_DIR = "SCALING_UTILS_FIGURES"  # the same variable as in scaling_utils.figures
FILES = (("svg", "SVG"), ("pdf", "PDF"), ("png", "PNG"), ("csv", "data"))


class FigureMap(nodes.General, nodes.Element):
    """Placeholder for the list of all figures, filled when every page has been read."""


def _card(figure_id: str) -> dict[str, Any]:
    return json.loads((Path(os.environ[FIGURES_DIR]) / f"{figure_id}.json").read_text("utf-8"))


def _anchor(figure_id: str) -> str:
    """The figure's place on its page; the prefix keeps it apart from the headings' places."""
    return f"fig-{figure_id}"


def _picture(card: dict[str, Any], root: str) -> str:
    """Both pictures, for the light and the dark page, each with its narrow twin for a phone."""
    alt = html.escape(card["alt"], quote=True)
    width, height = (round(96 * inches) for inches in card["size"])
    out = []
    # dark-light: without this class the theme puts a white card behind the picture.
    for theme, dot in (("light", ""), ("dark", ".dark")):
        path = f"{root}figures/{card['id']}"
        out.append(
            f'<picture class="companion-{theme}">'
            f'<source media="(max-width: 600px)" srcset="{path}.narrow{dot}.svg">'
            f'<img class="dark-light" src="{path}{dot}.svg" alt="{alt}" '
            f'width="{width}" height="{height}">'
            "</picture>"
        )
    return "".join(out)


def _links(card: dict[str, Any], root: str, *, cite: bool) -> str:
    links = [f'<a href="{root}figures/{card["id"]}.{kind}">{label}</a>' for kind, label in FILES]
    if cite:
        links.append(f'<a href="{root}book/figures.html#map-{card["id"]}">cite</a>')
    return f'<p class="companion-links">{" · ".join(links)}</p>'


class CompanionFigure(SphinxDirective):
    """``{companion-figure} id``: the figure with this id, numbered and captioned."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        figure_id = self.arguments[0]
        card = _card(figure_id)
        root = "../" * self.env.docname.count("/")
        figure = nodes.figure(classes=["companion-figure"])
        figure += nodes.raw("", _picture(card, root), format="html")
        if touch := touchable(Path(os.environ[FIGURES_DIR]), card, root):
            figure += nodes.raw("", touch, format="html")
            figure["classes"].append("touchable")
        parsed, messages = self.parse_inline(_no_html(card["caption"]), lineno=self.lineno)
        figure += nodes.caption(card["caption"], "", *parsed)
        figure += nodes.legend("", nodes.raw("", _links(card, root, cite=True), format="html"))
        figure["names"].append(figure_id)
        figure["ids"].append(_anchor(figure_id))
        self.state.document.note_explicit_target(figure, figure)
        figures = _registry(self.env)
        if figures.get(figure_id, self.env.docname) != self.env.docname or any(
            f["names"] == [figure_id] for f in self.state.document.findall(nodes.figure)
        ):
            raise self.error(f"figure id {figure_id!r} is used twice; ids must be unique")
        figures[figure_id] = self.env.docname
        return [figure, *messages]


def _no_html(caption: str) -> str:
    """A caption is text with references and formulas in it: a tag in it is shown, not obeyed."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", caption)


class FigureMapDirective(Directive):
    """``{figure-map}``: every figure of the book with number, files and citation."""

    def run(self) -> list[nodes.Node]:
        return [FigureMap()]


def _registry(env: BuildEnvironment) -> dict[str, str]:
    """Figure id -> the page that shows it."""
    if not hasattr(env, "companion_figures"):
        env.companion_figures = {}
    return env.companion_figures


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for figure_id in [f for f, doc in _registry(env).items() if doc == docname]:
        del _registry(env)[figure_id]


def _merge(_: Sphinx, env: BuildEnvironment, __: set[str], other: BuildEnvironment) -> None:
    """Take over the figures of pages that another process has read."""
    for figure_id, docname in _registry(other).items():
        if _registry(env).setdefault(figure_id, docname) != docname:
            raise ValueError(f"figure id {figure_id!r} is used on two pages; ids must be unique")


def _number(env: BuildEnvironment, docname: str, figure_id: str) -> tuple[int, ...]:
    return env.toc_fignumbers[docname]["figure"][_anchor(figure_id)]


def _fill_map(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for placeholder in list(doctree.findall(FigureMap)):
        registry = _registry(app.env)
        found = sorted(
            ((_number(app.env, doc, fid), fid, doc) for fid, doc in registry.items()),
            key=lambda entry: (
                len(entry[0]) == 1,
                entry,
            ),  # chapters first, other pages after them
        )
        root = "../" * docname.count("/")
        rows = "".join(_map_entry(app, n, fid, doc, root) for n, fid, doc in found)
        placeholder.replace_self(
            nodes.raw("", f'<div class="figure-map">{rows}</div>', format="html")
        )


def _map_entry(
    app: Sphinx, number: tuple[int, ...], figure_id: str, docname: str, root: str
) -> str:
    card = _card(figure_id)
    label = ".".join(map(str, number))
    page = f"{root}{docname}.html#{_anchor(figure_id)}"
    bibtex = figure_entry(figure_id, card["title"], label, app.config.html_baseurl)
    columns = "".join(
        f"<li><code>{html.escape(name)}</code>: {html.escape(what)}</li>"
        for name, what in card["columns"].items()
    )
    alt = html.escape(card["alt"], quote=True)
    # With its size a picture that arrives late moves nothing, and a link lands where it should.
    width, height = (round(96 * inches) for inches in card["size"])
    thumbs = "".join(
        f'<img class="companion-{theme} dark-light" loading="lazy" alt="{alt}" '
        f'width="{width}" height="{height}" '
        f'src="{root}figures/{figure_id}{dot}.svg">'
        for theme, dot in (("light", ""), ("dark", ".dark"))
    )
    return (
        f'<section id="map-{figure_id}"><a href="{page}">{thumbs}</a>'
        f'<div><h3><a href="{page}">Figure {label}</a> {html.escape(card["title"])}</h3>'
        f"{_links(card, root, cite=False)}"
        f"<details><summary>Cite it, and what its data hold</summary>"
        f"<pre>{html.escape(bibtex)}</pre><ul>{columns}</ul>"
        f"<p>Drawn from {card['rows']} rows.</p>"
        f"</details></div></section>"
    )


def _copy_files(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        copy_asset(os.environ[FIGURES_DIR], str(Path(app.outdir) / "figures"))


def setup(app: Sphinx) -> dict[str, bool]:
    if FIGURES_DIR not in os.environ:
        raise RuntimeError(
            "build the book with 'make book': it sets where the figures are written"
        )
    app.setup_extension("companion_touch")
    app.add_node(FigureMap)
    app.add_directive("companion-figure", CompanionFigure)
    app.add_directive("figure-map", FigureMapDirective)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("doctree-resolved", _fill_map)
    app.connect("build-finished", _copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
