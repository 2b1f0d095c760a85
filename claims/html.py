"""The table of results for a notebook and for the book's page of claims.

Styled by classes; nothing is written into the elements. Every row names its paper, shows its
id as a link to itself (``#claim-<id>``), and can be filtered by its data attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from claims.verdict import Result

IN_NOTEBOOKS = (
    "<style>.jp-RenderedHTMLCommon table.claims :is(td, th) "
    "{ text-align: left; vertical-align: top; font-weight: normal; white-space: normal; }</style>"
)
"""JupyterLab sets the cells of a table to the right, and the first of a row bold."""
_HEADINGS = ("Claim", "Paper and place", "Printed", "Recomputed or measured", "Verdict")


def plain_place(result: Result) -> str:
    """The paper, linked, the place in it, and the claim's id, which links to the row."""
    claim = result.claim
    work = f'<a href="{escape(claim.url)}">{escape(claim.work)}</a>'
    return f"{work}, {escape(claim.place)} {link_to_row(claim.id)}"


def table(
    results: Iterable[Result],
    place: Callable[[Result], str] = plain_place,
    below: Callable[[Result], str] = lambda _: "",
) -> str:
    """A ``<table class="claims">`` with one row per result; `below` is put below each claim."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    rows = "\n".join(_row(result, place(result), below(result)) for result in results)
    return (
        f'<table class="claims">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(result: Result, place: str, below: str) -> str:
    claim = result.claim
    name = result.verdict.replace(" ", "-")
    attributes = {
        "id": f"claim-{claim.id}",
        "class": "claim",
        "data-verdict": name,
        "data-paper": claim.paper,
        "data-chapter": str(claim.chapter),
        "data-kind": claim.kind,
        "data-superseded": "yes" if claim.superseded else "no",
    }
    opening = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    mark = ' <small class="superseded-mark">superseded</small>' if claim.superseded else ""
    return (
        f"<tr {opening}>"
        f'<th scope="row" class="claim-said">{_said(result)}{below}</th>'
        f'<td class="claim-place">{place}</td>'
        f'<td class="claim-printed">{_unbroken(result.shown_printed)}</td>'
        f'<td class="claim-value{" measured" if result.measured else ""}">{_ours(result)}</td>'
        f'<td class="verdict verdict-{name}">{escape(result.verdict)}{mark}</td>'
        "</tr>"
    )


def _said(result: Result) -> str:
    """The claim's sentence, and below it what was measured and why the verdict is what it is."""
    claim, holds = result.claim, result.claim.holds_range
    said = f'<span class="claim-text">{escape(claim.sentence)}</span>'
    if result.measured is not None:
        effect = _unbroken(result.shown_measurement)
        said += f' <small class="claim-effect">Measured: {effect}.</small>'
    if holds is not None:
        criterion = _unbroken(f"{holds.shown} {claim.unit}".strip())
        said += f' <small class="claim-effect">Counts as true if ours is {criterion}.</small>'
    for reason in (claim.reason, claim.exact_inputs):
        if reason:
            said += f' <small class="claim-reason">{escape(reason)}</small>'
    if claim.superseded:
        said += f' <small class="claim-superseded">Superseded: {escape(claim.superseded)}</small>'
    return said


def link_to_row(claim_id: str) -> str:
    """The id of a claim, which leads to its row."""
    return f'<a class="claim-id" href="#claim-{claim_id}"><code>{claim_id}</code></a>'


def _ours(result: Result) -> str:
    """Our value with its unit, and how far rounding can move it."""
    unit = f" {result.claim.unit}" if result.value is not None and result.claim.unit else ""
    ours = _unbroken(result.shown_value + unit)
    if result.shown_from_rounded:
        rounded = _unbroken(result.shown_from_rounded + unit)
        ours += f' <small class="claim-rounded">allowing for rounding: {rounded}</small>'
    return ours


def _unbroken(text: str) -> str:
    """Escape a text and keep each number on the line of its sign."""
    return re.sub(r"(?<=[≤≥∼]) | (?=%)", "\N{NO-BREAK SPACE}", escape(text))
