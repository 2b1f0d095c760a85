"""Words with their meaning, and the four quantities in their colours.

`` {def}`nat` `` shows the first sentence of the word's entry in the glossary (book/notation.md)
on hover, focus or tap, and leads to it; `` {def}`how wrong it is <loss>` `` shows other text.
A word that the glossary lacks stops the build.
`` {q}`parameters` ``, `` {q}`tokens` ``, `` {q}`compute` `` and `` {q}`loss` `` stand in the
colour that the quantity has in figures and formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

GLOSSARY = "book/notation"
QUANTITIES = ("parameters", "tokens", "compute", "loss")
log = logging.getLogger(__name__)


class Word(nodes.Inline, nodes.TextElement):
    """A word in the text that waits for its meaning."""


def _split(text: str) -> tuple[str, str]:
    """What is shown, and the word that is meant."""
    found = re.fullmatch(r"(.+?)\s*<(.+)>", text, re.DOTALL)
    return (found[1], found[2]) if found else (text, text)


class DefRole(SphinxRole):
    """``{def}``: a word, explained where it stands."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        shown, word = _split(self.text)
        node = Word(shown, shown, word=word)
        self.set_source_info(node)
        return [node], []


class QuantityRole(SphinxRole):
    """``{q}``: a word in the colour of a quantity."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        shown, quantity = _split(self.text)
        if quantity not in QUANTITIES:
            message = self.inliner.reporter.error(
                f"q: {quantity!r} is no quantity; expected one of {', '.join(QUANTITIES)}",
                line=self.lineno,
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.inline("", shown, classes=["q", f"q-{quantity}"])], []


def _meanings(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Word in small letters -> place of its entry, first sentence of it."""
    if not hasattr(env, "companion_words"):
        env.companion_words = {}
    found: dict[str, tuple[str, str]] = env.companion_words
    return found


def _collect(app: Sphinx, doctree: nodes.document) -> None:
    if app.env.docname != GLOSSARY:
        return
    _meanings(app.env).clear()
    for item in doctree.findall(nodes.definition_list_item):
        terms = [child for child in item.children if isinstance(child, nodes.term)]
        paragraph = item.next_node(nodes.definition).next_node(nodes.paragraph)
        texts = paragraph.findall(lambda node: type(node) is nodes.Text)
        meaning = "".join(text for text in texts if not isinstance(text.parent, nodes.raw))
        sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(meaning.split()))[0]
        for term in terms:
            if term["ids"]:
                _meanings(app.env)[term.astext().lower()] = (term["ids"][0], sentence)


def _merge(_: Sphinx, env: BuildEnvironment, __: set[str], other: BuildEnvironment) -> None:
    _meanings(env).update(_meanings(other))


def _singulars(word: str) -> Iterator[str]:
    """The word, and what it may be the plural of."""
    low = " ".join(word.lower().split())
    yield low
    for ending, instead in (("ies", "y"), ("s", ""), ("es", "")):
        if low.endswith(ending):
            yield low.removesuffix(ending) + instead


def _explain(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    meanings = _meanings(app.env)
    for count, node in enumerate(list(doctree.findall(Word)), 1):
        word = next((each for each in _singulars(node["word"]) if each in meanings), None)
        shown = node.astext()
        if word is None or app.builder.format != "html":
            if word is None:
                text = "def: %r is not in the glossary of %s"
                log.warning(text, node["word"], GLOSSARY, location=node)
            node.replace_self(nodes.Text(shown))
            continue
        place, sentence = meanings[word]
        uri = f"{app.builder.get_relative_uri(docname, GLOSSARY)}#{place}"
        explained = _html(shown, uri, sentence, f"def-{count}")
        node.replace_self(nodes.raw("", explained, format="html"))


def _html(shown: str, uri: str, sentence: str, tip: str) -> str:
    return (
        f'<span class="def"><a href="{escape(uri)}" aria-describedby="{tip}">{escape(shown)}</a>'
        f'<span class="def-tip" role="tooltip" id="{tip}">{escape(sentence)}</span></span>'
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(Word)
    app.add_role("def", DefRole())
    app.add_role("q", QuantityRole())
    app.connect("doctree-read", _collect)
    app.connect("env-merge-info", _merge)
    app.connect("doctree-resolved", _explain)
    return SAFE
