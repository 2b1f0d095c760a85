"""What the site's search knows: every section, claim, figure, word and object, as one script.

The texts are taken from the pages as they are about to be written, folds and formulas included,
and go into ``_static/search-index.js``: a page opened as a file may fetch nothing, but it may load
a script. `search.js` loads it when somebody searches, and MiniSearch finds the words in it.
Sphinx's own search, which knows neither "20:1" nor "0.27", is left out.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion_claims import ledger
from companion_figures import number_of, read_card
from docutils import nodes
from extending import SAFE, at_end
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx import addnodes
from sphinx.application import Sphinx

from claims import Claim

INDEX = "_static/search-index.js"
SPHINX_SEARCH = ("searchtools.js", "language_data.js", "sphinx_highlight.js")
LEDGER, FIGURES, API = "book/claims", "book/figures", "book/api/"
COUNTS = "The claims of this chapter"
"""A section that only counts; the claims themselves are places of their own."""
CHAPTERS = ("notebooks/", "book/intro", "book/questions")
KEYWORDS = {
    "notebooks/01_three_power_laws": "Kaplan",
    "notebooks/02_convergence_is_inefficient": "early stopping",
    "notebooks/03_how_fast_must_data_grow": "C^0.27 D ~ C^0.27 0.27",
    "notebooks/05_three_approaches": "Hoffmann",
    "notebooks/06_twenty_tokens_per_parameter": "20:1",
    "notebooks/07_fitting_it_again": "refit bootstrap Besiroglu",
    "notebooks/08_why_the_papers_disagree": "Kaplan wrong, who is right, superseded",
    "notebooks/09_four_times_the_tokens_or_parameters": "Chinchilla Gopher",
    "notebooks/10_what_if_parameters_were_free": "infinite parameters",
    "notebooks/11_past_twenty_to_one": "LLaMA overtraining inference",
    "notebooks/13_your_own_runs": "my own runs, fit and plan, lmfit curve_fit",
    "book/cite": "cite citation BibTeX DOI",
}
"""Words by which readers ask for a page that says it otherwise; they count as its title."""
GROWTH = re.compile(
    r"\b(size|tokens|data)\b(?:(?!size|tokens|data|loss|batch).)* compute to the power (\d\S*\d)"
)
"""What a claim says in words and a reader types as D ~ C^0.27."""
SKIPPED = (
    nodes.comment,
    nodes.system_message,
    nodes.target,
    nodes.title,
    addnodes.toctree,
    addnodes.index,
    addnodes.desc_signature,
    HideCodeCellNode,
)
"""No words of the text, or read elsewhere."""


@dataclass
class Place:
    """What one hit leads to."""

    kind: str
    page: str
    anchor: str
    heading: str
    words: list[str] = field(default_factory=list)

    def row(self, pages: list[str]) -> list[Any]:
        text = " ".join("".join(self.words).split())
        return [self.kind, pages.index(self.page), self.anchor, self.heading, text]


def read(app: Sphinx, doctree: nodes.document, page: str) -> list[Place]:
    """The places of a page in their order, the page itself first."""
    kind = "chapter" if page.startswith(CHAPTERS) else "api" if page.startswith(API) else "page"
    top = Place(kind, page, "", "")
    found = [top]
    _walk(app, doctree, top, found)
    return [place for place in found if place is top or place.heading not in ("", COUNTS)]


def _walk(app: Sphinx, node: nodes.Element, place: Place, found: list[Place]) -> None:
    """Give the words under a node to the place that they belong to."""
    for child in node.children:
        inner = _begun(app, child, place)
        if inner is not None:
            found.append(inner)
            if isinstance(child, nodes.rubric):  # what follows is the answer
                place = inner
                continue
        if isinstance(child, nodes.figure) and inner is not None:
            inner.words.append(_said(child.next_node(nodes.caption)))
        elif isinstance(child, nodes.section):
            _walk(app, child, inner or place, found)
        elif isinstance(child, nodes.raw):
            if place.page not in (LEDGER, FIGURES):  # both are read from their own records
                place.words.append(f" {_plain(child.astext(), between=' ')} ")
        elif isinstance(child, nodes.literal_block):
            if "language" not in child or child["language"] in ("none", "myst-ansi"):  # printed
                place.words.append(f" {child.astext()} ")
        elif isinstance(child, nodes.math_block):
            place.words.append(f" {formula(child.astext())} ")
        elif isinstance(child, nodes.term) and place.kind == "word":
            continue  # it is the heading
        elif isinstance(child, nodes.TextElement) and not isinstance(child, SKIPPED):
            place.words.append(f"{_said(child)} ")
        elif isinstance(child, (*SKIPPED, nodes.TextElement, nodes.Text)):
            continue
        elif "cell_input" not in child.get("classes", ()):
            _walk(app, child, inner or place, found)


def _begun(app: Sphinx, node: nodes.Node, place: Place) -> Place | None:
    """The place that begins with a node, if one does."""
    page = place.page
    match node:
        case nodes.section() if not isinstance(node.parent, nodes.document):
            return Place(place.kind, page, node["ids"][0], _said(node.next_node(nodes.title)))
        case nodes.rubric() if node["ids"]:
            return Place(place.kind, page, node["ids"][0], _said(node))
        case nodes.figure() if "companion-figure" in node["classes"]:
            name = (node["names"] or node["dupnames"])[0]
            label = f"Figure {number_of(app.env, page, name)}"
            return Place("figure", page, node["ids"][0], f"{label} {read_card(name)['title']}")
        case nodes.definition_list_item():
            terms = [term for term in node.findall(nodes.term) if term["ids"]]
            if terms:
                return Place("word", page, terms[0]["ids"][0], ", ".join(map(_said, terms)))
        case addnodes.desc():
            signature = node.next_node(addnodes.desc_signature)
            if signature is not None and signature["ids"]:
                return Place("api", page, signature["ids"][0], signature["fullname"])
    return None


def _said(node: nodes.Element | None) -> str:
    """The words of a paragraph, a caption or a title, formulas among them."""
    return "".join(_parts(node)) if node is not None else ""


def _parts(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        match child:
            case nodes.Text():
                yield child.astext()
            case nodes.math():
                yield formula(child.astext())
            case nodes.superscript():
                yield f"^{child.astext()}"
            case nodes.raw():
                yield _plain(child.astext(), between="")
            case nodes.Element() if not isinstance(child, (nodes.comment, addnodes.index)):
                yield from _parts(child)


def _plain(markup: str, *, between: str) -> str:
    """The words of HTML; what is shown on hover, drawn or run is left out."""
    markup = re.sub(r'<span class="(def-tip|claim-card)".*?</span>', "", markup, flags=re.DOTALL)
    markup = re.sub(r"<(script|style|svg)\b.*?</\1>", "", markup, flags=re.DOTALL)
    markup = re.sub(r"(?<=\w)<sup>", "^", markup)  # C^0.27, not C0.27
    return html.unescape(re.sub(r"<[^>]*>", between, markup))


SIGNS = {
    "propto": "∝", "sim": "~", "approx": "≈", "times": "×", "cdot": "·", "le": "≤", "leq": "≤",
    "ge": "≥", "geq": "≥", "ll": "≪", "gg": "≫", "infty": "∞", "pm": "±", "to": "→", "ln": "ln ",
    "log": "log ", "exp": "exp ", "min": "min", "max": "max", "opt": "opt", "alpha": "α",
    "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "lambda": "λ",
    "sigma": "σ", "rho": "ρ", "partial": "∂", "sum": "Σ",
}  # fmt: skip


def formula(latex: str) -> str:
    r"""A formula as somebody would type it: ``D \propto C^{0.27}`` is D ∝ C^0.27."""
    text = re.sub(r"\\(?:begin|end)\{\w+\}|\\(?:left|right)\b|\\[,;:! ]|[&$~]", " ", latex)
    text = re.sub(r"\\(?:rm|mathrm|text|mathit|operatorname)\b\*?\s*", "", text)
    text = re.sub(r"([\^_])\s*\{([^{}]*)\}", r"\1\2", text)
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda sign: SIGNS.get(sign[1], " "), text)
    text = re.sub(r"\s+", " ", re.sub(r"[{}\\]", "", text)).strip()
    return re.sub(r"(?<=[0-9A-Z]) (?=[A-Z]\b)", "", text)  # 6 N D is 6ND


def of_claims() -> Iterator[Place]:
    """Each claim of the ledger, with its id, what is printed, what we find and why."""
    for result in ledger().results:
        claim = result.claim
        said = (
            f"{claim.work}, {claim.place}. Printed {result.shown_printed}, "
            f"ours {result.shown_value}: {result.verdict}. {claim.reason or ''} {claim.id}"
        )
        yield Place("claim", LEDGER, f"claim-{claim.id}", claim.sentence, [said + typed(claim)])


def typed(claim: Claim) -> str:
    """The formula of a claim whose sentence says it in words."""
    found = GROWTH.findall(claim.sentence)
    return "".join(f" {'N' if of == 'size' else 'D'} ~ C^{power}" for of, power in found)


def _title(app: Sphinx, page: str) -> str:
    """A page's title, with the number that a chapter has."""
    number = app.env.toc_secnumbers.get(page, {}).get("")
    said = _said(app.env.titles[page])
    return f"{'.'.join(map(str, number))}. {said}" if number else said


