"""The ledger in the book: the filterable table, and a claim's numbers inside a sentence.

``{claim-printed}`id` `` is what the paper prints, ``{claim-value}`id` `` what our code gives
(with its interval, if our runs measured it), ``{claim-verdict}`id` `` the verdict; each links to
the claim's row.
``{claims-count}`differs` `` is how many claims have a verdict, ``{claims-count}`measured` `` how
many our own runs test, ``{claims-count}`all` `` how many there are.
"""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from scaling_utils import claims
from scaling_utils.datasets import data_path


@cache
def _ledger() -> claims.Ledger:
    return claims.run()


class ClaimRole(SphinxRole):
    """One number of one claim, linked to its row in the ledger."""

    def __init__(self, shows: str) -> None:
        self.shows = shows

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        result = _ledger().result(self.text)
        shown = {
            "printed": result.shown_printed,
            "value": _with_percent(result.shown_value, result.claim.unit),
            "verdict": result.verdict,
        }[self.shows]
        root = "../" * self.env.docname.count("/")
        kind = f"claim-{self.shows}"
        if self.shows == "verdict":
            kind += f" verdict verdict-{result.verdict.replace(' ', '-')}"
        link = (
            f'<a class="{kind}" href="{root}book/claims.html#claim-{self.text}" '
            f'title="{escape(result.claim.place)}">{escape(shown)}</a>'
        )
        return [nodes.raw("", link, format="html")], []


def _with_percent(value: str, unit: str) -> str:
    """A sentence names its other units itself; a bare number would hide that this is per cent."""
    return f"{value} %" if unit == "%" else value


class ClaimsCount(SphinxRole):
    """How many claims have a verdict."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        counts = _ledger().counts()
        groups = {"all": claims.VERDICTS, "measured": claims.MEASURED_VERDICTS}
        count = sum(counts[verdict] for verdict in groups.get(self.text, (self.text,)))
        return [nodes.inline("", str(count), classes=["pasted-text"])], []


class ClaimsTable(SphinxDirective):
    """``{claims-table}``: the whole ledger, with counts and filters (companion.js)."""

    def run(self) -> list[nodes.Node]:
        ledger = _ledger()
        return [nodes.raw("", _filters(ledger) + ledger._repr_html_(), format="html")]


def _filters(ledger: claims.Ledger) -> str:
    verdicts = {"": ("all", len(ledger))} | {
        verdict.replace(" ", "-"): (verdict, n) for verdict, n in ledger.counts().items() if n
    }
    buttons = "".join(
        f'<button type="button" data-verdict="{key}">{label} <b>{n}</b></button>'
        for key, (label, n) in verdicts.items()
    )
    chapters = sorted({result.claim.chapter for result in ledger.results})
    papers = [
        paper for paper in claims.PAPERS if any(r.claim.paper == paper for r in ledger.results)
    ]
    return (
        '<div class="claims-filter" role="group" aria-label="Filter the claims">'
        + buttons
        + _select("paper", "every paper", {paper: _authors(paper) for paper in papers})
        + _select("chapter", "every chapter", {str(n): f"chapter {n}" for n in chapters})
        + '<input type="search" aria-label="Search the claims" placeholder="Search the claims">'
        + '<p class="claims-count" aria-live="polite"></p></div>'
    )


def _authors(paper: str) -> str:
    """Authors and year: what stands before the first comma of the paper's title."""
    entry = tomllib.loads(data_path("claims", f"{paper}.toml").read_text("utf-8"))
    return entry["paper"]["title"].partition(",")[0]


def _select(name: str, every: str, options: dict[str, str]) -> str:
    inner = "".join(f'<option value="{key}">{label}</option>' for key, label in options.items())
    return (
        f'<select data-filter="{name}" aria-label="Show {every}">'
        f'<option value="">{every}</option>{inner}</select>'
    )


def setup(app: Sphinx) -> dict[str, bool]:
    for shows in ("printed", "value", "verdict"):
        app.add_role(f"claim-{shows}", ClaimRole(shows))
    app.add_role("claims-count", ClaimsCount())
    app.add_directive("claims-table", ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
