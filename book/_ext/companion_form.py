"""The form of a chapter: folds, quiet code, links to chapters, and how long it takes to read.

A section whose title starts with "In more detail", or says where somebody disagrees with itself,
becomes a closed `<details>` on the site: in a notebook it is a section like any other. The code
of a figure or a table goes below it. "Chapter 6" in the text becomes a link, a typed
number stays on the line of its per cent sign, and below a chapter's
title stands what `reading.measure` finds, with the ways to run it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from contents import NAMED, NUMBER, chapter, chapters
from docutils import nodes
from extending import SAFE
from myst_nb.sphinx_ import HideCodeCellNode
from reading import measure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator

FOLD = re.compile(r"In more detail\b|Where .+ disagrees? with (itself|themselves)\b")
"""How the title of a section starts that is folded."""

UNTOUCHED = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.FixedTextElement,
    nodes.raw,
    nodes.math,
    nodes.math_block,
)
"""Text in these is left as it is."""


def _resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format == "html":
        _join_code(doctree)
        _label_code(doctree)
        _keep_percents(doctree)
        _link_chapters(app, doctree, docname)
        _fold_sections(doctree)


def _fold_sections(doctree: nodes.document) -> None:
    """Put what follows the title into a closed `<details>`, with the title as its summary."""
    for section in list(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        if title is None or title.parent is not section or not FOLD.match(title.astext()):
            continue
        section["classes"].append("fold")
        place = section.index(title)
        for where, tags in (
            (len(section), "</details>"),
            (place + 1, "</summary>"),
            (place, "<details><summary>"),
        ):
            section.insert(where, nodes.raw("", tags, format="html"))


def _join_code(doctree: nodes.document) -> None:
    """A folded cell without output joins the one that comes next: one line of code, not two."""
    for hidden in list(doctree.findall(HideCodeCellNode)):
        cell = hidden.parent
        following = cell.next_node(descend=False, siblings=True)
        if len(cell) == 1 and "tag_hide-input" in (following or {}).get("classes", ()):
            following.next_node(HideCodeCellNode).insert(0, hidden.children)
            cell.parent.remove(cell)


def _label_code(doctree: nodes.document) -> None:
    """Say in a word what a folded cell hides; that of a figure or a table stands below it."""
    for hidden in list(doctree.findall(HideCodeCellNode)):
        cell = hidden.parent
        drawn = any("companion-figure" in f["classes"] for f in cell.findall(nodes.figure))
        table = any("<table" in raw.astext() for raw in cell.findall(nodes.raw))
        what = "figure" if drawn else "table" if table else ""
        hidden["prompt_show"] = f"Code of this {what}" if what else "Code"
        if what:
            cell.remove(hidden)
            cell.append(hidden)


def _visit_hidden(self: SphinxTranslator, node: HideCodeCellNode) -> None:
    label = escape(node["prompt_show"])
    self.body.append(f'<details class="hide"><summary>{label}</summary>\n')


def _depart_hidden(self: SphinxTranslator, _: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def _keep_percents(doctree: nodes.document) -> None:
    """A number that is typed stays on the line of its sign, as one of an expression does."""
    for text in list(doctree.findall(nodes.Text)):
        if re.search(r"\d %", text) and not _inside(text, UNTOUCHED):
            text.parent.replace(text, nodes.Text(text.replace(" %", "\N{NO-BREAK SPACE}%")))


def _link_chapters(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link every chapter that the text names by its number, but for the page's own."""
    known = chapters(app.env.found_docs)
    for text in list(doctree.findall(nodes.Text)):
        if _inside(text, UNTOUCHED) or not NAMED.search(text):
            continue
        parts: list[nodes.Node] = []
        end = 0
        for named in NAMED.finditer(text):
            for number in NUMBER.finditer(named[0]):
                start = named.start() + number.start()
                target = known.get(int(number[1]), docname)
                if target == docname:
                    continue
                uri = app.builder.get_relative_uri(docname, target)
                link = nodes.reference("", number[0], internal=True, refuri=uri)
                parts += [nodes.Text(text[end:start]), link]
                end = start + len(number[0])
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def _inside(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, kinds):
        parent = parent.parent
    return parent is not None


def _say_reading_time(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Below a chapter's title: how long its main path takes, what is on it, and how to run it."""
    if chapter(page) is None or "</h1>" not in context.get("body", ""):
        return
    found = measure(context["body"])
    pictures = "1 figure" if found.figures == 1 else f"{found.figures} figures"
    parts = [f"{round(found.minutes)} minutes", pictures, *_ways_to_run(page, context)]
    line = f'</h1>\n<p class="reading-time">{" · ".join(parts)}</p>'
    context["body"] = context["body"].replace("</h1>", line, 1)


def _ways_to_run(page: str, context: dict[str, Any]) -> Iterator[str]:
    """The notebook to take away, in the browser (book/lite shows that button where the site can
    run it), and with the services that the theme offers where the repository's address is set.
    """
    file = page.removeprefix("notebooks/") + ".ipynb"
    here = '<button type="button" class="run-here" hidden>run it here</button>'
    yield f'{here}<a href="{file}" download>download the notebook</a>'
    for group in context.get("header_buttons", ()):
        if group.get("label") == "launch-buttons":
            for button in group["buttons"]:
                yield f'<a href="{escape(button["url"])}">{escape(button["text"])}</a>'


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(HideCodeCellNode, override=True, html=(_visit_hidden, _depart_hidden))
    app.connect("doctree-resolved", _resolved, priority=900)
    app.connect("html-page-context", _say_reading_time, priority=900)  # when buttons are known
    return SAFE
