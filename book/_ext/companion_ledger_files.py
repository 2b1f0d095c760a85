"""The ledger as files at the site's root: ``claims.csv``, ``claims.json``, ``claims.bib``.

`COLUMNS` says what each column holds; the ``claims-columns`` directive shows it. Columns may be
added at the end and never change. A value has eight digits, so that machines agree on it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from html import escape
from pathlib import Path

from claim_citing import claim_address, claim_entry
from companion_cite import Said, provenance
from companion_claims import ledger
from docutils import nodes
from extending import SAFE, at_end
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from claims import Result
from claims.comparison import COMPARISONS
from scaling_utils.figures.registry import FORMULA

DIGITS = 8
COLUMNS = {
    "id": "of the claim; it never changes",
    "paper": "key of the paper, such as kaplan2020",
    "place": "section, equation, table or figure of the paper",
    "sentence": "the claim, in our words, with the printed number in it",
    "printed": "the digits that the paper prints, or its words",
    "compare": f"how the two are compared: {', '.join(COMPARISONS)}",
    "unit": "of printed and value; empty for a pure number",
    "value": "recomputed, or measured in our runs; empty if what it needs was never published",
    "low": "lower end of the interval of a measured value",
    "high": "upper end of it",
    "verdict": "what the digits, or the interval, say",
    "reason": "what explains the verdict",
    "superseded": "by what later work",
    "effect": "what our runs measured, of a measured claim",
    "seen_if": "which sizes of the effect count as seeing the claim",
    "kind": "result, arithmetic, transcription or measured",
    "chapter": "of this book that discusses the claim",
    "work": "authors and year of the paper",
    "url": "address of the paper, in the version that was read",
    "link": "permanent address of the claim's row, once the book has one",
}


def row(result: Result, said: Said) -> dict[str, str | float | int | None]:
    """What the files say of one claim."""
    claim, measured = result.claim, result.measured
    found = {
        "value": _number(result.value),
        "low": _number(measured.low if measured else None),
        "high": _number(measured.high if measured else None),
        "verdict": result.verdict,
        "sentence": claim.sentence,
        "link": claim_address(claim.id, said),
    }
    return {name: found[name] if name in found else vars(claim)[name] for name in COLUMNS}


def _number(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def as_csv(results: Iterable[Result], said: Said) -> str:
    """One row per claim; a text that a spreadsheet would obey begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for result in results:
        writer.writerow({name: _harmless(cell) for name, cell in row(result, said).items()})
    return text.getvalue()


def _harmless(cell: str | float | int | None) -> str | float | int | None:
    if isinstance(cell, str) and FORMULA.match(cell):
        return f"'{cell}"
    return cell


def as_json(results: Iterable[Result], said: Said) -> str:
    """What the book is, what the columns are, and the claims."""
    claims = [row(result, said) for result in results]
    whole = {**said, "columns": COLUMNS, "claims": claims}
    return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_bibtex(results: Iterable[Result], said: Said) -> str:
    """One entry per claim."""
    return "\n\n".join(claim_entry(result, said) for result in results) + "\n"


class ClaimsColumns(SphinxDirective):
    """``{claims-columns}``: what the columns of the files hold."""

    def run(self) -> list[nodes.Node]:
        listed = "".join(
            f"<dt><code>{name}</code></dt><dd>{escape(what)}</dd>"
            for name, what in COLUMNS.items()
        )
        return [nodes.raw("", f'<dl class="claims-columns">{listed}</dl>', format="html")]


def _write(app: Sphinx) -> None:
    results, said, site = ledger().results, provenance(), Path(app.outdir)
    for ending, write in (("csv", as_csv), ("json", as_json), ("bib", as_bibtex)):
        (site / f"claims.{ending}").write_text(write(results, said), "utf-8", newline="")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("claims-columns", ClaimsColumns)
    at_end(app, _write)
    return SAFE
