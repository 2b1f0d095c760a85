"""The page of claims: the ledger as a table that can be searched, filtered, linked and cited.

``{claims-table}`` is a bar of filters and the table. ledger.js makes the bar work, and fills the
fold below a claim, how it is cited and the code that recomputes it, when somebody opens it: all
of them would double the page. They come as a script, as a page opened as a file may fetch nothing.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import about
from claim_citing import claim_entry, claim_sentence
from claim_code import recipes
from claim_places import section_address
from companion_cite import Said, provenance, shown
from companion_claims import ledger
from docutils import nodes
from extending import SAFE, at_end, only_where
from figure_code import repository
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import claims
from claims.html import link_to_row, table

FOLDS = "_static/claims-folds.js"
FILES = {"claims.csv": "CSV", "claims.json": "JSON", "claims.bib": "BibTeX"}
PAGE = "book/claims"


class ClaimsTable(SphinxDirective):
    """``{claims-table}``: the whole ledger, with counts and filters (ledger.js)."""

    def run(self) -> list[nodes.Node]:
        said = provenance()
        chapters = chapter_pages(Path(self.env.srcdir))
        html = filters(ledger(), said["address"]) + table(
            ledger().results, place=lambda result: _place(result, chapters), below=_below
        )
        return [nodes.raw("", html, format="html")]


def chapter_pages(source: Path) -> dict[int, str]:
    """Number of each chapter that is built -> its page, seen from the page of claims."""
    paths = sorted((source / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return {int(path.stem[:2]): f"../notebooks/{path.stem}.html" for path in paths}


def _place(result: claims.Result, chapters: dict[int, str]) -> str:
    """The paper, its section, our chapter, and the claim's id."""
    claim = result.claim
    place = _link(section_address(claim.paper, claim.url, claim.place), claim.place)
    chapter = _link(chapters.get(claim.chapter, ""), f"chapter {claim.chapter}")
    return (
        f"{_link(claim.url, claim.work)}, {place} <small>· {chapter}</small>"
        f" {link_to_row(claim.id)}"
    )


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)


def _below(result: claims.Result) -> str:
    """A button that copies the claim's link, and a fold that is empty until it is opened."""
    summary = "cite, code" if result.id in recipes() else "cite"
    return (
        '<button type="button" class="copy claim-link">copy link</button>'
        f'<details class="claim-more"><summary>{summary}</summary></details>'
    )


def inside_fold(result: claims.Result, said: Said) -> str:
    """How a claim is cited, and what recomputes it."""
    citation = shown(result.id, claim_sentence(result, said), claim_entry(result, said))
    code = recipes().get(result.id)
    form = about.dispute(repository(), result.id)
    links = [_link(form, "dispute it")] if form else []
    if code is not None:
        where = f"{code.file}, line{'s' * (code.last > code.first)} "
        where += "–".join(map(str, dict.fromkeys((code.first, code.last))))
        links.insert(0, _link(code.address(repository(), said["commit"]), where))
    source = f'<p class="claim-source">{" · ".join(links)}</p>' if links else ""
    text = f'<pre class="claim-code" tabindex="0">{escape(code.text)}</pre>' if code else ""
    return citation + source + text


def filters(shown: claims.Ledger, address: str) -> str:
    """The bar above the table; `address` is the site's, and may be empty."""
    verdicts = {"": ("all", len(shown))} | {
        verdict.replace(" ", "-"): (verdict, n) for verdict, n in shown.counts().items() if n
    }
    buttons = "".join(
        f'<button type="button" data-verdict="{key}" title="{label}">'
        f"{label.removesuffix(' at our scale')} <b>{n}</b></button>"
        for key, (label, n) in verdicts.items()
    )
    chapters = sorted({result.claim.chapter for result in shown.results})
    papers = {result.claim.paper: result.claim.work for result in shown.results}
    kinds = {kind: kind for kind in claims.KINDS}
    files = " ".join(f'<a href="../{name}">{what}</a>' for name, what in FILES.items())
    return (
        f'<div class="claims-filter" role="search" data-page="{_page_address(address)}" '
        f'data-folds="../{FOLDS}">'
        '<div class="claims-search"><input type="search" autocomplete="off" spellcheck="false" '
        'aria-label="Search the claims" placeholder="Search: 20:1, C^0.27, Table 3">'
        '<button type="button" class="claims-choose" aria-expanded="false" '
        'aria-controls="claims-choices">filter</button></div>'
        '<div class="claims-choices" id="claims-choices">'
        f'<div class="claims-verdicts">{buttons}</div>'
        + _select("paper", "every paper", papers)
        + _select("chapter", "every chapter", {str(n): f"chapter {n}" for n in chapters})
        + _select("kind", "every kind", kinds)
        + '</div><p class="claims-status"><span class="claims-count" aria-live="polite">'
        f"{len(shown)} claims</span> "
        '<button type="button" class="copy claims-view">copy link to this view</button> '
        f'<span class="claims-files">All as {files}</span></p></div>'
    )


def _page_address(address: str) -> str:
    return escape(f"{address}{PAGE}.html" if address else "")


def _select(name: str, every: str, options: dict[str, str]) -> str:
    inner = "".join(
        f'<option value="{escape(key)}">{escape(label)}</option>' for key, label in options.items()
    )
    return (
        f'<select data-filter="{name}" autocomplete="off" aria-label="Show {every}">'
        f'<option value="">{every}</option>{inner}</select>'
    )


def _write_folds(app: Sphinx) -> None:
    said = provenance()
    folds = {result.id: inside_fold(result, said) for result in ledger().results}
    text = json.dumps(folds, ensure_ascii=False, indent=0)
    (Path(app.outdir) / FOLDS).write_text(f"const CLAIMS_FOLDS = {text};\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("claims-table", ClaimsTable)
    files = ("ledger.css", "notation.js", "ledger.js")
    only_where(app, lambda page, *_: page == PAGE, *files)
    at_end(app, _write_folds)
    return SAFE
