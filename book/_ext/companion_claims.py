"""The ledger in the book: the filterable table, and a claim's numbers inside a sentence.

``{claim-printed}`id` `` is what the paper prints, ``{claim-value}`id` `` what our code gives
(with its interval, if our runs measured it), ``{claim-verdict}`id` `` the verdict; each links to
the claim's row.
``{claims-count}`differs` `` is how many claims have a verdict, ``{claims-count}`all` `` how many
there are; with a kind in front, only the claims of that kind are counted:
``{claims-count}`results` ``, ``{claims-count}`results differs` ``, and so on for ``arithmetic``,
``transcriptions`` and ``measured``.
``{verdicts}`` is the line at the end of a chapter: how many claims it checks, and with what
verdicts, each a link into the ledger.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

import claims

_KINDS = {
    "results": "result",
    "arithmetic": "arithmetic",
    "transcriptions": "transcription",
    "measured": "measured",
}
"""What a count is called, and the kind of claims that it counts."""


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
    """How many claims there are of a kind, with a verdict, or of a kind with a verdict."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            count = _count(self.text)
        except ValueError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.inline("", str(count), classes=["pasted-text"])], []


def _count(asked: str) -> int:
    first, _, rest = asked.partition(" ")
    kind, verdict = (_KINDS[first], rest) if first in _KINDS else (None, asked)
    counts = _ledger().counts(kind)
    if verdict in ("", "all"):
        return sum(counts.values())
    if verdict not in counts:
        raise ValueError(
            f"claims-count: {asked!r} is not known; expected all or one of {', '.join(counts)}, "
            f"alone or after one of {', '.join(_KINDS)}"
        )
    return counts[verdict]


class ClaimsTable(SphinxDirective):
    """``{claims-table}``: the whole ledger, with counts and filters (companion.js)."""

    def run(self) -> list[nodes.Node]:
        ledger = _ledger()
        return [nodes.raw("", _filters(ledger) + ledger._repr_html_(), format="html")]


class Verdicts(SphinxDirective):
    """``{verdicts}``: one line on the claims of the chapter that it stands in."""

    def run(self) -> list[nodes.Node]:
        found = re.match(r"notebooks/0*(\d+)_", self.env.docname)
        if found is None:
            raise self.error("verdicts: this page is no chapter; put it into a notebook")
        ledger = claims.run(chapter=int(found[1]))
        address = f"../book/claims.html?chapter={found[1]}"
        links = []
        for verdict, n in ledger.counts().items():
            key, said = verdict.replace(" ", "-"), "differ" if verdict == "differs" else verdict
            if n:
                link = f'href="{address}&amp;verdict={key}">{n} {verdict if n == 1 else said}</a>'
                links.append(f'<a class="verdict verdict-{key}" {link}')
        count = f'<a href="{address}">{len(ledger)} claim{"s" * (len(ledger) != 1)}</a>'
        line = f'<p class="verdicts">This chapter checks {count}: {", ".join(links)}.</p>'
        return [nodes.raw("", line, format="html")]


def _filters(ledger: claims.Ledger) -> str:
    verdicts = {"": ("all", len(ledger))} | {
        verdict.replace(" ", "-"): (verdict, n) for verdict, n in ledger.counts().items() if n
    }
    buttons = "".join(
        f'<button type="button" data-verdict="{key}">{label} <b>{n}</b></button>'
        for key, (label, n) in verdicts.items()
    )
    chapters = sorted({result.claim.chapter for result in ledger.results})
    papers = {result.claim.paper: result.claim.work for result in ledger.results}
    kinds = {kind: kind for kind in claims.KINDS}
    return (
        '<div class="claims-filter" role="group" aria-label="Filter the claims">'
        + buttons
        + _select("paper", "every paper", papers)
        + _select("kind", "every kind", kinds)
        + _select("chapter", "every chapter", {str(n): f"chapter {n}" for n in chapters})
        + '<input type="search" autocomplete="off" aria-label="Search the claims" '
        'placeholder="Search the claims">'
        + '<p class="claims-count" aria-live="polite"></p></div>'
    )


def _select(name: str, every: str, options: dict[str, str]) -> str:
    inner = "".join(
        f'<option value="{escape(key)}">{escape(label)}</option>' for key, label in options.items()
    )
    return (
        f'<select data-filter="{name}" autocomplete="off" aria-label="Show {every}">'
        f'<option value="">{every}</option>{inner}</select>'
    )


def setup(app: Sphinx) -> dict[str, bool]:
    for shows in ("printed", "value", "verdict"):
        app.add_role(f"claim-{shows}", ClaimRole(shows))
    app.add_role("claims-count", ClaimsCount())
    # Before the pages are dealt out to processes: each of them has it then.
    app.connect("env-before-read-docs", lambda *_: _ledger() and None)
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("verdicts", Verdicts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
