"""Formulas as MathML, made when the book is built, with a font that has all their letters.

Phones often have no font for mathematics, so the page brings one: a part of STIX Two Math
(`book/assets/formulas_font.py` says which), within a stylesheet that only pages with a formula
load. A formula with a command that is not known is a warning, at which the build fails.
"""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from extending import SAFE, at_end
from formulas import mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

FONT = Path(__file__).parent.parent / "assets" / "formulas.woff2"
STYLE = "formulas.css"
RULES = """\
/* The font is STIX Two Math, copyright 2001-2021 The STIX Fonts Project Authors, under the SIL
   Open Font License 1.1: https://scripts.sil.org/OFL */
math { font-family: Formulas, math; font-size: 1.04em; }
math .to-right { text-align: right; padding-right: 0; }
math .to-left { text-align: left; padding-left: 0; }
math mtd { padding-block: 0.3em; }
math mfrac > :first-child { padding-bottom: 0.1em; }
math mfrac > :last-child { padding-top: 0.15em; }
/* In the middle, its number at the right; a wide one scrolls inside itself, from its start. */
div.math {
  flex-direction: row; overflow: auto hidden; max-width: 100%;
  margin: 1.25rem 0; padding-block: 0.25rem;
}
div.math > math { flex: 1 0 auto; }
div.math > .eqno { order: 1; }
"""

IN_OUTPUT = re.compile(r'(<span class="math">)\\\((.*?)\\\)(?=</span>)', re.S)
"""How an object writes a formula into what a cell shows."""

_log = logging.getLogger(__name__)


def _set(node: nodes.Node, latex: str, *, block: bool = False) -> str:
    try:
        return mathml(latex, block=block)
    except Exception as error:  # the library raises many kinds
        _log.warning("the formula %s: %r", latex, error, location=node)
        return f"<code>{html.escape(latex)}</code>"


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    formula = _set(node, node.astext())
    self.body.append(f'<span class="math notranslate nohighlight">{formula}</span>')
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({node["number"]})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{_set(node, node.astext(), block=True)}</div>\n")
    raise nodes.SkipNode


def _set_in_outputs(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    for output in list(doctree.findall(nodes.raw)):
        if output.get("format") == "html" and IN_OUTPUT.search(output.astext()):
            text = IN_OUTPUT.sub(
                lambda found, place=output: found[1] + _set(place, html.unescape(found[2])),
                output.astext(),
            )
            output.replace_self(nodes.raw("", text, format="html"))


def _add_style(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """On pages with a formula, and on no other."""
    if "<math" in context.get("body", ""):
        app.add_css_file(STYLE)
        app.add_js_file(None, body="document.fonts.load('1em Formulas');")  # before the first look


def _write_style(app: Sphinx) -> None:
    """With the font inside: it is there with the style, so nothing moves when it comes."""
    font = base64.b64encode(FONT.read_bytes()).decode()
    face = f'src: url("data:font/woff2;base64,{font}") format("woff2");'
    style = f"@font-face {{ font-family: Formulas; {face} }}\n{RULES}"
    (Path(app.outdir) / "_static" / STYLE).write_text(style, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("doctree-resolved", _set_in_outputs)
    app.connect("html-page-context", _add_style)
    at_end(app, _write_style)
    return SAFE