def _collect(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """This event comes in the one process that hands out the pages."""
    if app.builder.format == "html":
        app.companion_places[page] = read(app, doctree, page)


def _write(app: Sphinx) -> None:
    static = Path(app.outdir) / "_static"
    for name in SPHINX_SEARCH:
        (static / name).unlink(missing_ok=True)
    pages = [page for page in app.env.collect_relations() if page in app.companion_places]
    places = [place for page in pages for place in app.companion_places[page]]
    places += of_claims() if LEDGER in pages else ()
    told = {
        "pages": [[page, _title(app, page), KEYWORDS.get(page, "")] for page in pages],
        "places": [place.row(pages) for place in places],
    }
    script = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    (Path(app.outdir) / INDEX).write_text(f"companionSearch({script});\n", "utf-8")


def _own_page(_: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "search", {}, "search.html"


def _drop_sphinx(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    scripts = context.get("script_files", [])
    context["script_files"] = [s for s in scripts if not str(s.filename).endswith(SPHINX_SEARCH)]


def _begin(app: Sphinx) -> None:
    app.companion_places = {}
    app.builder.search = False  # Sphinx's: its index, its page and its scripts


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_js_file("search.js", loading_method="defer")
    app.add_css_file("search.css")
    app.connect("builder-inited", _begin)
    app.connect("doctree-resolved", _collect, priority=950)  # after folds and words are in place
    app.connect("html-collect-pages", _own_page)
    app.connect("html-page-context", _drop_sphinx, priority=900)
    at_end(app, _write)
    return SAFE
