"""The ledger inside a sentence: a claim's numbers, counts of claims, a chapter's verdicts.

``{claim-printed}`id` `` is what the paper prints, ``{claim-value}`id` `` what our code gives
(with its interval, if our runs measured it), ``{claim-verdict}`id` `` the verdict; each links to
the claim's row, and shows a card with all of them on hover, focus or tap (claims.js).
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
from typing import Any

from contents import chapter
from docutils import nodes
from extending import SAFE, only_where, root_of
from filling import said_of
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
def ledger() -> claims.Ledger:
    """Every claim, judged once in a build."""
    return claims.run()


def _refused(role: SphinxRole, why: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """What stands in the place of a role that asks for what is not there; the build fails."""
    message = role.inliner.reporter.error(why, line=role.lineno)
    return [role.inliner.problematic(role.rawtext, role.rawtext, message)], [message]


class ClaimRole(SphinxRole):
    """One number of one claim, linked to its row in the ledger."""

    def __init__(self, shows: str) -> None:
        self.shows = shows

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            result = ledger().result(self.text)
        except claims.ClaimError as error:
            return _refused(self, str(error))
        shown = said_of(result, self.shows)
        root = root_of(self.env.docname)
        row = f"{root}book/claims.html#claim-{self.text}"
        kind = f"claim-{self.shows}"
        if self.shows == "verdict":
            kind += f" {_verdict_class(result)}"
        card = f"claim-card-{self.env.new_serialno('claim-card')}"
        html = (
            f'<span class="claim-said-here"><a class="{kind}" href="{row}" '
            f'aria-describedby="{card}">{escape(shown)}</a>{_card(result, card, row)}</span>'
        )
        return [nodes.raw("", html, format="html")], []


def _card(result: claims.Result, card: str, row: str) -> str:
    """What is said of a claim beside its number; the first `</span>` ends it."""
    claim = result.claim
    unit = f" {claim.unit}" if result.value is not None and claim.unit else ""
    ours = escape(result.shown_value + unit)
    reason = f"<small>{escape(claim.reason)}</small>" if claim.reason else ""
    return (
        f'<span class="claim-card" role="tooltip" id="{card}">'
        f"<b>{escape(claim.work)}, {escape(claim.place)}</b>"
        f"<i>{escape(claim.sentence)}</i>"
        f"<i>printed: {escape(result.shown_printed)} · ours: {ours} · "
        f'<b class="{_verdict_class(result)}">{escape(result.verdict)}</b></i>{reason}'
        f'<a href="{row}" tabindex="-1">claim {claim.id}</a></span>'
    )


def _verdict_class(result: claims.Result) -> str:
    return f"verdict verdict-{result.verdict.replace(' ', '-')}"


class ClaimsCount(SphinxRole):
    """How many claims there are of a kind, with a verdict, or of a kind with a verdict."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            count = _count(self.text)
        except ValueError as error:
            return _refused(self, str(error))
        return [nodes.inline("", str(count), classes=["pasted-text"])], []


def _count(asked: str) -> int:
    first, _, rest = asked.partition(" ")
    kind, verdict = (_KINDS[first], rest) if first in _KINDS else (None, asked)
    counts = ledger().counts(kind)
    if verdict in ("", "all"):
        return sum(counts.values())
    if verdict not in counts:
        raise ValueError(
            f"claims-count: {asked!r} is not known; expected all or one of {', '.join(counts)}, "
            f"alone or after one of {', '.join(_KINDS)}"
        )
    return counts[verdict]


class Verdicts(SphinxDirective):
    """``{verdicts}``: one line on the claims of the chapter that it stands in."""

    def run(self) -> list[nodes.Node]:
        number = chapter(self.env.docname)
        if number is None:
            raise self.error("verdicts: this page is no chapter; put it into a notebook")
        ledger = claims.run(chapter=number)
        address = f"../book/claims.html?chapter={number}"
        links = []
        for verdict, n in ledger.counts().items():
            key, said = verdict.replace(" ", "-"), "differ" if verdict == "differs" else verdict
            if n:
                link = f'href="{address}&amp;verdict={key}">{n} {verdict if n == 1 else said}</a>'
                links.append(f'<a class="verdict verdict-{key}" {link}')
        count = f'<a href="{address}">{len(ledger)} claim{"s" * (len(ledger) != 1)}</a>'
        line = f'<p class="verdicts">This chapter checks {count}: {", ".join(links)}.</p>'
        return [nodes.raw("", line, format="html")]


def _names_a_claim(_page: str, context: dict[str, Any], _doctree: Any) -> bool:
    return bool(re.search(r'class="(claim-|verdict)', context.get("body", "")))


def setup(app: Sphinx) -> dict[str, bool]:
    for shows in ("printed", "value", "verdict"):
        app.add_role(f"claim-{shows}", ClaimRole(shows))
    app.add_role("claims-count", ClaimsCount())
    # Before the pages are dealt out to processes: each of them has it then.
    app.connect("env-before-read-docs", lambda *_: ledger() and None)
    app.add_directive("verdicts", Verdicts)
    only_where(app, _names_a_claim, "claims.css", "claims.js")
    return SAFE
